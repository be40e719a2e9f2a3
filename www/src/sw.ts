// The service worker: the page works offline once it was loaded, and a download may be fed by the page as it is made.

const worker = self as unknown as ServiceWorkerGlobalScope

const files = '__FILES__' as unknown as string[]
const cacheName = 'tritkit-__VERSION__'

worker.addEventListener('install', e => {
  e.waitUntil(caches.open(cacheName).then(c => c.addAll(files.map(f => new Request(f, { cache: 'reload' })))).then(() => worker.skipWaiting()))
})

worker.addEventListener('activate', e => {
  const old = caches.keys().then(names => Promise.all(names.filter(n => n.startsWith('tritkit-') && n !== cacheName).map(n => caches.delete(n))))
  e.waitUntil(old.then(() => worker.clients.claim()))
})

/** A download that a worker feeds: what it is called, and the port that its bytes come through. */
interface Download { name: string; size: number | null; port: MessagePort }
const downloads = new Map<string, Download>()

worker.addEventListener('message', e => {
  const { id, name, size } = e.data as { id: string; name: string; size: number | null }
  downloads.set(id, { name, size, port: e.ports[0]! })
  e.ports[0]!.postMessage('ready')
})

worker.addEventListener('fetch', e => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || !url.href.startsWith(worker.registration.scope)) return
  const id = url.href.slice(worker.registration.scope.length).match(/^download\/([\w-]+)$/)?.[1]
  if (id !== undefined) {
    const d = downloads.get(id)
    downloads.delete(id)
    e.respondWith(d ? stream(d) : new Response('this download is over', { status: 404 }))
    return
  }
  if (e.request.headers.has('range')) return // a model beside the page is read in ranges, and never cached
  e.respondWith(cached(e.request))
})

/** The files of the page from the cache, the rest from the network; a page that is asked for by any name is the page. */
async function cached(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  const hit = await cache.match(request.mode === 'navigate' ? './' : request, { ignoreSearch: true })
  return hit ?? fetch(request)
}

function stream(d: Download): Response {
  const body = new ReadableStream<Uint8Array>({
    start(c) {
      d.port.onmessage = e => {
        if (e.data === 'end') c.close()
        else if (e.data === 'abort') c.error(new Error('the conversion was cancelled'))
        else c.enqueue(e.data as Uint8Array)
      }
    },
    pull: () => d.port.postMessage('more'),
    cancel: () => d.port.postMessage('cancelled'),
  }, { highWaterMark: 2 })
  const headers = new Headers({
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(d.name)}`,
    'X-Content-Type-Options': 'nosniff',
  })
  if (d.size !== null) headers.set('Content-Length', String(d.size))
  return new Response(body, { headers })
}

export {} // a module of its own, for the compiler
