// The built page says its policy in both places that hosts leave for it, and works where they hide one.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

let files
before(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { output } = await build({ root, logLevel: 'error', build: { write: false } })
  files = new Map(output.map(o => [o.fileName, o.type === 'chunk' ? o.code : o.source]))
})

test('the headers say the policy of the page, and that nobody frames it', () => {
  const meta = files.get('index.html').match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)[1]
  const header = files.get('_headers').match(/^\/\*\n(?: {2}.*\n)* {2}Content-Security-Policy: (.*)\n/)[1]
  assert.equal(header, `${meta.replaceAll('&#39;', "'")}; frame-ancestors 'none'`)
})

test('the service worker asks for no file that a host may hide', () => {
  assert.doesNotMatch(files.get('sw.js'), /_headers/)
  assert.match(files.get('sw.js'), /assets\/index-/) // so that the list is there at all
})
