// Where a job's outputs go: private storage, a file that the user chose, a download as it is made. Each is whole or gone.

import type { Output, Sink } from '../protocol'
import { fault } from './messages'

/** One output. write takes bytes that change after it returns or resolves; they come in order, without gaps. */
export interface Writer {
  write(bytes: Uint8Array): void | Promise<void>
  close(): Promise<void>
  abort(): Promise<void>
}

/** Hands a download's port to the service worker, by way of the page. */
export type Announce = (name: string, size: number | null, port: MessagePort) => { begin(): void }

export async function writer(sink: Sink, output: Output, dir: string, announce: Announce): Promise<Writer> {
  const w = await open(sink, output, dir, announce).catch(e => { throw broken(e) })
  return {
    write(bytes) {
      try {
        return w.write(bytes)?.catch(e => { throw broken(e) })
      } catch (e) {
        throw broken(e)
      }
    },
    close: () => w.close().catch(e => { throw broken(e) }),
    abort: () => w.abort(),
  }
}

function open(sink: Sink, output: Output, dir: string, announce: Announce): Promise<Writer> {
  switch (sink.kind) {
    case 'opfs':
      return stored(output, dir)
    case 'picker':
      return chosen(sink.handle, null)
    case 'folder':
      return sink.handle.getFileHandle(output.name, { create: true }).then(h => chosen(h, () => sink.handle.removeEntry(output.name)))
    case 'stream':
      return streamed(output, announce)
  }
}

/** Refuses before the work what private storage has no room for. */
export async function room(outputs: Output[]): Promise<void> {
  const need = outputs.reduce((n, o) => n + (o.bytes ?? 0), 0)
  const { quota, usage } = await navigator.storage.estimate()
  if (quota !== undefined && need > quota - (usage ?? 0)) throw full(need, quota - (usage ?? 0))
}

const gigabytes = (n: number) => `${(n / 1e9).toFixed(2)} GB`
const full = (need: number, left: number) =>
  fault('no-space', `this browser’s private storage has ${gigabytes(left)} left, and ${gigabytes(need)} are needed`, 'save to a file of your choice, or free space; private windows have little')

const broken = (e: unknown): unknown => {
  const name = e instanceof Error ? e.name : ''
  if (name === 'QuotaExceededError') return fault('no-space', 'this browser’s private storage is full', 'save to a file of your choice, or free space; private windows have little')
  if (name === 'NotAllowedError') return fault('internal', 'the browser does not let this page write there', 'choose the place again')
  if (name === 'NoModificationAllowedError') return fault('internal', 'another program has the file open', 'close it there, or choose another name')
  return e
}

async function stored(output: Output, dir: string): Promise<Writer> {
  let folder = await navigator.storage.getDirectory()
  for (const name of dir.split('/')) folder = await folder.getDirectoryHandle(name, { create: true })
  const handle = await folder.getFileHandle(output.name, { create: true })
  const file = await handle.createSyncAccessHandle()
  let at = 0
  return {
    write(bytes) {
      for (let n = 0; n < bytes.length; ) {
        const k = file.write(n ? bytes.subarray(n) : bytes, { at: at + n })
        if (k === 0) throw new DOMException('', 'QuotaExceededError')
        n += k
      }
      at += bytes.length
    },
    async close() {
      file.flush()
      file.close()
    },
    async abort() {
      file.close()
      await folder.removeEntry(output.name).catch(() => {})
    },
  }
}

const piece = 4 << 20

/** A file that the user chose: gathered into pieces, one being written while the next is gathered. */
async function chosen(handle: FileSystemFileHandle, remove: (() => Promise<void>) | null): Promise<Writer> {
  const out = await handle.createWritable()
  let buffer = new Uint8Array(piece), n = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    const full = buffer.subarray(0, n)
    buffer = new Uint8Array(piece)
    n = 0
    await writing
    writing = out.write(full)
    writing.catch(() => {}) // the next wait tells
  }
  const add = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const k = Math.min(piece - n, bytes.length - at)
      buffer.set(bytes.subarray(at, at + k), n)
      n += k
      at += k
      if (n === piece) await flush()
    }
  }
  return {
    write(bytes) {
      if (n + bytes.length < piece) {
        buffer.set(bytes, n)
        n += bytes.length
        return
      }
      return add(bytes)
    },
    async close() {
      await flush()
      await writing
      await out.close()
    },
    async abort() {
      await out.abort().catch(() => {}) // the file is as it was before
      await remove?.().catch(() => {})
    },
  }
}

const patience = 15_000

/** A download that the service worker serves while it is made; it asks for every piece. */
async function streamed(output: Output, announce: Announce): Promise<Writer> {
  const { port1: port, port2 } = new MessageChannel()
  let credit = 0, wake = () => {}, over: unknown = null, ended = false
  const ready = new Promise<void>((ok, no) => {
    const timer = setTimeout(() => no(fault('internal', 'the browser did not begin the download', 'allow downloads for this page, or save another way')), patience)
    port.onmessage = e => {
      if (e.data === 'ready') begin()
      if (e.data === 'more') {
        clearTimeout(timer)
        ok()
        credit++
      }
      if (e.data === 'cancelled') over = fault('interrupted', 'the download was cancelled', 'convert again')
      wake()
    }
  })
  const { begin } = announce(output.name, output.bytes, port2)
  await ready
  return {
    async write(bytes) {
      const copy = bytes.slice()
      while (credit === 0 && !over) await new Promise<void>(ok => (wake = ok))
      if (over) throw over
      credit--
      port.postMessage(copy, [copy.buffer])
    },
    async close() {
      if (over) throw over
      if (!ended) port.postMessage('end')
      ended = true
    },
    async abort() {
      if (!ended) port.postMessage('abort') // what was delivered whole stays the user's
      ended = true
    },
  }
}
