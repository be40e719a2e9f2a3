// Where floats lie before they are snapped: |w| over the scale. What is below ½ becomes 0, what is above ±1; weights close
// to ½ are those that training has not settled.

import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Stats } from '../../protocol'
import { count, percent } from '../format'
import { Plot, type Chart } from './chart'

const width = 0.125 // of a bin
const threshold = 4 // bins below ½

export function Histogram({ stats }: { stats: Stats }) {
  const layer = useSignal(-1)
  const bins = useMemo(() => sum(stats, layer.value), [stats, layer.value])
  const all = bins.reduce((a, b) => a + b, 0) || 1
  const chart = useMemo((): Chart => {
    const share = bins.map(n => n / all)
    const where = (zero: boolean) => share.map((v, i) => (i < threshold === zero ? v : NaN))
    return {
      label: 'Histogram of weight magnitude over scale, with the threshold of one half', bars: true,
      x: bins.map((_, i) => (i + 0.5) * width), place: i => `|w| / scale ${bin(i, bins.length)}`, range: [0, Math.max(...share) * 1.15],
      lines: [
        { label: 'snaps to 0', tone: '--zero', values: where(true), say: v => percent(v, 1) },
        { label: 'snaps to ±1', tone: '--pos', values: where(false), say: v => percent(v, 1) },
      ],
      mark: { at: 0.5, word: 'threshold ±½' },
    }
  }, [bins])
  const near = ((bins[threshold - 1] ?? 0) + (bins[threshold] ?? 0)) / all
  return (
    <section aria-labelledby="histogram">
      <div class="head-with-action">
        <h2 id="histogram">Before snapping: |w| / scale</h2>
        <label class="select-label">Of
          <select class="select" value={layer.value} onChange={e => (layer.value = Number(e.currentTarget.value))}>
            <option value={-1}>all layers</option>
            {stats.layers.filter(l => l.histogram && l.layer >= 0).map(l => <option key={l.layer} value={l.layer}>layer {l.layer}</option>)}
          </select>
        </label>
      </div>
      <figure class="card chart">
        <Plot chart={chart} tall />
        <figcaption class="note">{percent(near, 1)} of the weights lie within ⅛ of the thresholds ±½ and are the least settled.</figcaption>
      </figure>
      <details class="as-table">
        <summary>Histogram as a table</summary>
        <table class="table tight">
          <thead><tr><th scope="col">|w| / scale</th><th scope="col">Snaps to</th><th scope="col" class="right">Weights</th><th scope="col" class="right">Share</th></tr></thead>
          <tbody>{bins.map((n, i) => (
            <tr key={i}><th scope="row">{bin(i, bins.length)}</th><td>{i < threshold ? '0' : '±1'}</td><td class="right mono">{count(n)}</td><td class="right mono">{percent(n / all)}</td></tr>
          ))}</tbody>
        </table>
      </details>
    </section>
  )
}

function sum(stats: Stats, layer: number): number[] {
  const total = Array<number>(24).fill(0)
  for (const l of stats.layers) if (layer < 0 || l.layer === layer) l.histogram?.forEach((n, i) => (total[i]! += n))
  return total
}

const bin = (i: number, all: number): string => (i === all - 1 ? `${(i * width).toFixed(3)} and above` : `${(i * width).toFixed(3)} to ${((i + 1) * width).toFixed(3)}`)
