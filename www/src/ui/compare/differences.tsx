// The answer of a comparison: a verdict, the trit hashes, how much of each layer flipped, each tensor, the metadata.

import { useComputed, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Difference, Report } from '../../protocol'
import { count, figure, percent, plural } from '../format'
import { icons } from '../icons'
import { Plot, type Chart } from '../lens/chart'
import { Digest } from '../parts/digest'
import { Filter } from '../parts/filter'
import { layerOf } from '../parts-of'
import { go } from '../route'
import { Grid } from '../tensors/grid'

export function Differences({ d, report, again }: { d: Difference; report: Report; again(): void }) {
  const differing = d.tensors.filter(t => t.verdict !== 'equal').length
  return (
    <>
      <div class={`banner ${d.same ? 'good' : 'warning'}`} role="status">
        {d.same ? <icons.done /> : <icons.warning />}
        <div>
          <p class="banner-title">{d.same ? `The same model at level ${d.level}` : `Different at level ${d.level}`}</p>
          <p>{d.tensors.length === 0 ? 'No tensors to compare.'
            : differing === 0 ? `All ${plural(d.tensors.length, 'tensor')} are equal.`
            : `${count(differing)} of ${plural(d.tensors.length, 'tensor')} are not equal to the bit.`}</p>
        </div>
      </div>
      {d.trit_hash_a !== '' && d.trit_hash_a === d.trit_hash_b ? <Digest label="trit hash of both" value={d.trit_hash_a} why="Every code is the same." /> : (
        <>
          {d.trit_hash_a && <Digest label="trit hash of A" value={d.trit_hash_a} />}
          {d.trit_hash_b && <Digest label="trit hash of B" value={d.trit_hash_b} />}
        </>
      )}
      <Flipped d={d} />
      <Table d={d} report={report} />
      <section aria-labelledby="meta-diff">
        <h2 id="meta-diff">Metadata</h2>
        {d.metadata.length === 0 ? <p class="card empty">No metadata differs, or only one of the two has any.</p> : (
          <div class="card flush">
            <table class="table metadata">
              <caption class="visually-hidden">Metadata that differs</caption>
              <thead><tr><th scope="col">Key</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
              <tbody>{d.metadata.map(m => (
                <tr key={m.key}>
                  <th scope="row" class="mono breaks">{m.key}</th>
                  <td class="mono breaks">{m.a || <em>absent</em>}</td><td class="mono breaks">{m.b || <em>absent</em>}</td>
                </tr>
              ))}</tbody>
            </table>
          </div>
        )}
      </section>
      <div class="actions"><button type="button" class="button" onClick={again}>Compare again</button></div>
    </>
  )
}

/** Share of flipped codes in each layer. */
function Flipped({ d }: { d: Difference }) {
  const layers = useMemo(() => {
    const list: { flipped: number; total: number }[] = []
    for (const t of d.tensors) {
      const l = layerOf(t.tensor)
      if (l < 0 || !['flipped', 'equal', 'same-codes'].includes(t.verdict) || /norm/.test(t.tensor)) continue
      const sum = (list[l] ??= { flipped: 0, total: 0 })
      sum.flipped += t.flipped
      sum.total += t.total
    }
    return list.map(l => (l && l.total ? l.flipped / l.total : 0))
  }, [d])
  const chart = useMemo((): Chart => ({
    label: 'Share of flipped codes in every layer', x: layers.map((_, i) => i), whole: true, bars: true, place: i => `layer ${i}`, range: [0, Math.max(...layers, 0.0001) * 1.15],
    lines: [{ label: 'flipped', tone: '--neg', values: layers, say: v => percent(v, Math.max(...layers) < 0.01 ? 3 : 1) }],
  }), [layers])
  if (layers.every(x => x === 0)) return null
  return (
    <section aria-labelledby="flipped">
      <h2 id="flipped">Codes that flipped</h2>
      <figure class="card chart"><Plot chart={chart} /></figure>
      <details class="as-table">
        <summary>Flipped codes as a table</summary>
        <table class="table tight"><thead><tr><th scope="col">Layer</th><th scope="col" class="right">Flipped</th></tr></thead>
          <tbody>{layers.map((x, i) => <tr key={i}><th scope="row">{i}</th><td class="right mono">{percent(x, 4)}</td></tr>)}</tbody></table>
      </details>
    </section>
  )
}

const words: Record<string, string> = {
  equal: 'equal', 'same-codes': 'same codes', flipped: 'codes flipped', differs: 'differs', 'only-a': 'only in A', 'only-b': 'only in B',
}
const columns = ['Tensor', 'Verdict', 'Flipped', 'Scale error', 'Largest error', 'RMS error']

function Table({ d, report }: { d: Difference; report: Report }) {
  const text = useSignal(''), everything = useSignal(false), active = useSignal(0)
  const rows = useComputed(() => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean)
    return d.tensors.filter(t => (everything.value || t.verdict !== 'equal') && words.every(w => `${t.tensor} ${t.verdict}`.toLowerCase().includes(w)))
  })
  return (
    <section aria-labelledby="diff-tensors">
      <h2 id="diff-tensors">Tensors</h2>
      <div class="toolbar">
        <Filter label="Filter tensors by name or verdict" placeholder="Filter: name or verdict" value={text.value} onInput={t => { text.value = t; active.value = 0 }} />
        <label class="check"><input type="checkbox" checked={everything.value} onChange={e => (everything.value = e.currentTarget.checked)} />Equal ones too</label>
        <p class="tally-line" role="status">{count(rows.value.length)} of {plural(d.tensors.length, 'tensor')}</p>
      </div>
      {rows.value.length === 0 ? <p class="card empty">{everything.value || text.value ? 'Nothing matches.' : 'No tensor differs.'}</p> : (
        <Grid id="diff-grid" label="Tensors compared" count={rows.value.length} columns={columns.length} active={Math.min(active.value, rows.value.length - 1)} onActive={i => (active.value = i)}
          onOpen={i => { const name = rows.value[i]!.tensor; if (report.tensors.some(t => t.name === name)) go('tensors', name) }}
          rowClass={() => 'diff-row'}
          header={columns.map((c, i) => <span key={c} role="columnheader" aria-colindex={i + 1} class={`diff-${i} ${i > 1 ? 'right' : ''}`}>{c}</span>)}
          row={i => {
            const t = rows.value[i]!
            const cells = [t.tensor, words[t.verdict] ?? t.verdict,
              t.flipped ? percent(t.flipped / (t.total || 1), 3) : '', error(t.scale_error), error(t.max_error), error(t.rms_error)]
            return cells.map((v, c) => (
              <span key={c} role={c ? 'gridcell' : 'rowheader'} aria-colindex={c + 1} title={c === 0 ? v : undefined}
                class={`diff-${c} ${c > 1 ? 'right' : ''} ${c === 1 ? `is-${t.verdict}` : ''}`}>{v}</span>
            ))
          }} />
      )}
    </section>
  )
}

const error = (x: number | string): string => (x === 0 ? '' : figure(x))
