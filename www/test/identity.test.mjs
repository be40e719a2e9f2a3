// The bytes and the words of the page's engine in Chromium are those of the native command: every form that the generator
// makes, every type that conversion writes, every kind of job.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { choose, launch } from './browser.mjs'
import { filesOf, generator, hash, json, scratch, testBuild, trit } from './native.mjs'
import { serve } from './serve.mjs'

const types = ['i2_s', 'tq1_0', 'tq2_0', 'q2_0', 'f16', 'bf16', 'f32', 'hf-packed', 'hf-float']

const dir = scratch()
const make = generator(dir)
let server, browser, page

before(async () => {
  server = await serve(testBuild)
  browser = await launch()
  page = await browser.newPage()
  await page.goto(`${server.url}test/engine.html`)
})
after(async () => {
  await browser?.close()
  await server?.close()
})

/** Converts in the page: what convert of engine.ts returns, or the fault. */
const inPage = (options, outputs) => page.evaluate(async ([options, outputs]) => {
  try {
    return await window.convert(options, outputs)
  } catch (fault) {
    return { fault }
  }
}, [options, outputs])

/** Converts natively: the hashes of what was written by name, or the fault. */
function natively(source, options) {
  const out = join(dir, 'out')
  rmSync(out, { recursive: true, force: true })
  const flags = Object.entries(options).flatMap(([k, v]) => [`--${k}`, v])
  const r = trit('convert', source, '-o', out, '--json', ...flags)
  if (r.status !== 0) return { fault: JSON.parse(r.err).error }
  const hashes = options.type.startsWith('hf-') ? Object.fromEntries(readdirSync(out).map(f => [f, hash(join(out, f))])) : { 'out.gguf': hash(out) }
  return { hashes, plan: JSON.parse(r.out) }
}

/** The faults agree in everything but what a host cannot know: where the files lie. */
const told = f => [f.code, f.message, f.tensor, f.offset, f.next]

async function compare(source, types) {
  await choose(page, '#files', filesOf(source))
  for (const type of types) {
    const options = { type, ...(/plain/.test(source) && !/^(f16|bf16|f32)$/.test(type) ? { snap: 'absmean' } : {}) }
    const want = natively(source, options)
    const outputs = want.plan?.files ?? [{ name: 'out.gguf', bytes: want.plan?.bytes ?? null }]
    const got = await inPage(options, outputs)
    if (want.fault) {
      assert.deepEqual(told(got.fault), told(want.fault), `${basename(source)} to ${type}`)
      continue
    }
    assert.equal(got.fault, undefined, `${basename(source)} to ${type}: ${got.fault?.message}`)
    assert.deepEqual(got.hashes, want.hashes, `${basename(source)} to ${type}`)
    assert.equal(got.bytes, want.plan.bytes)
    const { output, sha256, seconds, sync_seconds, peak_bytes, ...known } = want.plan
    assert.deepEqual(JSON.parse(got.result), known)
  }
}

describe('conversion gives the native bytes', () => {
  for (const form of make.forms) test(form, () => compare(make.folder(form), types))
  for (const type of ['i2_s', 'tq1_0', 'tq2_0', 'q2_0', 'f16', 'bf16', 'f32']) {
    test(`a GGUF of ${type}`, () => {
      const gguf = join(dir, `source-${type}.gguf`)
      json('convert', make.folder('bf16-master'), '-o', gguf, '--type', type, '--force')
      return compare(gguf, ['i2_s', 'tq2_0', 'f16', 'hf-packed'])
    })
  }
})

describe('results are the native ones', () => {
  const run = (kind, options) => page.evaluate(async ([k, o]) => JSON.stringify(await window.run(k, o)), [kind, options])
  const same = async (kind, options, ...command) => assert.deepEqual(JSON.parse(await run(kind, options)), JSON.parse(json(...command)), kind)

  test('of a folder and of a GGUF', async () => {
    const folder = make.folder('packed'), gguf = join(dir, 'results.gguf')
    json('convert', folder, '-o', gguf, '--type', 'i2_s', '--force')
    for (const source of [folder, gguf]) {
      await choose(page, '#files', filesOf(source))
      await same('show', {}, 'show', source)
      await same('show', { stats: true }, 'show', source, '--stats')
      await same('plan', { type: 'tq2_0' }, 'convert', source, '--type', 'tq2_0', '--dry-run')
      await same('verify', {}, 'verify', source)
    }
    await same('peek', { tensor: 'blk.0.attn_q.weight', first: 5, count: 99 }, 'peek', gguf, '--tensor', 'blk.0.attn_q.weight', '--first', '5', '--count', '99')
    await same('peek', { key: 'tokenizer.ggml.tokens', find: 'a', count: 7 }, 'peek', gguf, '--key', 'tokenizer.ggml.tokens', '--find', 'a', '--count', '7')
  })

  test('of two models', async () => {
    const a = join(dir, 'a.gguf'), b = join(dir, 'b.gguf')
    json('convert', make.folder('bf16-master'), '-o', a, '--type', 'i2_s', '--force')
    json('convert', make.folder('bf16-master'), '-o', b, '--type', 'tq2_0', '--force')
    await choose(page, '#files', [a, b])
    const got = await page.evaluate(() => window.run('diff', { level: 'codes' }, window.files().map((f, i) => ({ ...f, group: 'ab'[i] }))))
    assert.deepEqual(got, JSON.parse(trit('diff', a, b, '--level', 'codes', '--json').out))
  })

  test('of an edit', async () => {
    const gguf = join(dir, 'edit.gguf'), out = join(dir, 'edited.gguf')
    json('convert', make.folder('bf16-master'), '-o', gguf, '--type', 'i2_s', '--force')
    const want = JSON.parse(json('edit', gguf, '-o', out, '--set', 'general.name=x y', '--unset', 'general.license', '--force'))
    await choose(page, '#files', [gguf])
    const got = await page.evaluate(async () => {
      const signal = new AbortController().signal
      const r = await window.engine.write('edit', window.files(), { set: ['general.name=x y'], unset: ['general.license'] }, [{ name: 'e.gguf', bytes: null }], { kind: 'opfs' }, () => {}, signal)
      const sha256 = await window.engine.sha256(r.saved[0], () => {}, signal)
      await r.saved[0].discard()
      return { bytes: r.result.bytes, sha256 }
    })
    assert.deepEqual(got, { bytes: want.bytes, sha256: want.sha256 })
  })
})

test('nothing is left in private storage', async () => assert.deepEqual(await page.evaluate(() => window.stored()), []))
