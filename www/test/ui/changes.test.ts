// Changes of metadata: what the engine is told, and what is refused before it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/protocol'
import { as, command, locked, options, present, trouble } from '../../src/ui/changes'

const report = {
  metadata: { 'general.name': 'x', 'a.count': 3, 'a.eps': 0.5, 'a.wide': 7, 'a.tokens': { type: 'string', len: 9, first: [] } },
  metadata_types: { 'general.name': 'string', 'a.count': 'u32', 'a.eps': 'f32', 'a.wide': 'u8', 'a.tokens': 'array' },
} as unknown as Report

test('a present key keeps its type, and needs no --as', () => {
  const list = [{ key: 'a.count', value: '4', type: '' as const }, { key: 'general.name', value: 'y z', type: '' as const }]
  assert.deepEqual(options(report, list), { set: ['a.count=4', 'general.name=y z'] })
  assert.equal(command('m.gguf', 'n.gguf', report, list), "trit edit m.gguf -o n.gguf --set a.count=4 --set 'general.name=y z'")
})
test('a new number brings its type, for all that is set', () => {
  const list = [{ key: 'new', value: '1', type: 'u32' as const }, { key: 'a.count', value: '4', type: '' as const }]
  assert.deepEqual(options(report, list), { set: ['new=1', 'a.count=4'], as: 'u32' })
})
test('a new number beside a text cannot be one edit, and says so', () => {
  const list = [{ key: 'new', value: '1', type: 'u32' as const }, { key: 'general.name', value: 'y', type: '' as const }]
  assert.match(as(report, list).why, /one --as/)
})
test('removed keys need no type', () => assert.deepEqual(options(report, [{ key: 'a.eps', value: null, type: '' }]), { unset: ['a.eps'] }))
test('arrays and widths that edit cannot write cannot be changed', () => {
  assert.equal(present(report, 'a.tokens'), null)
  assert.equal(present(report, 'a.wide'), null)
  assert.equal(present(report, 'a.eps'), 'f32')
})
test('values are held against their type', () => {
  assert.equal(trouble('4294967295', 'u32'), '')
  assert.notEqual(trouble('4294967296', 'u32'), '')
  assert.notEqual(trouble('-1', 'u64'), '')
  assert.equal(trouble('18446744073709551615', 'u64'), '')
  assert.notEqual(trouble('', 'f32'), '')
  assert.notEqual(trouble('yes', 'bool'), '')
})
test('keys that decide how weights are read are locked', () => assert.ok(locked('general.architecture') && locked('x.hidden_activation') && !locked('general.name')))
