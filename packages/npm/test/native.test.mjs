// The package gives what the command gives: bytes, JSON and errors.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { openPath, tritkit, TritkitError } from 'tritkit/node'
import { broken, checkpoint, contents, folder, forms, trit, types } from './fixture.mjs'

const t = await tritkit()

/** Runs a job over paths and returns its JSON as it is. */
async function json(kind, paths, options) {
  const opened = paths.map(openPath)
  try {
    return await t.run(kind, { inputs: opened.flatMap((o, i) => o.files.map(f => ({ ...f, group: 'ab'[i] }))), options })
  } finally {
    opened.forEach(o => o.close())
  }
}

/** Converts by the command and by the package, which have to agree. Returns the output, or undefined where both refuse. */
async function both(source, type, options = {}, flags = []) {
  const dir = folder(), native = path.join(dir, 'native'), ours = path.join(dir, 'ours')
  const want = trit('convert', source, '-o', native, '--type', type, '--no-verify', ...flags)
  const got = await t.convert(source, { type, output: { path: ours, sha256: true }, ...options }).catch(e => e)
  if (want.error) {
    assert.ok(got instanceof TritkitError, `the command refuses ${source} to ${type}: ${want.error.message}`)
    assert.equal(JSON.stringify(got), JSON.stringify(want.error))
    assert.deepEqual(fs.readdirSync(dir), [])
    return undefined
  }
  if (got instanceof Error) throw got
  assert.deepEqual(contents(ours), contents(native))
  const { seconds, sync_seconds, peak_bytes, ...rest } = JSON.parse(want.text)
  assert.deepEqual(got, { ...rest, output: ours })
  assert.deepEqual(fs.readdirSync(dir).sort(), ['native', 'ours'])
  return native
}

for (const form of forms) {
  test(`${form} converts to every type as the command does`, async () => {
    let written = 0
    for (const type of types) {
      if (await both(checkpoint(form), type)) written++
    }
    const undeclared = form === 'plain-floats'
    assert.ok(undeclared ? written > 0 : written >= 8, `${written} of ${types.length} written`)
    if (undeclared) assert.ok(await both(checkpoint(form), 'i2_s', { snap: 'nonzero-mean' }, ['--snap', 'nonzero-mean']))
  })
}

test('every GGUF converts to every type as the command does', async () => {
  for (const from of ['i2_s', 'tq1_0', 'tq2_0', 'q2_0', 'f16', 'f32']) {
    const gguf = await both(checkpoint('bf16-master'), from)
    for (const type of types) await both(gguf, type)
  }
})

test('options are the flags', async () => {
  const m = checkpoint('bf16-master')
  assert.ok(await both(m, 'i2_s', { embd: 'q6_k', name: 'A name' }, ['--embd', 'q6_k', '--name', 'A name']))
  assert.ok(await both(checkpoint('llama-packed'), 'tq2_0', { for: 'llama.cpp' }, ['--for', 'llama.cpp']))
  assert.equal(await both(m, 'tq2_0', { for: 'llama.cpp' }, ['--for', 'llama.cpp']), undefined)
  assert.equal(await both(m, 'i2_s', { fromLayout: 'mips' }, ['--from-layout', 'mips']), undefined)
  const sharp = await both(m, 'i2_s')
  const native = path.join(folder(), 'n.gguf'), ours = path.join(folder(), 'o.gguf')
  const want = JSON.parse(trit('edit', sharp, '-o', native, '--set', 'general.name=x', '--unset', 'general.license').text)
  const got = await t.edit(sharp, { set: { 'general.name': 'x' }, unset: ['general.license'], output: { path: ours, sha256: true } })
  assert.deepEqual(contents(ours), contents(native))
  assert.deepEqual(got, { ...want, output: ours })
})

test('results are the bytes that the command prints', async () => {
  const tq2 = await both(checkpoint('packed'), 'tq2_0'), i2s = await both(checkpoint('bf16-master'), 'i2_s')
  const cases = [
    ['plan', ['convert', '--dry-run', '--type', 'q2_0'], { type: 'q2_0' }],
    ['plan', ['convert', '--dry-run', '--type', 'hf-packed'], { type: 'hf-packed' }],
    ['show', ['show'], {}],
    ['show', ['show', '--stats'], { stats: true }],
    ['verify', ['verify'], {}],
    ['verify', ['verify', '--quick'], { quick: true }],
  ]
  for (const source of [i2s, tq2, ...forms.map(checkpoint)]) {
    for (const [kind, [command, ...flags], options] of cases) {
      const want = trit(command, source, ...flags)
      const got = await json(kind, [source], options).catch(e => { if (!want.error) throw e; return e })
      if (want.error) assert.equal(JSON.stringify(got), JSON.stringify(want.error))
      else assert.equal(got, want.text, `${command} ${flags} ${source}`)
    }
  }
  for (const level of ['codes', 'scales', 'bytes']) {
    assert.equal(await json('diff', [i2s, tq2], { level }), trit('diff', i2s, tq2, '--level', level).text)
  }
  const tensor = 'blk.0.ffn_up.weight'
  assert.equal(await json('peek', [tq2], { tensor, first: 7, count: 300 }), trit('peek', tq2, '--tensor', tensor, '--first', '7', '--count', '300').text)
  const key = 'tokenizer.ggml.tokens'
  assert.equal(await json('peek', [tq2], { key, find: 'a', count: 5 }), trit('peek', tq2, '--key', key, '--find', 'a', '--count', '5').text)
})

test('methods return what the JSON says', async () => {
  const packed = checkpoint('packed'), master = checkpoint('bf16-master')
  assert.deepEqual(await t.show(packed, { stats: true }), JSON.parse(trit('show', packed, '--stats').text))
  assert.deepEqual(await t.plan(packed, { type: 'tq1_0' }), JSON.parse(trit('convert', packed, '--dry-run', '--type', 'tq1_0').text))
  assert.deepEqual(await t.verify(packed), JSON.parse(trit('verify', packed).text))
  assert.deepEqual(await t.diff(packed, master, { level: 'codes' }), JSON.parse(trit('diff', packed, master, '--level', 'codes').text))
  const tensor = 'model.embed_tokens.weight'
  assert.deepEqual(await t.peek(packed, { tensor, count: 9 }), JSON.parse(trit('peek', packed, '--tensor', tensor, '--count', '9').text))
})

for (const what of broken) {
  test(`${what} fails as with the command`, async () => {
    await both(checkpoint(what), 'i2_s')
    const want = trit('verify', checkpoint(what))
    const got = await json('verify', [checkpoint(what)], {}).catch(e => e)
    if (want.error) assert.equal(JSON.stringify(got), JSON.stringify(want.error))
    else assert.equal(got, want.text)
  })
}

test('a file of weights brings what lies beside it, and a tokenizer comes from elsewhere', async () => {
  const dir = folder(), source = checkpoint('packed')
  fs.cpSync(source, dir, { recursive: true })
  fs.copyFileSync(path.join(dir, 'model.safetensors'), path.join(dir, 'other.safetensors'))
  assert.ok(await both(path.join(dir, 'other.safetensors'), 'i2_s'))
  fs.rmSync(path.join(dir, 'other.safetensors'))
  fs.rmSync(path.join(dir, 'tokenizer.json'))
  await both(dir, 'i2_s')
  assert.ok(await both(dir, 'i2_s', { tokenizer: source }, ['--tokenizer', source]))
})
