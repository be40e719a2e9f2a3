// A grid of any number of rows, all of one height: only those in sight are in the document. The grid itself holds the focus
// and names the active row (aria-activedescendant), so a row may leave the document without taking the focus along.

import type { ComponentChildren } from 'preact'
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

export interface Props {
  label: string
  id: string
  count: number
  header: ComponentChildren
  columns: number
  /** The cells of a row, each with role gridcell or rowheader. */
  row(index: number): ComponentChildren
  rowClass?(index: number): string
  /** Enter or a click. */
  onOpen(index: number): void
  /** Left and right, for rows that open and close. */
  onSide?(index: number, right: boolean): void
  active: number
  onActive(index: number): void
}

const spare = 8 // rows above and below those in sight
const stride = 4 // rows that are scrolled before anything is drawn anew

export function Grid(p: Props) {
  const view = useRef<HTMLDivElement>(null)
  const first = useSignal(0)
  const height = useSignal(600)
  const rowHeight = useSignal(36)

  useLayoutEffect(() => {
    const v = view.current!
    const measure = () => {
      height.value = v.clientHeight
      rowHeight.value = parseFloat(getComputedStyle(v).getPropertyValue('--row')) || 36
    }
    measure()
    const o = new ResizeObserver(measure)
    o.observe(v)
    return () => o.disconnect()
  }, [])

  // The active row is scrolled into sight, below the header that stays on top.
  useEffect(() => {
    const v = view.current!, h = rowHeight.peek(), at = p.active * h
    const head = v.querySelector<HTMLElement>('.grid-head')?.offsetHeight ?? 0
    if (at < v.scrollTop) v.scrollTop = at
    else if (at + h + head > v.scrollTop + v.clientHeight) v.scrollTop = at + h + head - v.clientHeight
  }, [p.active, p.count])

  const h = rowHeight.value
  const page = Math.max(1, Math.floor(height.value / h) - 2)
  const from = Math.max(0, Math.min(first.value, p.count - 1))
  const last = Math.min(p.count, from + Math.ceil(height.value / h) + 2 * spare + stride)

  const key = (e: KeyboardEvent) => {
    if (e.target !== view.current || e.altKey || e.metaKey) return // a button in the header has keys of its own
    const to = moves[e.key]?.(p.active, page, p.count)
    if (to !== undefined) p.onActive(Math.max(0, Math.min(p.count - 1, to)))
    else if (e.key === 'Enter' || e.key === ' ') p.onOpen(p.active)
    else if (p.onSide && (e.key === 'ArrowRight' || e.key === 'ArrowLeft')) p.onSide(p.active, e.key === 'ArrowRight')
    else return
    e.preventDefault()
  }

  const rows = []
  for (let i = from; i < last; i++) {
    rows.push(
      <div key={i} id={`${p.id}-${i}`} role="row" aria-rowindex={i + 2} aria-selected={i === p.active}
        class={`grid-row ${i % 2 ? 'odd' : ''} ${i === p.active ? 'active' : ''} ${p.rowClass?.(i) ?? ''}`}
        style={{ '--at': i }} onClick={() => { p.onActive(i); p.onOpen(i) }}>
        {p.row(i)}
      </div>,
    )
  }
  return (
    <div ref={view} id={p.id} class="grid" role="grid" aria-label={p.label} tabIndex={0} aria-rowcount={p.count + 1} aria-colcount={p.columns}
      aria-activedescendant={p.active >= from && p.active < last ? `${p.id}-${p.active}` : undefined}
      onScroll={e => (first.value = Math.max(0, Math.floor((e.currentTarget.scrollTop / h - spare) / stride) * stride))} onKeyDown={key}>
      <div class="grid-head" role="row" aria-rowindex={1}>{p.header}</div>
      <div class="grid-body" role="rowgroup" style={{ '--rows': p.count }}>{rows}</div>
    </div>
  )
}

const moves: Record<string, (at: number, page: number, count: number) => number> = {
  ArrowDown: at => at + 1,
  ArrowUp: at => at - 1,
  PageDown: (at, page) => at + page,
  PageUp: (at, page) => at - page,
  Home: () => 0,
  End: (_at, _page, count) => count - 1,
}
