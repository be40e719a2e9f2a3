// A look into one tensor: its values and the bytes they lie in, a page at a time.

import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Peek as Slice, Tensor } from '../../protocol'
import { bytes, count, elements, hex, shape } from '../format'
import { icons } from '../icons'
import { Job } from '../job'
import { Command } from '../parts/command'
import { quote } from '../parts/shell'
import { Copy } from '../parts/copy'
import { Dialog } from '../parts/dialog'
import { FaultBox } from '../parts/fault'
import type { Session } from '../session'
import { Hex } from './hex'
import { Values } from './values'

const pageLength = 256

export function Peek({ s, tensor, onClose }: { s: Session; tensor: Tensor; onClose(): void }) {
  const job = useMemo(() => new Job<Slice>(), [tensor])
  const shown = useSignal<Slice | null>(null) // stays while the next page is read: no flicker
  const first = useSignal(0)
  useEffect(() => {
    void job.start((tell, signal) => s.run('peek', { tensor: tensor.name, first: first.value, count: pageLength }, tell, signal))
      .then(() => { if (job.value) shown.value = job.value })
    return () => job.cancel()
  }, [first.value, tensor])
  const state = job.state.value
  const slice = shown.value
  // Of packed weights the slice knows better how many elements there are than the tensor's own shape.
  const total = elements(slice?.shape ?? tensor.shape)
  return (
    <Dialog wide title={<span class="mono breaks">{tensor.name}</span>} onClose={onClose}>
      <p class="peek-facts">
        <span class="type">{tensor.dtype}</span><span>{shape(tensor.shape)}</span><span>{bytes(tensor.bytes)}</span>
        <span>at 0x{hex(tensor.offset)} in {tensor.file}</span>
        <Copy text={tensor.name} label="Copy the name" quiet />
      </p>
      <Pager first={first.value} total={total} length={slice?.values.length || pageLength} onFirst={n => (first.value = n)} />
      {state.is === 'failed' && <FaultBox fault={state.fault} title="These values cannot be read" />}
      {slice ? (
        <div class="peek-body" aria-busy={state.is === 'running'}>
          {slice.values.length > 0 ? <Values slice={slice} /> : <p class="empty">Values of type {slice.dtype} are not decoded here; the bytes are below.</p>}
          <Hex slice={slice} />
        </div>
      ) : state.is === 'running' && <p class="empty" role="status">Reading…</p>}
      <Command line={`trit peek ${quote(s.model.label)} --tensor ${quote(tensor.name)}${first.value ? ` --first ${first.value}` : ''} --count ${pageLength}${s.flags}`} />
    </Dialog>
  )
}

/** First, back, on, last, or any element. */
function Pager({ first, total, length, onFirst }: { first: number; total: number; length: number; onFirst(n: number): void }) {
  const last = Math.max(0, Math.floor((total - 1) / pageLength) * pageLength)
  const to = Math.min(total, first + length)
  const jump = (e: Event) => {
    const n = Math.floor(Number((e.currentTarget as HTMLInputElement).value.replaceAll(',', '')))
    if (Number.isFinite(n)) onFirst(Math.max(0, Math.min(total - 1, n)))
  }
  return (
    <div class="pager" role="group" aria-label="Elements">
      <button type="button" class="button small" disabled={first === 0} onClick={() => onFirst(0)}>First</button>
      <button type="button" class="button small icon-only" aria-label="Back" disabled={first === 0} onClick={() => onFirst(Math.max(0, first - pageLength))}><icons.left /></button>
      <label class="pager-at">Element <input class="input small" type="text" inputMode="numeric" value={first} onChange={jump} /></label>
      <span class="pager-of" role="status">to {count(to - 1)} of {count(total)}</span>
      <button type="button" class="button small icon-only" aria-label="On" disabled={to >= total} onClick={() => onFirst(Math.min(last, first + length))}><icons.right /></button>
      <button type="button" class="button small" disabled={to >= total} onClick={() => onFirst(last)}>Last</button>
    </div>
  )
}
