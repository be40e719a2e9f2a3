// The built page in Chromium or Firefox, as a person uses it: opened, read, converted, cancelled, offline, by keyboard alone.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { firefox, launch } from './browser.mjs'
import { dist, filesOf, generator, hash, json, scratch, trit } from './native.mjs'
import { serve } from './serve.mjs'

const dir = scratch()
const make = generator(dir)
const master = make.folder('bf16-master')
const gguf = join(dir, 'model.gguf')
json('convert', master, '-o', gguf, '--type', 'i2_s', '--force')

let server, context
const asked = [] // every address that any page asked for

async function start(options) {
  const c = await launch({ acceptDownloads: true, viewport: { width: 1280, height: 800 }, ...options })
  c.setDefaultTimeout(30_000)
  c.on('request', r => asked.push(r.url()))
  return c
}

before(async () => {
  server = await serve(dist)
  context = await start()
})
after(async () => {
  await context?.close()
  await server?.close()
})

/** A new page, and what goes wrong in it: errors, and what the policy refuses. */
async function fresh(c = context) {
  const page = await c.newPage()
  page.trouble = []
  page.on('pageerror', e => page.trouble.push(e.message))
  page.on('console', m => m.type() === 'error' && !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(m.text()) && page.trouble.push(m.text()))
  await page.goto(server.url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

async function open(page, paths) {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose files' }).click()
  await (await chooser).setFiles(paths)
}

const section = (page, name) => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click()

/** Private storage of the page, file by file. */
const stored = page => page.evaluate(async () => {
  const names = []
  const walk = async d => {
    try {
      for await (const h of d.values()) {
        if (h.kind === 'directory') await walk(h)
        else names.push(h.name)
      }
    } catch (e) {
      if (e.name !== 'NotFoundError') throw e // removed while it was listed
    }
  }
  await walk(await navigator.storage.getDirectory())
  return names
})

async function done(page) {
  assert.deepEqual(page.trouble, [])
  await page.close()
}

test('a GGUF opens; its tensors are filtered, its tokens are found', async () => {
  const page = await fresh()
  await open(page, gguf)
  await page.getByRole('heading', { name: 'BitNet b1.58' }).waitFor()
  const report = JSON.parse(json('show', gguf))
  for (const l of report.loads) await page.getByRole('table', { name: 'Which applications load this model' }).getByText(l.app).first().waitFor()
  await section(page, 'Tensors')
  await page.getByRole('searchbox').fill('ffn_down')
  await page.getByText(`2 of ${report.tensors.length} tensors`).waitFor()
  await section(page, 'Metadata')
  await page.getByRole('link', { name: 'Look through 320 elements of tokenizer.ggml.tokens' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('searchbox').fill('eot')
  await dialog.getByRole('cell', { name: /eot/ }).first().waitFor()
  await done(page)
})

test('a folder converts through private storage to the native bytes', async () => {
  const page = await fresh()
  await open(page, filesOf(master))
  await section(page, 'Convert')
  await page.getByRole('radio', { name: /tq2_0/ }).check()
  await page.getByRole('radio', { name: /Through the browser’s storage/ }).check()
  await page.getByRole('button', { name: /^Convert…?$/ }).click()
  const link = page.getByRole('link', { name: /^Save/ })
  await link.waitFor()
  const native = join(dir, 'native-tq2.gguf')
  const want = JSON.parse(json('convert', master, '-o', native, '--type', 'tq2_0', '--force'))
  await page.getByRole('button', { name: /SHA-256/ }).click()
  await page.getByText(want.sha256).first().waitFor()
  const download = page.waitForEvent('download')
  await link.click()
  assert.equal(hash(await (await download).path()), want.sha256)
  await page.getByRole('button', { name: 'Discard and begin again' }).click()
  await page.getByRole('button', { name: /^Convert…?$/ }).waitFor()
  assert.deepEqual(await stored(page), [])
  await done(page)
})

test('a download is made while it is written', async () => {
  const page = await fresh()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await open(page, gguf)
  await section(page, 'Convert')
  await page.getByRole('radio', { name: /q2_0\b.*bits/ }).first().check()
  await page.getByRole('radio', { name: /As a download/ }).check()
  const type = await page.locator('input[name=type]:checked').getAttribute('value')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Convert…?$/ }).click()
  const want = JSON.parse(json('convert', gguf, '-o', join(dir, 'native-stream.gguf'), '--type', type, '--force'))
  assert.equal(hash(await (await download).path()), want.sha256)
  await page.getByText('Converted', { exact: true }).waitFor()
  await done(page)
})

test('where this browser cannot save, the page says so', async () => {
  const page = await fresh()
  await open(page, gguf)
  await section(page, 'Convert')
  await page.getByText(firefox ? /this browser has no dialog for saving/ : /You choose where/).first().waitFor()
  await done(page)
})

test('verify says sound, and gives the report', async () => {
  const page = await fresh()
  await open(page, gguf)
  await section(page, 'Verify')
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await page.getByText('Sound', { exact: true }).waitFor()
  const want = JSON.parse(json('verify', gguf))
  await page.getByText(want.trit_hash).first().waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: /Download the report/ }).click()
  assert.deepEqual(JSON.parse(readFileSync(await (await download).path(), 'utf8')), want)
  await done(page)
})

test('a broken model shows what is wrong, and where', async () => {
  const page = await fresh()
  const cut = join(dir, 'cut.gguf'), bad = join(dir, 'code.gguf')
  writeFileSync(cut, readFileSync(gguf).subarray(0, 3000))
  await open(page, cut)
  const fault = JSON.parse(trit('show', cut, '--json').err).error
  await page.getByRole('alert').getByText(fault.code).waitFor()
  await page.getByText(fault.next || fault.code).first().waitFor()

  const data = readFileSync(gguf)
  const t = JSON.parse(json('show', gguf)).tensors.find(t => t.dtype === 'i2_s')
  data[t.offset + 5] = 0xff // four times the code 3
  writeFileSync(bad, data)
  await open(page, bad)
  await section(page, 'Verify')
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await page.getByText(/^Not sound/).waitFor()
  const found = JSON.parse(trit('verify', bad, '--json').out).findings.find(f => f.severity === 'error')
  await page.getByText(found.tensor).first().waitFor()
  await done(page)
})

test('the lens draws what the weights are, and lists it', async () => {
  const page = await fresh()
  await open(page, filesOf(master))
  await section(page, 'Ternary lens')
  await page.getByRole('button', { name: /Read/ }).first().click()
  const stats = JSON.parse(json('show', master, '--stats')).stats
  await page.getByText(stats.trit_hash).first().waitFor()
  assert.ok((await page.locator('canvas').count()) > 0)
  await done(page)
})

test('two models are compared', async () => {
  const page = await fresh()
  const other = join(dir, 'other.gguf')
  json('convert', gguf, '-o', other, '--type', 'tq2_0', '--force')
  await open(page, gguf)
  await section(page, 'Compare')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('main').getByRole('button', { name: 'Choose files' }).click()
  await (await chooser).setFiles(other)
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await page.getByText(JSON.parse(trit('diff', gguf, other, '--json').out).trit_hash_a).first().waitFor()
  await done(page)
})

/** A server of models: ranges or none, and weights that never come where it stalls. */
async function models({ ranges = true, stallFrom = Infinity } = {}) {
  const s = createServer((q, r) => {
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'range', 'Access-Control-Expose-Headers': 'Content-Range' }
    if (q.method === 'OPTIONS') return r.writeHead(204, cors).end()
    const size = statSync(gguf).size
    const m = q.headers.range?.match(/^bytes=(\d+)-(\d+)$/)
    if (!m || !ranges) {
      r.writeHead(200, { ...cors, 'Content-Length': size })
      return createReadStream(gguf).pipe(r)
    }
    const [a, b] = [Number(m[1]), Math.min(Number(m[2]), size - 1)]
    if (b >= stallFrom) return
    r.writeHead(206, { ...cors, 'Content-Length': b - a + 1, 'Content-Range': `bytes ${a}-${b}/${size}` })
    createReadStream(gguf, { start: a, end: b }).pipe(r)
  })
  await new Promise(ok => s.listen(0, '127.0.0.1', ok))
  const close = () => { s.close(); s.closeAllConnections() }
  after(close) // of the test that asked: one that fails would keep the process alive
  return { port: s.address().port, close }
}

/** Sends an https host that the page may ask for to a server of this test; the policy allows https alone. */
async function host(page, name, port) {
  await page.route(`https://${name}/**`, async route => {
    const q = route.request()
    try {
      const r = await fetch(`http://127.0.0.1:${port}${new URL(q.url()).pathname}`, { method: q.method(), headers: q.headers() })
      await route.fulfill({ status: r.status, headers: Object.fromEntries(r.headers), body: Buffer.from(await r.arrayBuffer()) })
    } catch {
      await route.abort().catch(() => {})
    }
  })
}

async function afar(page, text) {
  await page.getByRole('textbox').first().fill(text)
  await page.getByRole('button', { name: 'Read the header' }).click()
}

test('of a URL only the header is read', async () => {
  const page = await fresh(), m = await models()
  await host(page, 'models.example', m.port)
  await afar(page, 'https://models.example/model.gguf')
  await page.getByRole('heading', { name: 'BitNet b1.58' }).waitFor()
  await done(page)
})

test('a server without ranges is told apart from one that is down', async () => {
  const page = await fresh(), m = await models({ ranges: false })
  await host(page, 'models.example', m.port)
  await afar(page, 'https://models.example/model.gguf')
  await page.getByRole('alert').getByText(/range requests/).waitFor()
  m.close()
  await afar(page, 'https://models.example/model.gguf')
  await page.getByRole('alert').getByText(/could not be reached/).waitFor()
  await page.close()
})

test('owner/name is looked up on the Hub', async () => {
  const page = await fresh(), m = await models()
  await page.route('https://huggingface.co/**', async route => {
    const url = route.request().url()
    if (url.includes('/api/models/')) return route.fulfill({ json: { sha: 'abc123', siblings: [{ rfilename: 'README.md', size: 3 }, { rfilename: 'model.gguf', size: statSync(gguf).size }] }, headers: { 'Access-Control-Allow-Origin': '*' } })
    assert.match(url, /\/someone\/something\/resolve\/abc123\/model\.gguf$/)
    const r = await fetch(`http://127.0.0.1:${m.port}/model.gguf`, { headers: { range: route.request().headers().range } })
    return route.fulfill({ status: r.status, headers: Object.fromEntries(r.headers), body: Buffer.from(await r.arrayBuffer()) })
  })
  await afar(page, 'someone/something')
  await page.getByRole('heading', { name: 'BitNet b1.58' }).waitFor()
  await done(page)
})

test('cancel leaves nothing behind', async () => {
  const page = await fresh()
  const t = JSON.parse(json('show', gguf)).tensors.at(-3)
  const m = await models({ stallFrom: t.offset })
  await host(page, 'slow.example', m.port)
  await afar(page, 'https://slow.example/model.gguf')
  await section(page, 'Convert')
  await page.getByRole('radio', { name: /tq2_0/ }).check()
  await page.getByRole('radio', { name: /Through the browser’s storage/ }).check()
  await page.getByRole('button', { name: /^Convert…?$/ }).click()
  await page.getByRole('progressbar').waitFor()
  for (let i = 0; (await stored(page)).length === 0 && i < 100; i++) await page.waitForTimeout(50)
  assert.equal((await stored(page)).length, 1)
  await page.getByRole('button', { name: 'Cancel' }).click()
  for (let i = 0; (await stored(page)).length > 0 && i < 100; i++) await page.waitForTimeout(50)
  assert.deepEqual(await stored(page), [])
  await page.getByRole('button', { name: /^Convert…?$/ }).waitFor()
  await done(page)
})

test('full storage ends the work with a sentence, and leaves nothing', { skip: firefox && 'its quota cannot change under way: the next test' }, async () => {
  const page = await fresh()
  await open(page, filesOf(master))
  await section(page, 'Convert')
  await page.getByRole('radio', { name: /^f32/ }).check()
  await page.getByRole('radio', { name: /Through the browser’s storage/ }).check()
  const cdp = await context.newCDPSession(page)
  const origin = server.url
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 << 20 })
  await page.getByRole('button', { name: /^Convert…?$/ }).click()
  await page.getByRole('alert').getByText('no-space').waitFor()
  assert.deepEqual(await stored(page), [])
  await cdp.send('Storage.overrideQuotaForOrigin', { origin })
  await done(page)
})

test('storage without room is not offered', { skip: !firefox && 'Chromium’s quota changes under way: the test before' }, async t => {
  const small = await start({ quota: 1 << 20 })
  t.after(() => small.close())
  const page = await fresh(small)
  await open(page, filesOf(master))
  await section(page, 'Convert')
  await page.getByRole('radio', { name: /^f32/ }).check()
  await page.getByText(/and this browser’s storage has/).waitFor()
  assert.equal(await page.getByRole('radio', { name: /Through the browser’s storage/ }).isEnabled(), false)
  assert.deepEqual(await stored(page), [])
  await done(page)
})

test('offline, the page opens and reads models as before', async () => {
  const page = await fresh()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await context.setOffline(true)
  await page.reload()
  await open(page, gguf)
  await page.getByRole('heading', { name: 'BitNet b1.58' }).waitFor()
  await context.setOffline(false)
  await done(page)
})

/** Presses Tab until a link or button of that name has the focus. */
async function tab(page, name, most = 40) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(n => document.activeElement.matches('a, button') && new RegExp(n).test(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent), name)) return
  }
  assert.fail(`${name} is not reached with Tab`)
}

test('everything is reached by keyboard', async () => {
  const page = await fresh()
  const focus = (name, most) => tab(page, name, most)
  const chooser = page.waitForEvent('filechooser') // before the walk: the driver takes a moment to listen
  await focus('Choose files')
  await page.keyboard.press('Enter')
  await (await chooser).setFiles(gguf)
  await page.getByRole('heading', { name: 'BitNet b1.58' }).waitFor()
  await focus('^Tensors')
  await page.keyboard.press('Enter')
  await page.getByRole('grid').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('attn_q')
  await page.getByText(/^2 of/).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/blk\.\d\.attn_q/).first().waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await focus('^Verify', 60)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Verify' }).waitFor()
  await focus('^Verify$', 60)
  if (!firefox) { // in Firefox 153 the key reaches the button here and no click follows, why is not known; it does in the next test
    await page.keyboard.press('Enter')
    await page.getByText('Sound', { exact: true }).waitFor()
  }
  await done(page)
})

test('a job is started by keyboard', async () => {
  const page = await fresh()
  await open(page, gguf)
  await section(page, 'Verify')
  await page.getByRole('heading', { name: 'Verify' }).waitFor()
  await tab(page, '^Verify$', 60)
  await page.keyboard.press('Enter')
  await page.getByText('Sound', { exact: true }).waitFor()
  await done(page)
})

test('axe finds nothing, in light and in dark', async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  for (const colorScheme of ['light', 'dark']) {
    const c = firefox ? await start({ colorScheme, reducedMotion: 'reduce' }) : context
    const page = await fresh(c)
    if (!firefox) await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    assert.deepEqual(await page.evaluate(s => [`(prefers-color-scheme: ${s})`, '(prefers-reduced-motion)'].map(q => matchMedia(q).matches), colorScheme), [true, true])
    await page.evaluate(axe)
    const clean = async where => {
      const { violations } = await page.evaluate(() => window.axe.run())
      assert.deepEqual(violations.map(v => `${v.id}: ${v.nodes[0].html}`), [], `${where}, ${colorScheme}`)
    }
    await clean('start')
    await open(page, gguf)
    for (const name of ['Overview', 'Tensors', 'Metadata', 'Ternary lens', 'Convert', 'Verify', 'Compare', 'Edit']) {
      await section(page, name)
      await page.waitForTimeout(200)
      await clean(name)
    }
    await done(page)
    if (firefox) await c.close()
  }
})

test('a cold page is ready soon', async t => {
  const page = await fresh()
  const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd)
  t.diagnostic(`interactive after ${Math.round(ready)} ms`)
  assert.ok(ready < 5000)
  await done(page)
})

test('nothing was asked of anyone but where the user sent the page', () => {
  const outside = asked.filter(u => !u.startsWith(server.url) && !/^(blob|data):/.test(u))
  assert.deepEqual([...new Set(outside.map(u => new URL(u).host))].sort(), ['huggingface.co', 'models.example', 'slow.example'])
})
