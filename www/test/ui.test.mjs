// Runs the tests in ui/, of what the page decides without a browser: Vite turns TypeScript into modules.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

// The address bar, as far as reading it needs one.
Object.assign(globalThis, { location: new URL('http://localhost/'), addEventListener() {} })

const root = fileURLToPath(new URL('..', import.meta.url))
const vite = await createServer({
  root, configFile: false, logLevel: 'error', appType: 'custom',
  optimizeDeps: { noDiscovery: true }, server: { middlewareMode: true, ws: false, watch: null },
})
for (const name of readdirSync(`${root}/test/ui`)) await vite.ssrLoadModule(`/test/ui/${name}`)
await vite.close()
