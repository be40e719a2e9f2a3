// The rows of the tensor grid: filtered, sorted, and where asked for gathered under a heading for each layer.

import type { Tensor } from '../../protocol'
import { elements } from '../format'
import { layerOf } from '../parts-of'

export type Column = 'name' | 'layer' | 'dtype' | 'shape' | 'bits' | 'offset' | 'bytes'

/** A tensor with what its columns are sorted by. index: its place in the file. */
export interface Item { index: number; tensor: Tensor; layer: number; elements: number; bits: number }
export interface Group { group: string; layer: number; count: number; bytes: number; open: boolean }
export type Row = Item | Group

export const isGroup = (r: Row): r is Group => 'group' in r

export function items(tensors: Tensor[]): Item[] {
  return tensors.map((tensor, index) => {
    const n = elements(tensor.shape)
    return { index, tensor, layer: layerOf(tensor.name), elements: n, bits: n ? (tensor.bytes * 8) / n : 0 }
  })
}

/** Those whose name, type or shape has every word of the filter. */
export function filter(list: Item[], text: string): Item[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return list
  return list.filter(({ tensor: t }) => {
    const hay = `${t.name} ${t.dtype} ${t.shape.join('x')}`.toLowerCase()
    return words.every(w => hay.includes(w))
  })
}

const value: Record<Exclude<Column, 'name' | 'dtype'>, (i: Item) => number> = {
  layer: i => i.layer, shape: i => i.elements, bits: i => i.bits, offset: i => i.tensor.offset, bytes: i => i.tensor.bytes,
}

const collator = new Intl.Collator('en', { numeric: true }) // blk.2 before blk.10

/** Sorted by a column; what is equal there stays in the order of the file, both ways. */
export function sort(list: Item[], by: Column, descending: boolean): Item[] {
  const sign = descending ? -1 : 1
  const compare =
    by === 'name' ? (a: Item, b: Item) => collator.compare(a.tensor.name, b.tensor.name)
    : by === 'dtype' ? (a: Item, b: Item) => collator.compare(a.tensor.dtype, b.tensor.dtype)
    : (a: Item, b: Item) => value[by](a) - value[by](b)
  return [...list].sort((a, b) => sign * compare(a, b) || a.index - b.index)
}

/** Under a heading for each layer, in the order of layers; what is in none comes first. Closed ones hold their rows back. */
export function group(list: Item[], closed: ReadonlySet<number>): Row[] {
  const layers = new Map<number, Item[]>()
  for (const i of list) {
    const l = layers.get(i.layer)
    if (l) l.push(i)
    else layers.set(i.layer, [i])
  }
  const rows: Row[] = []
  for (const [layer, of] of [...layers].sort((a, b) => a[0] - b[0])) {
    const open = !closed.has(layer)
    rows.push({ group: layer < 0 ? 'Outside the layers' : `Layer ${layer}`, layer, count: of.length, bytes: of.reduce((n, i) => n + i.tensor.bytes, 0), open })
    if (open) rows.push(...of)
  }
  return rows
}
