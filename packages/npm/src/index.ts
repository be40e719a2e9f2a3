// Tritkit for browsers, workers and bundlers: the module by URL, models as files and blobs.

import type { Compiled } from './guest.js'
import { Tritkit, type Model, type Output } from './tritkit.js'

export * from './error.js'
export * from './results.js'
export * from './sources.js'
export * from './tritkit.js'
export type { Flags, Input, Job, Kind, Progress, Running, Signal, Sink, Source } from './job.js'

/** Where the module comes from: its URL, its bytes, or a compiled WebAssembly.Module. */
export type ModuleSource = string | { readonly href: string } | ArrayBuffer | Uint8Array | object

/** Compiles the module; without an argument the one of this package. */
export async function tritkit(module: ModuleSource = new URL('../tritkit.wasm', import.meta.url)): Promise<Tritkit<Model, Output>> {
  return new Tritkit<Model, Output>(await compile(module, fetched), {
    open: files => ({ files }),
    target: output => ({ output }),
  })
}

/** Compiles what ModuleSource names, with a way to get what lies behind a URL. */
export async function compile(module: ModuleSource, get: (url: string) => Promise<Compiled>): Promise<Compiled> {
  if (module instanceof WebAssembly.Module) return module
  if (module instanceof ArrayBuffer || ArrayBuffer.isView(module)) return WebAssembly.compile(module as BufferSource)
  return get(typeof module === 'string' ? module : (module as { href: string }).href)
}

async function fetched(url: string): Promise<Compiled> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`tritkit: ${url}: ${response.status} ${response.statusText}`)
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response)
  return WebAssembly.compile(await response.arrayBuffer())
}
