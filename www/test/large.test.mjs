// The full 2B-4T shape through the page's engine, byte for byte: what make model-2b4t makes, 4.8 GB and 1.2 GB.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { choose, launch } from './browser.mjs'
import { filesOf, json, root, scratch, testBuild } from './native.mjs'
import { serve } from './serve.mjs'

const out = join(scratch(), 'out.gguf')

test('large models convert to the native bytes, within 64 MiB', async t => {
  const server = await serve(testBuild), browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(`${server.url}test/engine.html`)
    for (const [name, type] of [['bf16', 'i2_s'], ['packed', 'i2_s'], ['i2_s.gguf', 'tq2_0']]) {
      const source = join(root, 'build/models', name)
      const want = JSON.parse(json('convert', source, '-o', out, '--type', type, '--force'))
      await choose(page, '#files', filesOf(source))
      const got = await page.evaluate(async ([type, bytes]) => {
        const signal = new AbortController().signal
        const { saved, seconds } = await window.engine.write('convert', window.files(), { type }, [{ name: 'o.gguf', bytes }], { kind: 'opfs' }, () => {}, signal)
        const sha256 = await window.engine.sha256(saved[0], () => {}, signal)
        await saved[0].discard()
        return { seconds, sha256, memory: window.spent().memory }
      }, [type, want.bytes])
      t.diagnostic(`${name} to ${type}: ${got.seconds.toFixed(1)} s, ${(got.memory / 2 ** 20).toFixed(1)} MiB`)
      assert.equal(got.sha256, want.sha256, name)
      assert.ok(got.memory <= 64 << 20, name)
    }
  } finally {
    await browser.close()
    await server.close()
  }
})
