// The engine as the page has it: a worker for each job, all with one compiled module.

import type { Engine, Input, Options, Output, Plan, Progress, Saved, Sink } from '../protocol'
import type { HashAnswer } from '../hash'
import moduleURL from '../../../build/tritkit.wasm?url'
import { abilities } from './abilities'
import { cancel, fault, type Answer, type Kind, type Spent, type Start } from './messages'
import { resolve } from './remote'
import { Folder, sweep } from './storage'

let compiled: Promise<WebAssembly.Module> | null = null

/** The module, compiled once, when the first job wants it. */
function compile(): Promise<WebAssembly.Module> {
  const load = async () => {
    const response = await fetch(moduleURL)
    if (!response.ok) throw fault('internal', `the page’s module could not be loaded (${response.status})`, 'reload the page')
    if (response.headers.get('Content-Type') === 'application/wasm') return WebAssembly.compileStreaming(response)
    return WebAssembly.compile(await response.arrayBuffer())
  }
  return (compiled ??= load().catch(e => {
    compiled = null
    throw e
  }))
}

type Finished = Extract<Answer, { is: 'done' }>

/** What the last job spent its seconds on, for the benchmark. */
export const spent = (): Spent | null => last
let last: Spent | null = null

/** Runs one job in a worker of its own, which ends with it. */
async function job(kind: Kind, inputs: Input[], options: Options, outputs: Output[], sink: Sink | null, dir: string, tell: (p: Progress) => void, signal: AbortSignal): Promise<Finished> {
  signal.throwIfAborted()
  const module = await compile()
  signal.throwIfAborted()
  const worker = new Worker(new URL('../worker.ts', import.meta.url), { type: 'module', name: kind })
  let stop = () => {}
  try {
    return await new Promise<Finished>((ok, no) => {
      const aborted = () => no(signal.reason)
      worker.onerror = e => no(fault('internal', `the worker stopped: ${e.message || 'it could not be loaded'}`, 'reload the page'))
      worker.onmessage = e => {
        const a = e.data as Answer
        switch (a.is) {
          case 'progress': return tell(a.progress)
          case 'download': return void navigator.serviceWorker.controller?.postMessage({ id: a.id, name: a.name, size: a.size }, [a.port])
          case 'navigate': return void (location.href = `./download/${a.id}`)
          case 'done': return ok(a)
          case 'failed': return no(a.fault)
          case 'cancelled': return aborted()
        }
      }
      const abort = () => {
        worker.postMessage(cancel)
        setTimeout(aborted, 3000) // a worker that does not answer is ended all the same
      }
      signal.addEventListener('abort', abort, { once: true })
      stop = () => signal.removeEventListener('abort', abort)
      worker.postMessage({ module, kind, inputs, options, outputs, sink, dir } satisfies Start)
    })
  } finally {
    stop()
    worker.terminate()
  }
}

/** The files behind what was saved, for who hashes them. */
const files = new WeakMap<Saved, () => Promise<File>>()

async function write(kind: 'convert' | 'edit', inputs: Input[], options: Options, outputs: Output[], sink: Sink, tell: (p: Progress) => void, signal: AbortSignal) {
  const folder = sink.kind === 'opfs' ? await Folder.create() : null
  try {
    const a = await job(kind, inputs, options, outputs, sink, folder?.path ?? '', tell, signal)
    last = a.spent
    const saved: Saved[] = []
    let left = outputs.length
    for (const [i, o] of outputs.entries()) saved.push(await keep(o, a.written[i] ?? 0, sink, folder, async () => { if (--left === 0) await folder?.remove() }))
    return { result: JSON.parse(a.json) as Plan, saved, seconds: a.seconds }
  } catch (e) {
    await folder?.remove()
    throw e
  }
}

async function keep(o: Output, bytes: number, sink: Sink, folder: Folder | null, discarded: () => Promise<void>): Promise<Saved> {
  let url: string | undefined
  let find: (() => Promise<File>) | null = null
  if (folder) {
    const file = await folder.file(o.name)
    url = URL.createObjectURL(file)
    find = async () => file
  } else if (sink.kind === 'picker') {
    find = () => sink.handle.getFile()
  } else if (sink.kind === 'folder') {
    find = async () => (await sink.handle.getFileHandle(o.name)).getFile()
  }
  let kept = true
  const saved: Saved = {
    name: o.name, bytes, url,
    async discard() {
      if (!kept || !folder) return
      kept = false
      URL.revokeObjectURL(url!)
      await folder.removeFile(o.name)
      await discarded() // Firefox holds a file for some milliseconds after its worker ended
    },
  }
  if (find) files.set(saved, find)
  return saved
}

async function sha256(what: File | Saved, tell: (p: Progress) => void, signal: AbortSignal): Promise<string> {
  const file = what instanceof File ? what : await files.get(what)?.()
  if (!file) throw fault('usage', 'a download is out of this page’s reach once it is made', 'hash the file where it was saved: trit convert prints its SHA-256 too')
  const worker = new Worker(new URL('../hash.ts', import.meta.url), { type: 'module', name: 'sha256' })
  try {
    return await new Promise<string>((ok, no) => {
      signal.addEventListener('abort', () => no(signal.reason), { once: true })
      worker.onerror = e => no(fault('internal', `the worker stopped: ${e.message}`, 'reload the page'))
      worker.onmessage = e => {
        const a = e.data as HashAnswer
        if (a.is === 'progress') tell(a.progress)
        else if (a.is === 'done') ok(a.hex)
        else no(fault('changed', `the file cannot be read any more: ${a.message}`, 'choose it again'))
      }
      worker.postMessage(file)
    })
  } finally {
    worker.terminate()
  }
}

export const engine: Engine = {
  abilities,
  resolve,
  async run(kind, inputs, options, tell, signal) {
    const a = await job(kind, inputs, options, [], null, '', tell, signal)
    last = a.spent
    return JSON.parse(a.json)
  },
  write,
  sha256,
}

// The page works offline once it was loaded; and what a closed page left in private storage goes.
if (import.meta.env.PROD) void navigator.serviceWorker?.register('./sw.js').catch(() => {})
void sweep().catch(() => {})

