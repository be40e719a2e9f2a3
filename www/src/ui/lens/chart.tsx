// uPlot in the page's colours. It is fetched when the first chart is shown; until then, and where it does not come, the
// table beside each chart has the figures.

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { colour, painted } from '../theme'

export interface Line { label: string; tone: string; values: number[]; say(x: number): string; bars?: boolean; scale?: string; fill?: string }

export interface Chart {
  label: string
  x: number[]
  xWord: string
  lines: Line[]
  height?: number
  /** Of the y axis; fixed where figures are only to be compared with a known whole. */
  range?: [number, number]
  /** Draws over the finished chart: a threshold, a label. */
  over?(u: uPlot): void
}

export function Plot({ chart }: { chart: Chart }) {
  const box = useRef<HTMLDivElement>(null)
  const broken = useSignal(false)
  const repaint = painted.value
  useEffect(() => {
    let plot: uPlot | undefined, gone = false
    const size = () => ({ width: Math.max(200, box.current?.clientWidth ?? 0), height: chart.height ?? 200 })
    const resized = new ResizeObserver(() => plot?.setSize(size()))
    import('uplot').then(({ default: Plot }) => {
      if (gone || !box.current) return
      plot = new Plot({ ...options(Plot, chart), ...size() }, [chart.x, ...chart.lines.map(l => l.values)], box.current)
      resized.observe(box.current)
    }, () => (broken.value = true))
    return () => {
      gone = true
      resized.disconnect()
      plot?.destroy()
    }
  }, [chart, repaint])
  return (
    <>
      <div ref={box} class="plot" role="img" aria-label={chart.label} />
      {broken.value && <p class="note">The chart could not be fetched; the table has its figures.</p>}
    </>
  )
}

function options(Plot: typeof uPlot, chart: Chart): Omit<uPlot.Options, 'width' | 'height'> {
  const ink = colour('--ink-2'), line = colour('--line')
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '12px system-ui, sans-serif' }
  return {
    series: [
      { label: chart.xWord },
      ...chart.lines.map((l): uPlot.Series => ({
        label: l.label, stroke: colour(l.tone), width: l.bars ? 0 : 2, points: { show: !l.bars && chart.x.length < 3 },
        value: (_u, v) => (v === null || v === undefined ? '' : l.say(v)),
        ...(l.bars ? { fill: colour(l.fill ?? l.tone), paths: Plot.paths.bars!({ size: [0.86, 100], align: 1 }), points: { show: false } } : {}),
      })),
    ],
    axes: [
      { ...axis, grid: { show: false }, incrs: chart.lines[0]?.bars ? undefined : [1, 2, 5, 10, 20, 50, 100] },
      { ...axis, size: 62, values: (_u, ticks) => ticks.map(t => (chart.lines[0]?.say ?? String)(t)) },
    ],
    scales: { x: { time: false }, y: chart.range ? { range: chart.range } : { range: (_u, low, high) => padded(low, high) } },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    hooks: chart.over ? { draw: [chart.over] } : {},
  }
}

// Room around the lines; all alike gets a range in which it is the middle.
function padded(low: number, high: number): [number, number] {
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1
  return [low - room, high + room]
}
