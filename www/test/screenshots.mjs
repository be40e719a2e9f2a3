// Makes the pictures of the README: npm run screenshots, or with a folder or file of a model, of that.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { choose, launch } from './browser.mjs'
import { dist, filesOf, generator, root, scratch } from './native.mjs'
import { serve } from './serve.mjs'

const to = join(root, 'docs/images')
mkdirSync(to, { recursive: true })
const source = process.argv[2] ?? generator(scratch()).folder('bf16-master')
const server = await serve(dist)
const context = await launch({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
try {
  const page = await context.newPage()
  const shot = name => page.screenshot({ path: join(to, `${name}.png`) })
  const section = name => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click()
  await page.goto(server.url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await shot('start')
  await choose(page, 'input[type=file]', filesOf(source))
  await page.getByRole('heading', { name: 'Summary' }).waitFor({ state: 'attached' })
  await section('Convert')
  await page.getByText('What will come out').waitFor()
  await shot('convert')
  await page.emulateMedia({ colorScheme: 'dark' })
  await section('Ternary lens')
  await page.getByRole('button', { name: /Read/ }).first().click()
  await page.getByText(/trit hash/).first().waitFor({ timeout: 300_000 })
  await page.waitForTimeout(500)
  await shot('lens')
} finally {
  await context.close()
  await server.close()
}
