// All tensors of the model, to filter, sort and group; Enter looks into one.

import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { bytes, count, hex, plural, shape } from '../format'
import { Filter } from '../parts/filter'
import { go, route, shut } from '../route'
import type { Session } from '../session'
import { Title } from '../shell'
import { Grid } from './grid'
import { Peek } from './peek'
import { filter, group, isGroup, items, sort, type Column, type Row } from './rows'

const columns: { id: Column; word: string; right?: boolean }[] = [
  { id: 'name', word: 'Name' }, { id: 'layer', word: 'Layer', right: true }, { id: 'dtype', word: 'Type' }, { id: 'shape', word: 'Shape' },
  { id: 'bits', word: 'Bits/weight', right: true }, { id: 'offset', word: 'Offset', right: true }, { id: 'bytes', word: 'Bytes', right: true },
]

export function Tensors({ s }: { s: Session }) {
  const all = useComputed(() => items(s.report.tensors))
  const text = useSignal('')
  const by = useSignal<Column>('offset')
  const descending = useSignal(false)
  const layers = useSignal(false)
  const closed = useSignal<ReadonlySet<number>>(new Set())
  const active = useSignal(0)
  const found = useComputed(() => sort(filter(all.value, text.value), by.value, descending.value))
  const rows = useComputed<Row[]>(() => (layers.value ? group(found.value, closed.value) : found.value))
  const box = useRef<HTMLInputElement>(null)
  useSlash(box)

  const peeked = s.report.tensors.find(t => t.name === route.value.detail)
  const sortBy = (c: Column) => {
    descending.value = by.value === c && !descending.value
    by.value = c
    active.value = 0
  }
  const toggle = (layer: number, open?: boolean) => {
    const next = new Set(closed.value)
    if (open ?? next.has(layer)) next.delete(layer)
    else next.add(layer)
    closed.value = next
  }
  return (
    <>
      <Title section="tensors" />
      <div class="toolbar">
        <Filter label="Filter tensors by name, type or shape" placeholder="Filter: name, type or shape" shortcut="/" box={box} value={text.value}
          onInput={t => { text.value = t; active.value = 0 }} onKeyDown={e => e.key === 'ArrowDown' && document.getElementById('tensor-grid')?.focus()}>
          <kbd aria-hidden="true">/</kbd>
        </Filter>
        <label class="narrow-only select-label">Sort
          <select class="select" value={by.value} onChange={e => sortBy(e.currentTarget.value as Column)}>
            {columns.map(c => <option key={c.id} value={c.id}>{c.word}</option>)}
          </select>
        </label>
        <label class="check"><input type="checkbox" checked={layers.value} onChange={e => { layers.value = e.currentTarget.checked; active.value = 0 }} />Group by layer</label>
        <p class="tally-line" role="status">
          {found.value.length === all.value.length ? plural(all.value.length, 'tensor') : `${count(found.value.length)} of ${count(all.value.length)} tensors`},{' '}
          {bytes(found.value.reduce((n, i) => n + i.tensor.bytes, 0))}
        </p>
      </div>
      {rows.value.length === 0 ? <p class="empty card">No tensor has “{text.value}” in its name, type or shape. <button type="button" class="button small" onClick={() => (text.value = '')}>Show all</button></p> : (
        <Grid id="tensor-grid" label="Tensors" count={rows.value.length} columns={columns.length} active={Math.min(active.value, rows.value.length - 1)} onActive={i => (active.value = i)}
          header={columns.map((c, i) => (
            <span key={c.id} role="columnheader" aria-colindex={i + 1} class={`col-${c.id} ${c.right ? 'right' : ''}`} aria-sort={by.value === c.id ? (descending.value ? 'descending' : 'ascending') : 'none'}>
              <button type="button" class="sort" onClick={() => sortBy(c.id)}>{c.word}<span class="sort-mark" aria-hidden="true">{by.value === c.id ? (descending.value ? '↓' : '↑') : ''}</span></button>
            </span>
          ))}
          row={i => cells(rows.value[i]!)}
          rowClass={i => (isGroup(rows.value[i]!) ? 'group' : '')}
          onOpen={i => { const r = rows.value[i]!; if (isGroup(r)) toggle(r.layer); else go('tensors', r.tensor.name) }}
          onSide={(i, right) => { const r = rows.value[i]!; if (isGroup(r)) toggle(r.layer, right) }} />
      )}
      <p class="note keys" aria-hidden="true"><kbd>↑</kbd> <kbd>↓</kbd> move · <kbd>Enter</kbd> look into a tensor · <kbd>/</kbd> filter</p>
      {peeked && <Peek s={s} tensor={peeked} onClose={shut} />}
    </>
  )
}

function cells(r: Row) {
  if (isGroup(r)) {
    return (
      <span role="gridcell" class="group-cell" aria-colindex={1} aria-colspan={columns.length} aria-expanded={r.open}>
        <span class={r.open ? 'caret open' : 'caret'} aria-hidden="true" />{r.group} <span class="group-sum">{plural(r.count, 'tensor')}, {bytes(r.bytes)}</span>
      </span>
    )
  }
  const t = r.tensor
  return (
    <>
      <span role="rowheader" aria-colindex={1} class="col-name" title={t.name}>{t.name}</span>
      <span role="gridcell" aria-colindex={2} class="col-layer right">{r.layer < 0 ? '' : r.layer}</span>
      <span role="gridcell" aria-colindex={3} class="col-dtype"><span class="type">{t.dtype}</span></span>
      <span role="gridcell" aria-colindex={4} class="col-shape">{shape(t.shape)}</span>
      <span role="gridcell" aria-colindex={5} class="col-bits right">{r.bits.toFixed(2)}</span>
      <span role="gridcell" aria-colindex={6} class="col-offset right">0x{hex(t.offset)}</span>
      <span role="gridcell" aria-colindex={7} class="col-bytes right" title={`${count(t.bytes)} bytes`}>{bytes(t.bytes)}</span>
    </>
  )
}

// "/" goes to the filter from anywhere but from a field.
function useSlash(box: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || (e.target as Element).closest('input, textarea, select, dialog')) return
      e.preventDefault()
      box.current?.focus()
      box.current?.select()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])
}
