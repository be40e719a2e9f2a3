// Runs the tests of the page's parts that need no browser: Vite turns TypeScript into modules, node:test runs them.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

// The address bar, as far as reading it needs one.
Object.assign(globalThis, { location: new URL('http://localhost/'), addEventListener() {} })

const here = fileURLToPath(new URL('.', import.meta.url))
const vite = await createServer({ root: here, configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, ws: false, watch: null } })
for (const name of readdirSync(here).filter(n => n.endsWith('.test.ts'))) await vite.ssrLoadModule(`/${name}`)
await vite.close()
