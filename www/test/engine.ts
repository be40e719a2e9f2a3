// The engine without the page, for tests and the benchmark: jobs over the files that were put into the input.

import { engine, spent } from '../src/engine'
import type { Input, Options, Output, Progress, Sink } from '../src/protocol'

const files = (): Input[] => [...(document.querySelector('#files') as HTMLInputElement).files!].map(file => ({ name: file.name, source: { kind: 'file', file } }))

Object.assign(window, {
  engine,
  spent,
  files,
  /** Runs a job that only reads. */
  run: (kind: 'show' | 'plan' | 'verify' | 'diff' | 'peek', options: Options, inputs = files()) => engine.run(kind, inputs, options, () => {}, new AbortController().signal),
  /** Converts into private storage and returns the hashes of what was written, by name, then discards it. */
  async convert(options: Options, sink: Sink = { kind: 'opfs' }) {
    const inputs = files(), signal = new AbortController().signal
    const plan = await engine.run('plan', inputs, options, () => {}, signal)
    const outputs: Output[] = plan.files ?? [{ name: 'out.gguf', bytes: plan.bytes }]
    const seen: Progress[] = []
    const { result, saved, seconds } = await engine.write('convert', inputs, options, outputs, sink, p => void seen.push(p), signal)
    const hashes: Record<string, string> = {}
    for (const s of saved) if (s.bytes < 1e8) hashes[s.name] = await engine.sha256(s, () => {}, signal)
    const bytes = saved.reduce((n, s) => n + s.bytes, 0)
    for (const s of saved) await s.discard()
    return { hashes, bytes, seconds, planned: plan.bytes, progress: seen.length, result: JSON.stringify(result), spent: spent() }
  },
  /** What private storage holds. */
  async stored() {
    const list: string[] = []
    const walk = async (d: FileSystemDirectoryHandle, under: string) => {
      for await (const [name, h] of d.entries()) {
        if (h.kind === 'directory') await walk(h as FileSystemDirectoryHandle, `${under}${name}/`)
        else list.push(under + name)
      }
    }
    await walk(await navigator.storage.getDirectory(), '')
    return list
  },
})
