// The plan: the exact size, who will load the result, what a person should know, and what is done to every tensor.

import { useComputed, useSignal } from '@preact/signals'
import type { Plan, Step } from '../../protocol'
import { bytes, count, percent, plural } from '../format'
import { icons } from '../icons'
import { Loads, summary } from '../parts/loads'
import { still } from '../theme'
import { sentence } from '../parts/words'
import { Filter } from '../parts/filter'
import { Grid } from '../tensors/grid'

export function PlanView({ plan, source, type }: { plan: Plan; source: number; type: string }) {
  return (
    <>
      <section aria-labelledby="result">
        <h2 id="result">What will come out</h2>
        <div class="card flush">
          <div class="result-head">
            <button type="button" class="button" onClick={toWriting}><icons.down />Write it</button>
            <p class="result-size">
              <strong>{bytes(plan.bytes)}</strong>{' '}
              <span>{count(plan.bytes)} bytes of {type}{plan.files ? ` in ${plural(plan.files.length, 'file')}` : ''}, {percent(plan.bytes / (source || 1), 0)} of the source</span>
            </p>
            <p class="result-loads">{summary(plan.loads)}.</p>
          </div>
          <Loads loads={plan.loads} caption="Which applications will load the result" />
        </div>
      </section>
      {plan.notes.length > 0 && (
        <ul class="notes">{plan.notes.map(n => <li key={n} class="notice info"><icons.info /><p class="breaks">{sentence(n)}</p></li>)}</ul>
      )}
      <Actions steps={plan.plan} />
    </>
  )
}

// The way down is long: the head of the plan has the way to its end.
function toWriting(): void {
  const h = document.getElementById('write')
  h?.scrollIntoView({ behavior: still.matches ? 'auto' : 'smooth', block: 'start' })
  h?.focus({ preventScroll: true })
}

/** What is done, gathered: few rows say what hundreds of tensors are in for. */
function Actions({ steps }: { steps: Step[] }) {
  const rows = new Map<string, { step: Step; count: number; bytes: number }>()
  for (const step of steps) {
    const key = `${step.action} ${step.from} ${step.to}`
    const r = rows.get(key)
    if (r) { r.count++; r.bytes += step.bytes } else rows.set(key, { step, count: 1, bytes: step.bytes })
  }
  const whole = useSignal(false)
  return (
    <section aria-labelledby="actions">
      <h2 id="actions">What is done</h2>
      <div class="card flush scroll-x" tabIndex={0} role="group" aria-label="Actions by kind">
        <table class="table">
          <caption class="visually-hidden">Actions by kind</caption>
          <thead><tr><th scope="col">Action</th><th scope="col">From</th><th scope="col">To</th><th scope="col" class="right">Tensors</th><th scope="col" class="right">Written</th></tr></thead>
          <tbody>
            {[...rows.values()].map(r => (
              <tr key={`${r.step.action}${r.step.from}${r.step.to}`}>
                <th scope="row">{r.step.action}</th><td><span class="type">{r.step.from}</span></td><td><span class="type">{r.step.to}</span></td>
                <td class="right mono">{count(r.count)}</td><td class="right mono nowrap">{bytes(r.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details class="as-table" onToggle={e => (whole.value = e.currentTarget.open)}>
        <summary>Tensor by tensor</summary>
        {whole.value && <Steps steps={steps} />}
      </details>
    </section>
  )
}

const columns = ['Tensor', 'From', 'Action', 'To', 'Bytes']

function Steps({ steps }: { steps: Step[] }) {
  const text = useSignal('')
  const active = useSignal(0)
  const rows = useComputed(() => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean)
    return steps.filter(s => words.every(w => `${s.tensor} ${s.from} ${s.action} ${s.to}`.toLowerCase().includes(w)))
  })
  return (
    <>
      <div class="toolbar">
        <Filter label="Filter the plan" placeholder="Filter: tensor, type or action" value={text.value} onInput={t => { text.value = t; active.value = 0 }} />
        <p class="tally-line" role="status">{count(rows.value.length)} of {plural(steps.length, 'tensor')}</p>
      </div>
      {rows.value.length > 0 && (
        <Grid id="plan-grid" label="Plan" count={rows.value.length} columns={5} active={Math.min(active.value, rows.value.length - 1)} onActive={i => (active.value = i)} onOpen={() => {}}
          header={columns.map((c, i) => <span key={c} role="columnheader" aria-colindex={i + 1} class={`plan-${i} ${i === 4 ? 'right' : ''}`}>{c}</span>)}
          row={i => {
            const s = rows.value[i]!
            return [s.tensor, s.from, s.action, s.to, bytes(s.bytes)].map((v, c) => (
              <span key={c} role={c ? 'gridcell' : 'rowheader'} aria-colindex={c + 1} class={`plan-${c} ${c === 4 ? 'right' : ''}`} title={c === 0 ? v : undefined}>{v}</span>
            ))
          }}
          rowClass={() => 'plan-row'} />
      )}
    </>
  )
}
