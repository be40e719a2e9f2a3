// Converts a folder in Chromium and prints, as JSON, where the seconds went: node test/bench.mjs FOLDER [TYPE] [ROUNDS].
// It uses the test build: npx vite build --mode test.

import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { choose, launch } from './browser.mjs'
import { serve } from './serve.mjs'

const [folder, type = 'i2_s', rounds = '3'] = process.argv.slice(2)
const paths = statSync(folder).isDirectory() ? readdirSync(folder).map(f => resolve(join(folder, f))).filter(f => statSync(f).isFile()) : [resolve(folder)]
const source = paths.reduce((n, f) => n + statSync(f).size, 0)
const server = await serve(new URL('../../build/www-test/', import.meta.url).pathname)
const browser = await launch()
try {
  const page = await browser.newPage()
  await page.goto(`${server.url}test/engine.html`)
  await choose(page, '#files', paths)
  for (let i = 0; i < Number(rounds); i++) {
    const plan = await page.evaluate(type => window.run('plan', { type }), type)
    const r = await page.evaluate(([type, plan]) => window.convert({ type }, plan.files ?? [{ name: 'out.gguf', bytes: plan.bytes }]), [type, { files: plan.files, bytes: plan.bytes }])
    const s = r.spent
    console.log(JSON.stringify({
      source, seconds: +r.seconds.toFixed(2), gb_per_second: +(source / r.seconds / 1e9).toFixed(2),
      read: +(s.read / 1000).toFixed(2), step: +(s.step / 1000).toFixed(2), write: +(s.write / 1000).toFixed(2), steps: s.steps, memory_mib: s.memory / 2 ** 20,
    }))
  }
} finally {
  await browser.close()
  await server.close()
}
