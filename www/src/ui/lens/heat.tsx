// One figure of every ternary matrix: layers from left to right, what a matrix does from top to bottom. Drawn by hand: a
// cell for each of some hundred matrices is quicker to read than to chart.

import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Report, Stats } from '../../protocol'
import { figure, percent } from '../format'
import { kindOf, kinds, kindWords, layerOf, type Kind } from '../parts-of'
import { Segmented } from '../parts/segmented'
import { go } from '../route'
import { colour, painted } from '../theme'

type Cell = Stats['tensors'][0]
// least: a spread below it is drawn as hardly any; the eye would take noise for a pattern.
interface Metric { id: string; word: string; least: number; of(t: Cell): number; say(x: number): string }

const metrics: Metric[] = [
  { id: 'sparsity', word: 'Sparsity', least: 0.02, of: t => t.sparsity, say: x => percent(x) },
  { id: 'entropy', word: 'Entropy', least: 0.02, of: t => t.entropy, say: x => `${x.toFixed(4)} bits` },
  { id: 'bias', word: 'Sign balance', least: 0.02, of: t => (t.positive - t.negative) / (t.positive + t.negative || 1), say: x => percent(x) },
  { id: 'scale', word: 'Scale', least: 0, of: t => Number(t.scale_max), say: figure },
  { id: 'distance', word: 'Distance', least: 0.02, of: t => Number(t.distance ?? NaN), say: x => percent(x) },
]

export function Heat({ stats, report }: { stats: Stats; report: Report }) {
  const id = useSignal('sparsity')
  const offered = metrics.filter(m => stats.tensors.some(t => Number.isFinite(m.of(t))))
  const metric = offered.find(m => m.id === id.value) ?? offered[0]!
  const cells = useMemo(() => byPlace(stats), [stats])
  const rows = kinds.filter(k => cells.some(c => c.kind === k))
  const layers = Math.max(...cells.map(c => c.layer)) + 1
  const values = cells.map(c => metric.of(c.t)).filter(Number.isFinite)
  const range = ends(values, metric.least)
  const at = useSignal<(typeof cells)[0] | null>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const repaint = painted.value
  useEffect(() => {
    const c = canvas.current!
    const draw = () => paint(c, cells.map(x => ({ ...x, share: share(metric.of(x.t), range) })), rows, layers)
    const o = new ResizeObserver(draw)
    o.observe(c)
    draw()
    return () => o.disconnect()
  }, [metric, cells, repaint])
  const under = (e: MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect()
    const layer = Math.floor(((e.clientX - box.left) / box.width) * layers), kind = rows[Math.floor(((e.clientY - box.top) / box.height) * rows.length)]
    return cells.find(c => c.layer === layer && c.kind === kind) ?? null
  }
  const open = (e: MouseEvent) => {
    const c = under(e)
    const t = c && report.tensors.find(t => layerOf(t.name) === c.layer && kindOf(t.name) === c.kind && !/scale/.test(t.name))
    if (t) go('tensors', t.name)
  }
  if (cells.length === 0) return null
  return (
    <section aria-labelledby="heat">
      <div class="head-with-action">
        <h2 id="heat">Every matrix</h2>
        <Segmented label="Figure" value={metric.id} options={offered.map(m => [m.id, m.word])} onChange={v => (id.value = v)} />
      </div>
      <figure class="card heat" style={{ '--kinds': rows.length }}>
        <ul class="heat-kinds" aria-hidden="true">{rows.map(k => <li key={k}>{k}</li>)}</ul>
        <canvas ref={canvas} role="img" aria-label={`${metric.word} of every matrix, from ${metric.say(range[0])} to ${metric.say(range[1])}; the table below has all figures`}
          onMouseMove={e => (at.value = under(e))} onMouseLeave={() => (at.value = null)} onClick={open} />
        <div class="heat-layers" aria-hidden="true"><span>layer 0</span><span>layer {layers - 1}</span></div>
        <figcaption class="heat-legend">
          <span class="nowrap">{metric.say(range[0])}</span><span class="heat-scale" aria-hidden="true" /><span class="nowrap">{metric.say(range[1])}</span>
          <span class="heat-at">{at.value ? `Layer ${at.value.layer}, ${kindWords[at.value.kind]}: ${metric.say(metric.of(at.value.t))}` : 'Point at a cell; click to look into the tensor'}</span>
        </figcaption>
      </figure>
      <details class="as-table">
        <summary>{metric.word} as a table</summary>
        <div class="scroll-x" tabIndex={0} role="group" aria-label={`${metric.word} as a table`}>
          <table class="table tight">
            <thead><tr><th scope="col">Layer</th>{rows.map(k => <th key={k} scope="col" class="right">{kindWords[k]}</th>)}</tr></thead>
            <tbody>
              {Array.from({ length: layers }, (_, l) => (
                <tr key={l}><th scope="row">{l}</th>{rows.map(k => {
                  const c = cells.find(c => c.layer === l && c.kind === k)
                  return <td key={k} class="right mono nowrap">{c ? metric.say(metric.of(c.t)) : ''}</td>
                })}</tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  )
}

const byPlace = (stats: Stats): { layer: number; kind: Kind; t: Cell }[] =>
  stats.tensors.flatMap(t => {
    const kind = kindOf(t.tensor)
    return kind && t.layer >= 0 ? [{ layer: t.layer, kind, t }] : []
  })

// The ends of the colours: those of the figures, wide enough apart.
function ends(values: number[], least: number): [number, number] {
  const low = Math.min(...values), high = Math.max(...values)
  const more = Math.max(0, Math.max(least, 1e-3 * Math.abs(high)) - (high - low)) / 2
  return [low - more, high + more]
}

const share = (x: number, [low, high]: [number, number]): number => (high > low ? (x - low) / (high - low) : 0.5)

function paint(canvas: HTMLCanvasElement, cells: { layer: number; kind: Kind; share: number }[], rows: Kind[], layers: number): void {
  const dpr = devicePixelRatio, w = canvas.clientWidth, h = canvas.clientHeight
  canvas.width = Math.round(w * dpr)
  canvas.height = Math.round(h * dpr)
  const g = canvas.getContext('2d')!
  g.scale(dpr, dpr)
  const dx = w / layers, dy = h / rows.length, gap = Math.min(2, dx / 6)
  const tones = [colour('--heat-0'), colour('--heat-1'), colour('--heat-2')]
  for (const c of cells) {
    if (!Number.isFinite(c.share)) continue
    g.fillStyle = `color-mix(in oklab, ${tones[c.share < 0.5 ? 0 : 2]} ${Math.round(Math.abs(c.share - 0.5) * 200)}%, ${tones[1]})`
    g.fillRect(c.layer * dx + gap / 2, rows.indexOf(c.kind) * dy + gap / 2, dx - gap, dy - gap)
  }
}
