// Draws a chart on a canvas: grid and figures, bars or lines, a threshold, and the place that is pointed at.

import { colour } from '../theme'
import type { Chart } from './chart'
import { axis, padded } from './scale'

const margin = { left: 58, right: 12, top: 12, bottom: 26 }

/** Where the drawing is, for whoever points at it: pixels of the left and right end, and the values there. */
export interface Frame { left: number; right: number; low: number; high: number }

export function paint(canvas: HTMLCanvasElement, chart: Chart, at: number): Frame {
  const dpr = devicePixelRatio, w = canvas.clientWidth, h = canvas.clientHeight
  canvas.width = Math.round(w * dpr)
  canvas.height = Math.round(h * dpr)
  const g = canvas.getContext('2d')!
  g.scale(dpr, dpr)
  g.font = '12px system-ui, sans-serif'
  const { x, lines } = chart, step = x.length > 1 ? x[1]! - x[0]! : 1
  const room = chart.bars ? step / 2 : x.length > 1 ? 0 : step
  const finite = lines.flatMap(l => l.values).filter(Number.isFinite)
  const across = axis(x[0]! - room, x.at(-1)! + room, (w - margin.left) / 70, chart.whole)
  const up = axis(...(chart.range ?? padded(finite)), h / 45)
  const frame = { left: margin.left, right: w - margin.right, low: across.low, high: across.high }
  const px = (v: number) => frame.left + ((v - across.low) / (across.high - across.low)) * (frame.right - frame.left)
  const bottom = h - margin.bottom
  const py = (v: number) => bottom - ((v - up.low) / (up.high - up.low)) * (bottom - margin.top)
  const stroke = (from: [number, number], to: [number, number]) => {
    g.beginPath()
    g.moveTo(...from)
    g.lineTo(...to)
    g.stroke()
  }

  g.fillStyle = colour('--ink-2')
  g.strokeStyle = colour('--line')
  g.textAlign = 'right'
  g.textBaseline = 'middle'
  for (const t of up.ticks) {
    stroke([frame.left, py(t)], [frame.right, py(t)])
    g.fillText(lines[0]!.say(t), frame.left - 8, py(t))
  }
  g.textAlign = 'center'
  g.textBaseline = 'top'
  for (const t of across.ticks) g.fillText(String(Number(t.toPrecision(6))), px(t), bottom + 8)

  if (at >= 0) {
    g.fillStyle = colour('--surface-2')
    const half = Math.max(1, (px(step) - px(0)) / 2)
    if (chart.bars) g.fillRect(px(x[at]!) - half, margin.top, 2 * half, bottom - margin.top)
    g.strokeStyle = colour('--ink-3')
    if (!chart.bars) stroke([px(x[at]!), margin.top], [px(x[at]!), bottom])
  }
  for (const l of lines) {
    g.fillStyle = g.strokeStyle = colour(l.tone)
    if (chart.bars) {
      const wide = Math.max(1, (px(step) - px(0)) * 0.86)
      l.values.forEach((v, i) => Number.isFinite(v) && g.fillRect(px(x[i]!) - wide / 2, py(v), wide, py(Math.max(0, up.low)) - py(v)))
      continue
    }
    g.lineWidth = 2
    g.lineJoin = 'round'
    g.beginPath()
    l.values.forEach((v, i) => Number.isFinite(v) && g.lineTo(px(x[i]!), py(v)))
    g.stroke()
    // One layer is no line; and what is pointed at is shown on each.
    for (const i of x.length === 1 ? [0] : at >= 0 ? [at] : []) {
      g.beginPath()
      g.arc(px(x[i]!), py(l.values[i]!), 4, 0, 7)
      g.fill()
    }
  }
  if (chart.mark) {
    const mx = px(chart.mark.at)
    g.strokeStyle = g.fillStyle = colour('--ink')
    g.lineWidth = 1
    g.setLineDash([4, 4])
    stroke([mx, margin.top], [mx, bottom])
    g.textAlign = 'left'
    g.fillText(chart.mark.word, mx + 6, margin.top)
  }
  return frame
}
