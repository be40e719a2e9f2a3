// What goes wrong on the way: nothing is left, sources stay, the error says what it was, and the next job runs.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { BytesSink, fromBlob, fromBytes, fromFiles, openPath, tritkit, TritkitError } from 'tritkit/node'
import { checkpoint, contents, folder } from './fixture.mjs'

const t = await tritkit()
const master = checkpoint('bf16-master')
const files = () => Object.entries(contents(master)).map(([name, data]) => ({ name, data }))
const inMemory = () => files().map(f => ({ name: f.name, source: fromBytes(f.data) }))

const whole = await (async () => {
  const sink = new BytesSink()
  await t.convert(inMemory(), { type: 'i2_s', output: sink })
  return sink.bytes()
})()

/** A source that answers as `read` says. */
const weights = read => inMemory().map(f => f.name === 'model.safetensors' ? { name: f.name, source: { size: f.source.size, read: (at, into) => read(f.source, at, into) } } : f)

test('sources may be asynchronous, and move as few bytes as they like', async () => {
  let n = 0
  const slow = weights(async (s, at, into) => {
    await undefined
    return s.read(at, into.subarray(0, 1 + n++ * 7919 % 3000))
  })
  const sink = new BytesSink(), partly = { write: async b => { const k = Math.min(b.length, 4099); sink.write(b.subarray(0, k)); return k } }
  await t.convert(slow, { type: 'i2_s', output: partly })
  assert.deepEqual(sink.bytes(), whole)
})

test('blobs and files are models', async () => {
  const sink = new BytesSink()
  await t.convert(fromFiles(files().map(f => new File([f.data], f.name))), { type: 'i2_s', output: sink })
  assert.deepEqual(sink.bytes(), whole)
  const report = await t.show([{ name: 'm.gguf', source: fromBlob(new Blob([whole])) }])
  assert.equal(report.format, 'gguf')
})

test('a folder has a sink for each of its files', async () => {
  const sinks = {}
  const plan = await t.convert([{ name: 'm.gguf', source: fromBytes(whole) }], { type: 'hf-packed', output: f => sinks[f.name] = new BytesSink() })
  assert.deepEqual(Object.keys(sinks), plan.files.map(f => f.name))
  for (const f of plan.files) assert.equal(sinks[f.name].bytes().length, f.bytes)
  await assert.rejects(t.convert(inMemory(), { type: 'hf-packed', output: new BytesSink() }), { code: 'usage' })
  await assert.rejects(t.convert(inMemory(), { type: 'i2_s', output: () => new BytesSink() }), { code: 'usage' })
})

test('progress rises to its total', async () => {
  const seen = []
  await t.convert(master, { type: 'f32', output: path.join(folder(), 'x'), onProgress: p => seen.push(p) })
  for (const [i, p] of seen.entries()) assert.ok(i === 0 || p.done >= seen[i - 1].done || p.phase !== seen[i - 1].phase)
  const last = seen.at(-1)
  assert.equal(last.phase, 'writing')
  assert.ok(last.total > 0 && last.done === last.total && last.memory > 0)
})

for (const type of ['i2_s', 'hf-packed']) {
  test(`an abort at any moment leaves nothing of ${type}`, async () => {
    const reason = new Error('enough')
    for (let at = 1, done = false; !done; at = Math.ceil(at * 1.5)) {
      const dir = folder(), c = new AbortController()
      let n = 0
      const model = weights((s, o, into) => { if (++n === at) c.abort(reason); return s.read(o, into) })
      const error = await t.convert(model, { type, output: path.join(dir, 'out'), signal: c.signal }).then(() => undefined, e => e)
      done = n < at
      assert.equal(error, done ? undefined : reason)
      assert.deepEqual(fs.readdirSync(dir), done ? ['out'] : [])
    }
  })
}

test('a timer can abort a job whose sources never wait', async () => {
  const dir = folder(), c = new AbortController()
  const endless = weights((s, at, into) => s.read(at, into.subarray(0, 16)))
  setTimeout(() => c.abort(), 50)
  await assert.rejects(t.convert(endless, { type: 'i2_s', output: path.join(dir, 'out'), signal: c.signal }), { name: 'AbortError' })
  await assert.rejects(t.convert(endless, { type: 'i2_s', output: path.join(dir, 'out'), signal: c.signal }), { name: 'AbortError' })
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('an error of a callback ends the job and leaves nothing', async () => {
  const dir = folder(), mine = new Error('mine')
  await assert.rejects(t.convert(master, { output: path.join(dir, 'out'), onProgress: () => { throw mine } }), mine)
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('a source that is cut short meanwhile has changed', async () => {
  const dir = folder(), source = folder()
  fs.cpSync(master, source, { recursive: true })
  const file = path.join(source, 'model.safetensors')
  const opened = openPath(source)
  const weights = opened.files.find(f => f.name === 'model.safetensors').source
  const cutting = {
    size: weights.size,
    read(offset, into) {
      if (into.length > 100_000) fs.truncateSync(file, offset + 1000) // weights, not a header
      return weights.read(offset, into)
    },
  }
  const model = opened.files.map(f => f.source === weights ? { name: f.name, source: cutting } : f)
  const error = await t.convert(model, { type: 'i2_s', output: path.join(dir, 'out') }).catch(e => e)
  opened.close()
  assert.ok(error instanceof TritkitError, String(error))
  assert.deepEqual([error.code, error.file, error.offset], ['changed', 'model.safetensors', fs.statSync(file).size])
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('what the host cannot read or write is the cause', async () => {
  const disk = Object.assign(new Error('the disk is on fire'), { code: 'EIO' }), full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  let aborted
  const sink = error => ({ write: () => { throw error }, abort: reason => { aborted = reason } })
  const unread = await t.convert(weights(() => { throw disk }), { output: new BytesSink() }).catch(e => e)
  assert.deepEqual([unread.code, unread.file, unread.cause], ['internal', 'model.safetensors', disk])
  const unwritten = await t.convert(inMemory(), { output: sink(disk) }).catch(e => e)
  assert.deepEqual([unwritten.code, unwritten.cause, aborted], ['internal', disk, unwritten])
  assert.equal((await t.convert(inMemory(), { output: sink(full) }).catch(e => e)).code, 'no-space')
  const late = { write: () => {}, close: () => { throw disk }, abort: reason => { aborted = reason } }
  assert.equal(await t.convert(inMemory(), { output: late }).catch(e => e), disk)
  assert.equal(aborted, disk)
})

test('outputs replace only what they are told to, and never a source', async () => {
  const dir = folder(), out = path.join(dir, 'out')
  fs.writeFileSync(out, 'mine')
  await assert.rejects(t.convert(master, { output: out }), { code: 'exists', file: out })
  assert.equal(fs.readFileSync(out, 'utf8'), 'mine')
  await t.convert(master, { type: 'i2_s', output: { path: out, force: true } })
  assert.deepEqual(new Uint8Array(fs.readFileSync(out)), whole)
  await assert.rejects(t.edit(out, { set: { 'general.name': 'x' }, output: { path: out, force: true } }), { code: 'usage' })
  await assert.rejects(t.convert(out, { type: 'hf-packed', output: { path: dir, force: true } }), { code: 'usage' })
  await t.convert(out, { type: 'hf-packed', output: path.join(dir, 'hf') })
  await assert.rejects(t.convert(out, { type: 'hf-packed', output: path.join(dir, 'hf') }), { code: 'exists' })
  await t.convert(out, { type: 'hf-packed', output: { path: path.join(dir, 'hf'), force: true } })
  assert.deepEqual(fs.readdirSync(dir).sort(), ['hf', 'out'])
})

test('what is no model is said to be none', async () => {
  await assert.rejects(t.show(path.join(folder(), 'absent')), { code: 'not-found' })
  await assert.rejects(t.show(folder()), { code: 'not-found' })
  await assert.rejects(t.show([]), { code: 'usage' })
  await assert.rejects(t.show(master, { assume: ['nonsense'] }), { code: 'usage' })
})

// Modules made by hand, in the binary format of WebAssembly: magic and version, then sections of types, functions, memory,
// exports and code. Every export of the ABI is there; tk_step does what body says.
function module(version, step) {
  const string = s => [s.length, ...Buffer.from(s)], section = (id, b) => [id, ...leb(b.length), ...b], vector = list => [list.length, ...list.flat()]
  const leb = n => n < 128 ? [n] : [n & 127 | 128, ...leb(n >> 7)]
  const constant = n => { const out = [0x41]; for (;;) { const b = n & 127; n >>= 7; if (n === 0 && !(b & 64) || n === -1 && b & 64) return [...out, b]; out.push(b | 128) } }
  const exports = [['_initialize', 0, []], ['tk_abi', 1, constant(version)], ['tk_alloc', 2, constant(1024)], ['tk_free', 3, []], ['tk_job', 4, constant(1)],
    ['tk_step', 5, step], ['tk_req', 2, constant(64)], ['tk_out', 2, constant(0)], ['tk_close', 3, []]]
  const i32 = 0x7f, signature = (params, results) => [0x60, ...vector(params.map(x => [x])), ...vector(results.map(x => [x]))]
  const types = [signature([], []), signature([], [i32]), signature([i32], [i32]), signature([i32], []), signature([i32, i32, i32], [i32]), signature([i32, i32], [i32])]
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, vector(types)), ...section(3, vector(exports.map(x => [x[1]]))), ...section(5, [1, 0, 1]),
    ...section(7, vector([[...string('memory'), 2, 0], ...exports.map((x, i) => [...string(x[0]), 0, i])])),
    ...section(10, vector(exports.map(x => [x[2].length + 2, 0, ...x[2], 0x0b])))])
}

test('a trap is an error that says so, and a module of another ABI is refused', async () => {
  const unreachable = [0x00], minus99 = [0x41, 0x9d, 0x7f], none = [0x41, 0]
  await assert.rejects((await tritkit(module(1 << 16, unreachable))).show(master), { name: 'TritkitError', code: 'internal', message: /the module stopped: unreachable/ })
  await assert.rejects((await tritkit(module(1 << 16, minus99))).show(master), { name: 'TritkitError', code: 'internal' })
  await assert.rejects((await tritkit(module(2 << 16, none))).show(master), { code: 'usage', message: /version 2/ })
  await assert.rejects((await tritkit(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))).show(master), { code: 'usage', message: /no module of Tritkit/ })
  const dir = folder()
  await assert.rejects((await tritkit(module(1 << 16, unreachable))).convert(master, { output: path.join(dir, 'out') }), { code: 'internal' })
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('jobs run side by side', async () => {
  const results = await Promise.all([...'abc'].map(async () => {
    const sink = new BytesSink()
    await t.convert(weights(async (s, at, into) => s.read(at, into)), { type: 'i2_s', output: sink })
    return sink.bytes()
  }))
  for (const r of results) assert.deepEqual(r, whole)
})
