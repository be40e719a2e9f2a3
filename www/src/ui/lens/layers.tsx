// Sparsity, entropy and scale from layer to layer.

import { useMemo } from 'preact/hooks'
import type { Stats } from '../../protocol'
import { count, figure, percent } from '../format'
import { Plot, type Chart } from './chart'

const columns = ['Layer', '−1', '0', '+1', 'Sparsity', 'Entropy', 'Scale, smallest', 'Scale, largest', 'Distance']

const cells = (l: Stats['layers'][0]): string[] => [
  count(l.negative), count(l.zero), count(l.positive), percent(l.sparsity), l.entropy.toFixed(4),
  figure(l.scale_min), figure(l.scale_max), l.distance === undefined ? '' : percent(Number(l.distance)),
]

export function Layers({ stats }: { stats: Stats }) {
  const layers = stats.layers.filter(l => l.layer >= 0)
  const charts = useMemo((): [string, Chart][] => {
    const across = { x: layers.map(l => l.layer), whole: true, place: (i: number) => `layer ${layers[i]!.layer}` }
    const share = (f: (l: (typeof layers)[0]) => number) => layers.map(l => f(l) / (l.negative + l.zero + l.positive))
    return [
      ['Trits', {
        label: 'Share of each trit in every layer', ...across, range: [0, Math.max(...layers.flatMap(l => [l.negative, l.zero, l.positive].map(n => n / (l.negative + l.zero + l.positive)))) * 1.15], lines: [
          { label: '−1', tone: '--neg', values: share(l => l.negative), say: v => percent(v, 1) },
          { label: '0', tone: '--zero', values: share(l => l.zero), say: v => percent(v, 1) },
          { label: '+1', tone: '--pos', values: share(l => l.positive), say: v => percent(v, 1) },
        ],
      }],
      ['Entropy', { label: 'Entropy of every layer, in bits a weight', ...across, lines: [{ label: 'bits a weight', tone: '--accent', values: layers.map(l => l.entropy), say: v => v.toFixed(3) }] }],
      ['Scale', {
        label: 'Smallest and largest scale in every layer', ...across, lines: [
          { label: 'smallest', tone: '--neg', values: layers.map(l => Number(l.scale_min)), say: figure },
          { label: 'largest', tone: '--pos', values: layers.map(l => Number(l.scale_max)), say: figure },
        ],
      }],
    ]
  }, [stats])
  if (layers.length === 0) return null
  return (
    <section aria-labelledby="layers">
      <h2 id="layers">Layer by layer</h2>
      <div class="charts">
        {charts.map(([word, chart]) => <figure key={word} class="card chart"><figcaption><h3>{word}</h3></figcaption><Plot chart={chart} /></figure>)}
      </div>
      <details class="as-table">
        <summary>Layers as a table</summary>
        <div class="scroll-x" tabIndex={0} role="group" aria-label="Layers as a table">
          <table class="table tight">
            <thead><tr>{columns.map((w, i) => <th key={w} scope="col" class={i ? 'right' : ''}>{w}</th>)}</tr></thead>
            <tbody>
              {layers.map(l => (
                <tr key={l.layer}>
                  <th scope="row">{l.layer}</th>
                  {cells(l).map((v, i) => <td key={i} class="right mono nowrap">{v}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  )
}
