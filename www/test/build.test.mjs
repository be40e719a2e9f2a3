// What the built page weighs and where it points, without a browser.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { dist } from './native.mjs'

const files = readdirSync(dist, { recursive: true }).map(f => join(dist, f)).filter(f => statSync(f).isFile())
const brotli = f => brotliCompressSync(readFileSync(f), { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length

test('all scripts together weigh at most 60 KB compressed', t => {
  const total = files.filter(f => f.endsWith('.js')).reduce((n, f) => n + brotli(f), 0)
  t.diagnostic(`${total} bytes`)
  assert.ok(total <= 60_000, `${total} bytes`)
})

test('the policy is in the page, before anything that it governs', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  assert.ok(html.indexOf('Content-Security-Policy') > 0)
  assert.ok(html.indexOf('Content-Security-Policy') < html.indexOf('<script'))
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style="/)
})

test('nothing points outside but the Hub and the names of vocabularies', () => {
  for (const f of files.filter(f => /\.(js|css|html|webmanifest|svg)$/.test(f))) {
    for (const [url] of readFileSync(f, 'utf8').matchAll(/\bhttps?:\/\/[\w.-]+/g)) assert.match(url, /^https:\/\/huggingface\.co$|^http:\/\/www\.w3\.org$/, f)
  }
})

test('the service worker knows every file', () => {
  const worker = readFileSync(join(dist, 'sw.js'), 'utf8')
  for (const f of files.map(f => f.slice(dist.length)).filter(f => !/^(sw\.js|index\.html|_headers|\.nojekyll)$/.test(f))) assert.ok(worker.includes(f), f)
})
