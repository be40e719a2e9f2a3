// Axes of the charts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axis, closest, padded } from '../../src/ui/lens/scale'

test('ticks are round and within the axis', () => assert.deepEqual(axis(0, 0.0912, 5).ticks.map(t => t.toFixed(2)), ['0.00', '0.02', '0.04', '0.06', '0.08']))
test('layers are whole', () => assert.deepEqual(axis(0, 1, 8, true).ticks, [0, 1]))
test('an axis without length has its one tick', () => assert.deepEqual(axis(3, 3, 4).ticks, [3]))
test('all alike lies in the middle', () => {
  const [low, high] = padded([1.5, 1.5])
  assert.ok(low < 1.5 && Math.abs(low + high - 3) < 1e-9)
  assert.deepEqual(padded([0]), [-1, 1])
})
test('the closest of a row', () => assert.deepEqual([closest([0, 1, 2], 1.4), closest([0, 1, 2], 9), closest([5], -1)], [1, 2, 0]))
