// A chart of a few lines, or of bars, with what is pointed at in its legend. It is some hundred lines of our own: a library
// for this weighs as much as all other parts of the page together.

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { painted } from '../theme'
import { paint, type Frame } from './paint'
import { closest } from './scale'

/** tone is a colour's CSS variable; a value that is not finite is not drawn. */
export interface Line { label: string; tone: string; values: number[]; say(x: number): string }

export interface Chart {
  /** For who cannot see it; the figures are in a table beside it. */
  label: string
  x: number[]
  /** What a place on the x axis is called: "Layer 3". */
  place(i: number): string
  whole?: boolean
  lines: Line[]
  bars?: boolean
  /** Of the y axis; else what the lines need. */
  range?: [number, number]
  /** A threshold on the x axis. */
  mark?: { at: number; word: string }
}

export function Plot({ chart, tall = false }: { chart: Chart; tall?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<Frame | null>(null)
  const at = useSignal(-1)
  const here = Math.min(at.value, chart.x.length - 1)
  const repaint = painted.value
  useEffect(() => {
    const c = canvas.current!
    const draw = () => (frame.current = paint(c, chart, here))
    const resized = new ResizeObserver(draw)
    resized.observe(c)
    draw()
    return () => resized.disconnect()
  }, [chart, repaint, here])
  const point = (e: PointerEvent) => {
    const f = frame.current
    if (f) at.value = closest(chart.x, f.low + ((e.offsetX - f.left) / (f.right - f.left)) * (f.high - f.low))
  }
  return (
    <>
      <canvas ref={canvas} class={tall ? 'plot tall' : 'plot'} role="img" aria-label={chart.label} onPointerMove={point} onPointerDown={point} onPointerLeave={() => (at.value = -1)} />
      <ul class="legend chart-legend" aria-hidden="true">
        {chart.lines.map(l => {
          const v = here >= 0 ? l.values[here]! : NaN
          return <li key={l.label}><span class="swatch" style={{ color: `var(${l.tone})` }} />{l.label}{Number.isFinite(v) && <strong> {l.say(v)}</strong>}</li>
        })}
        {here >= 0 && <li class="chart-place">{chart.place(here)}</li>}
      </ul>
    </>
  )
}
