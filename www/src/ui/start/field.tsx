// The picture of the start page: weights as bars of any height that drift about, and snap to −1, 0 and +1 when a file is
// held over them. It is what this toolkit is about, and nothing that anyone needs to see: hidden from screen readers.

import type { Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { colour, painted, still } from '../theme'

const pitch = 22 // pixels between bars
const bar = 8

export function Field({ snapped }: { snapped: Signal<boolean> }) {
  const ref = useRef<HTMLCanvasElement>(null)
  const repaint = painted.value
  const snap = snapped.value
  useEffect(() => {
    const canvas = ref.current!
    return animate(canvas, snap)
  }, [repaint, snap])
  return <canvas ref={ref} class="field" aria-hidden="true" />
}

/** Where the weight in a cell is at a time, within ±1.55: two slow waves, out of step from cell to cell. */
function weight(column: number, row: number, time: number): number {
  const a = Math.sin(column * 12.9898 + row * 78.233) * 43758.5453
  const phase = (a - Math.floor(a)) * 6.283
  return 1.05 * Math.sin(phase + time * 0.5) + 0.5 * Math.sin(phase * 3.1 + time * 0.23)
}

// Eases each bar from where it is to its trit, left to right, or back.
function animate(canvas: HTMLCanvasElement, snap: boolean): () => void {
  const tones = [colour('--neg'), colour('--zero'), colour('--pos')]
  const from = Number(canvas.dataset.snapped ?? 0)
  const begun = performance.now()
  let frame = 0
  const draw = (now: number) => {
    const moved = Math.min(1, (now - begun) / 450)
    const eased = 1 - (1 - moved) ** 3
    const amount = still.matches ? Number(snap) : from + (Number(snap) - from) * eased
    canvas.dataset.snapped = String(amount)
    paint(canvas, tones, still.matches ? 0 : now / 1000, amount)
    if (!still.matches) frame = requestAnimationFrame(draw)
  }
  draw(begun)
  const resized = new ResizeObserver(() => paint(canvas, tones, 0, Number(canvas.dataset.snapped)))
  resized.observe(canvas)
  return () => {
    cancelAnimationFrame(frame)
    resized.disconnect()
  }
}

function paint(canvas: HTMLCanvasElement, tones: string[], time: number, snapped: number): void {
  const dpr = devicePixelRatio, w = canvas.clientWidth, h = canvas.clientHeight
  if (canvas.width !== Math.round(w * dpr) || canvas.height !== Math.round(h * dpr)) {
    canvas.width = Math.round(w * dpr)
    canvas.height = Math.round(h * dpr)
  }
  const g = canvas.getContext('2d')!
  g.setTransform(dpr, 0, 0, dpr, 0, 0)
  g.clearRect(0, 0, w, h)
  const unit = 19 // pixels that a weight of 1 is long
  const rows = Math.max(1, Math.round(h / 58)), step = h / rows
  const columns = Math.floor(w / pitch), left = (w - (columns - 1) * pitch) / 2
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const free = weight(column, row, time)
      const trit = Math.max(-1, Math.min(1, Math.round(free)))
      const v = free + (trit - free) * snapped
      const y = step * (row + 0.5), x = left + column * pitch
      const length = Math.max(bar, Math.abs(v) * unit)
      g.fillStyle = tones[trit + 1]!
      g.beginPath()
      g.roundRect(x - bar / 2, v > 0.26 ? y - length : v < -0.26 ? y : y - bar / 2, bar, Math.abs(v) > 0.26 ? length : bar, bar / 2)
      g.fill()
    }
  }
}
