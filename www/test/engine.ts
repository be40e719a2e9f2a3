// The engine without the page, for tests and the benchmark: jobs over the files that were put into the input.

import { engine, spent } from '../src/engine'
import type { Input, Options, Output, Progress } from '../src/protocol'

const files = (): Input[] => [...(document.querySelector('#files') as HTMLInputElement).files!].map(file => ({ name: file.name, source: { kind: 'file', file } }))

const hex = async (f: Blob) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', await f.arrayBuffer()))].map(b => b.toString(16).padStart(2, '0')).join('')

/** All files in private storage. */
async function* written(d?: FileSystemDirectoryHandle): AsyncGenerator<File> {
  for await (const h of (d ?? (await navigator.storage.getDirectory())).values()) {
    if (h.kind === 'directory') yield* written(h as FileSystemDirectoryHandle)
    else yield (h as FileSystemFileHandle).getFile()
  }
}

Object.assign(window, {
  engine,
  spent,
  files,
  /** Runs a job that only reads. */
  run: (kind: 'show' | 'plan' | 'verify' | 'diff' | 'peek', options: Options, inputs = files()) => engine.run(kind, inputs, options, () => {}, new AbortController().signal),
  /** Converts into private storage and returns the hashes of what was written, by name, then discards it. */
  async convert(options: Options, outputs: Output[]) {
    const seen: Progress[] = []
    const { result, saved, seconds } = await engine.write('convert', files(), options, outputs, { kind: 'opfs' }, p => void seen.push(p), new AbortController().signal)
    const hashes: Record<string, string> = {}
    for await (const f of written()) if (f.size < 1e8) hashes[f.name] = await hex(f)
    const bytes = saved.reduce((n, s) => n + s.bytes, 0)
    for (const s of saved) await s.discard()
    return { hashes, bytes, seconds, progress: seen.length, result: JSON.stringify(result), spent: spent() }
  },
  /** What private storage holds. */
  async stored() {
    const names: string[] = []
    for await (const f of written()) names.push(f.name)
    return names
  },
})
