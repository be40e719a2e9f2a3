// A long array of the metadata, a page at a time, and a search in it: which number has this token?

import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Peek } from '../../protocol'
import { count } from '../format'
import { icons } from '../icons'
import { Job } from '../job'
import { Command } from '../parts/command'
import { quote } from '../parts/shell'
import { Dialog } from '../parts/dialog'
import { FaultBox } from '../parts/fault'
import { Filter } from '../parts/filter'
import type { Session } from '../session'
import { asText, visible, type ArrayValue } from './values'

const pageLength = 100

export function Elements({ s, name, value, onClose }: { s: Session; name: string; value: ArrayValue; onClose(): void }) {
  const job = useMemo(() => new Job<Peek>(), [name])
  const shown = useSignal<Peek | null>(null)
  const starts = useSignal([0]) // where each page so far began: a search cannot be paged backwards by counting
  const find = useSignal('')
  const first = starts.value.at(-1)!
  useEffect(() => {
    const options = { key: name, first, count: pageLength, ...(find.value ? { find: find.value } : {}) }
    // While somebody types, only the last of what was typed is looked for.
    const wait = setTimeout(() => {
      void job.start((tell, signal) => s.run('peek', options, tell, signal)).then(() => { if (job.value) shown.value = job.value })
    }, shown.peek() ? 150 : 0)
    return () => clearTimeout(wait)
  }, [name, first, find.value])
  const state = job.state.value, page = shown.value
  const index = (i: number) => page?.indices?.[i] ?? (page?.first ?? 0) + i
  const more = page !== null && page.values.length === pageLength && index(pageLength - 1) + 1 < value.len
  const search = (text: string) => { find.value = text; starts.value = [0] }
  const jump = (e: Event) => {
    const n = Math.floor(Number((e.currentTarget as HTMLInputElement).value))
    if (Number.isFinite(n)) starts.value = [Math.max(0, Math.min(value.len - 1, n))]
  }
  return (
    <Dialog wide title={<span class="mono breaks">{name}</span>} onClose={onClose}>
      <p class="peek-facts"><span class="type">{value.type}</span><span>{count(value.len)} elements</span></p>
      <div class="toolbar">
        <Filter label="Find elements that contain this text" placeholder="Find: text in an element" value={find.value} onInput={search} />
        <label class="pager-at">From <input class="input small" type="text" inputMode="numeric" value={first} onChange={jump} /></label>
        <button type="button" class="button small icon-only" aria-label="Back" disabled={starts.value.length < 2 && first === 0}
          onClick={() => (starts.value = starts.value.length > 1 ? starts.value.slice(0, -1) : [Math.max(0, first - pageLength)])}><icons.left /></button>
        <button type="button" class="button small icon-only" aria-label="On" disabled={!more} onClick={() => (starts.value = [...starts.value, index(pageLength - 1) + 1])}><icons.right /></button>
      </div>
      {state.is === 'failed' && <FaultBox fault={state.fault} title="This cannot be read" />}
      {page && (page.values.length === 0 ? <p class="empty" role="status">No element {find.value ? `has “${find.value}” in it` : 'here'}.</p> : (
        <div class="scroll-y" tabIndex={0} role="group" aria-label="Elements" aria-busy={state.is === 'running'}>
          <table class="table tight">
            <thead><tr><th scope="col" class="right number">Number</th><th scope="col">Value</th></tr></thead>
            <tbody>{page.values.map((v, i) => <tr key={index(i)}><td class="mono right">{index(i)}</td><td class="mono breaks">{visible(asText(v))}</td></tr>)}</tbody>
          </table>
        </div>
      ))}
      {!page && state.is !== 'failed' && <p class="empty" role="status">Reading…</p>}
      <Command line={`trit peek ${quote(s.model.label)} --key ${quote(name)}${find.value ? ` --find ${quote(find.value)}` : ''}${first ? ` --first ${first}` : ''} --count ${pageLength}${s.flags}`} />
    </Dialog>
  )
}
