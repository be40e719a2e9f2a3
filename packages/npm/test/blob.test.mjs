// A blob is read once, ahead of the job, whatever the job announces.

import assert from 'node:assert/strict'
import test from 'node:test'
import { fromBlob } from 'tritkit/node'

const MiB = 1 << 20

/** A blob whose byte i is i modulo 251, that counts what was sliced. */
function counted(size) {
  const blob = {
    size, sliced: 0, slices: 0,
    slice(a, b) {
      blob.sliced += b - a
      blob.slices++
      return { arrayBuffer: async () => Uint8Array.from({ length: b - a }, (_, i) => (a + i) % 251).buffer }
    },
  }
  return blob
}

test('tensors one after another are read once, in large pieces', async () => {
  const tensors = [[3 * MiB, 20 * MiB], [30 * MiB, 10 * MiB], [24 * MiB, 5 * MiB]], piece = 1_000_000
  const blob = counted(41 * MiB), source = fromBlob(blob), into = new Uint8Array(piece)
  for (const [k, [start, length]] of tensors.entries()) {
    for (let at = start; at < start + length; ) {
      const want = Math.min(piece, start + length - at)
      const reading = source.read(at, into.subarray(0, want))
      const rest = start + length - at - want
      if (rest > 0) source.ahead(at + want, rest)
      else if (tensors[k + 1]) source.ahead(...tensors[k + 1])
      const n = await reading
      assert.ok(n > 0)
      assert.equal(into[0], at % 251)
      assert.equal(into[n - 1], (at + n - 1) % 251)
      at += n
    }
  }
  assert.ok(blob.sliced < 38 * MiB, `${blob.sliced} bytes for 35 MiB`)
  assert.ok(blob.slices < 20, `${blob.slices} slices`)
})

test('small reads here and there, and the end', async () => {
  const source = fromBlob(counted(100_000)), into = new Uint8Array(10)
  for (const at of [99_995, 0, 5, 70_000, 3]) {
    const n = await source.read(at, into)
    assert.equal(n, Math.min(10, 100_000 - at))
    assert.equal(into[n - 1], (at + n - 1) % 251)
  }
  assert.equal(await source.read(100_000, into), 0)
})
