// Builds the page into dist: static files with relative addresses, for any folder of any server.

import { createHash } from 'node:crypto'
import { defineConfig, type Plugin } from 'vite'
import { headers, policy } from './policy.ts'

/** The policy goes into the built page only: the development server injects scripts of its own. */
const csp: Plugin = {
  name: 'csp',
  apply: 'build',
  transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' }],
}

/** The same policy and more as headers, for static hosts that read such a file; others serve it or hide it. */
const headersFile: Plugin = {
  name: 'headers',
  apply: 'build',
  generateBundle: {
    order: 'post', // after the list of files for offline use: a host that hides this one would fail all of them
    handler() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: headers })
    },
  },
}

/** Tells the service worker which files there are, and gives their list a version of its own. */
const offline: Plugin = {
  name: 'offline',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const worker = bundle['sw.js']
      if (worker?.type !== 'chunk') throw new Error('the bundle has no sw.js')
      const hash = createHash('sha256')
      const files = ['./', 'icon.svg', 'manifest.webmanifest']
      for (const name of Object.keys(bundle).sort()) {
        if (name === 'sw.js') continue
        const part = bundle[name]!
        hash.update(name).update(part.type === 'chunk' ? part.code : part.source)
        if (name !== 'index.html') files.push(name)
      }
      worker.code = worker.code.replace(/(["'`])__FILES__\1/, JSON.stringify(files)).replace('__VERSION__', hash.digest('hex').slice(0, 16))
    },
  },
}

// With --mode test the engine gets a page of its own, for tests and the benchmark; it goes to another folder.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [csp, offline, headersFile],
  server: { fs: { allow: ['..'] } },
  worker: { format: 'es' },
  build: {
    outDir: mode === 'test' ? '../build/www-test' : 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      input: { index: 'index.html', sw: 'src/sw.ts', ...(mode === 'test' ? { engine: 'test/engine.html' } : {}) },
      output: { entryFileNames: chunk => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
}))
