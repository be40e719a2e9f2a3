// A static server for tests, as plain as the static hosts that the page is meant for.

import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json' }

/** Serves a folder on a free port of this machine. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(/\/$/, '/index.html')
    const file = join(folder, path)
    let size
    try {
      size = statSync(file).size
    } catch {
      response.writeHead(404).end()
      return
    }
    const type = types[extname(file)] ?? 'application/octet-stream'
    const range = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/)
    if (range) {
      const [a, b] = [Number(range[1]), Math.min(Number(range[2]), size - 1)]
      response.writeHead(206, { 'Content-Type': type, 'Content-Length': b - a + 1, 'Content-Range': `bytes ${a}-${b}/${size}` })
      createReadStream(file, { start: a, end: b }).pipe(response)
      return
    }
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': size })
    createReadStream(file).pipe(response)
  })
  await new Promise(ok => server.listen(0, '127.0.0.1', ok))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise(ok => { server.close(ok); server.closeAllConnections() }) }
}
