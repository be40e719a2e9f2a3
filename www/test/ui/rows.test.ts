// Rows of the tensor grid.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filter, group, isGroup, items, sort } from '../../src/ui/tensors/rows'

const tensor = (name: string, dtype: string, shape: number[], offset: number, bytes: number) => ({ name, dtype, shape, offset, bytes, file: 'm.gguf' })
const all = items([
  tensor('token_embd.weight', 'f16', [320, 256], 0, 163840),
  tensor('blk.10.attn_q.weight', 'i2_s', [256, 256], 200000, 16416),
  tensor('blk.2.attn_q.weight', 'i2_s', [256, 256], 300000, 16416),
  tensor('blk.2.attn_norm.weight', 'f32', [256], 400000, 1024),
])
const names = (list: typeof all) => list.map(i => i.tensor.name)

test('every word of the filter counts, in name, type or shape', () => {
  assert.deepEqual(names(filter(all, 'attn_q blk.2')), ['blk.2.attn_q.weight'])
  assert.deepEqual(names(filter(all, 'F16')), ['token_embd.weight'])
  assert.deepEqual(names(filter(all, '256x256')).length, 2)
  assert.equal(filter(all, '  ').length, 4)
})
test('names sort as people count', () => assert.deepEqual(names(sort(all, 'name', false)).slice(1, 3), ['blk.2.attn_q.weight', 'blk.10.attn_q.weight']))
test('what is equal stays in the order of the file, both ways', () => {
  const up = names(sort(all, 'bytes', false)), down = names(sort(all, 'bytes', true))
  assert.ok(up.indexOf('blk.10.attn_q.weight') < up.indexOf('blk.2.attn_q.weight'))
  assert.ok(down.indexOf('blk.10.attn_q.weight') < down.indexOf('blk.2.attn_q.weight'))
})
test('bits per weight count padding and scales', () => assert.equal(all[1]!.bits.toFixed(3), '2.004'))
test('groups come in the order of layers and hold back what is closed', () => {
  const rows = group(all, new Set([2]))
  assert.deepEqual(rows.filter(isGroup).map(g => [g.layer, g.count]), [[-1, 1], [2, 2], [10, 1]])
  assert.equal(rows.length, 5)
})
test('an empty tensor has no bits per weight', () => assert.equal(items([tensor('x', 'f32', [0, 4], 0, 0)])[0]!.bits, 0))
