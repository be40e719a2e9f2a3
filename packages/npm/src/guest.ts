// One instance of the module: its exports and its memory. docs/abi.md describes both.

import { TritkitError } from './error.js'

/** What a job asks for. bytes is a view of the module's memory: it holds until the next step. */
export interface Request { op: number; file: number; bytes: Uint8Array; offset: number; done: number; total: number; phase: number; tensor: number; nextLength: number; nextOffset: number }

interface Exports {
  memory: WebAssembly.Memory
  _initialize(): void
  tk_abi(): number
  tk_alloc(n: number): number
  tk_free(ptr: number): void
  tk_job(kind: number, ptr: number, len: number): number
  tk_step(handle: number, moved: number): number
  tk_req(handle: number): number
  tk_out(handle: number): number
  tk_close(handle: number): void
}

const major = 1
const reboot = { next: 'report the model that did it' }

/** A compiled WebAssembly.Module; by another name, since not every user's compiler knows that one. */
export type Compiled = object

/** A module with memory of its own, for one job: after a trap nothing of it is used again. */
export class Guest {
  private readonly e: Exports
  private handle = 0
  private block = 0

  private constructor(instance: WebAssembly.Instance, private readonly said: { text: string }) {
    this.e = instance.exports as unknown as Exports
  }

  /** Instantiates a compiled module and refuses one that speaks another ABI. */
  static async start(compiled: Compiled): Promise<Guest> {
    const module = compiled as WebAssembly.Module
    const said = { text: '' }
    let e: Exports | undefined
    const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi(module, () => e!.memory.buffer, said) })
    e = instance.exports as unknown as Exports
    if (typeof e.tk_abi !== 'function') throw new TritkitError({ code: 'usage', message: 'tritkit: this is no module of Tritkit: it does not export tk_abi' })
    const g = new Guest(instance, said)
    const version = g.call(() => { e._initialize(); return e.tk_abi() })
    if (version >> 16 !== major) {
      throw new TritkitError({ code: 'usage', message: `tritkit: the module speaks ABI version ${version >> 16}, this package version ${major}`, next: 'take both from the same release' })
    }
    return g
  }

  /** Starts a job with the options as JSON. */
  begin(kind: number, options: string): void {
    const text = new TextEncoder().encode(options)
    const ptr = this.call(() => this.e.tk_alloc(text.length))
    if (ptr === 0) throw new TritkitError({ code: 'limit', message: 'tritkit: the list of inputs is too long', next: 'give the files of one model' })
    new Uint8Array(this.e.memory.buffer, ptr, text.length).set(text)
    this.handle = this.call(() => this.e.tk_job(kind, ptr, text.length))
    if (this.handle <= 0) {
      this.handle = 0
      throw this.failure()
    }
    this.call(() => this.e.tk_free(ptr))
    this.block = this.call(() => this.e.tk_req(this.handle))
  }

  /** Runs the job up to its next request, or its end: then it returns undefined. */
  step(moved: number, cause?: unknown): Request | undefined {
    const state = this.call(() => this.e.tk_step(this.handle, moved))
    if (state < 0) throw this.failure(cause)
    if (state === 0) return undefined
    const buffer = this.e.memory.buffer
    const d = new DataView(buffer, this.block, 64)
    const big = (at: number) => Number(d.getBigUint64(at, true))
    return {
      op: d.getUint32(0, true), file: d.getUint32(4, true), bytes: new Uint8Array(buffer, d.getUint32(8, true), d.getUint32(12, true)),
      offset: big(16), done: big(24), total: big(32), phase: d.getUint32(40, true), tensor: d.getInt32(44, true), nextLength: d.getUint32(52, true), nextOffset: big(56),
    }
  }

  /** The result's JSON, or the error object's. */
  result(): string {
    const at = this.call(() => this.e.tk_out(this.handle))
    const d = new DataView(this.e.memory.buffer, at, 8)
    return new TextDecoder().decode(new Uint8Array(this.e.memory.buffer, d.getUint32(0, true), d.getUint32(4, true)))
  }

  /** Bytes of memory. */
  get memory(): number { return this.e.memory.buffer.byteLength }

  private failure(cause?: unknown): TritkitError {
    const text = this.result()
    return text === '' ? new TritkitError({ code: 'internal', message: 'tritkit: the module said nothing', ...reboot }, cause) : new TritkitError(JSON.parse(text), cause)
  }

  /** Calls an export. A trap is the end of the instance; what the Go runtime said before is the reason. */
  private call<T>(f: () => T): T {
    try {
      return f()
    } catch (cause) {
      const words = this.said.text.trim()
      if (words.includes('out of memory') || words.includes('cannot allocate memory')) {
        throw new TritkitError({ code: 'out-of-memory', message: 'tritkit: the job needs more memory than a module may have', next: 'free memory, or lower maxMem' }, cause)
      }
      const first = words.split('\n', 1)[0] || (cause instanceof Error ? cause.message : String(cause))
      throw new TritkitError({ code: 'internal', message: `tritkit: the module stopped: ${first}`, ...reboot }, cause)
    }
  }
}

/** The system of the module: a clock, random numbers, a place for last words, and no files. */
function wasi(module: WebAssembly.Module, memory: () => ArrayBuffer, said: { text: string }): WebAssembly.ModuleImports {
  const stub: Record<string, (...args: never[]) => number> = {}
  for (const { name } of WebAssembly.Module.imports(module)) stub[name] = name.startsWith('fd_') ? () => 8 : () => 0 // EBADF, or done
  const sizes = (count: number, bytes: number) => { new DataView(memory()).setUint32(count, 0, true); new DataView(memory()).setUint32(bytes, 0, true); return 0 }
  return Object.assign(stub, {
    args_sizes_get: sizes,
    environ_sizes_get: sizes,
    proc_exit(code: number) { throw new Error(`exit ${code}`) },
    clock_time_get(id: number, _precision: bigint, at: number) {
      const ms = id === 0 ? Date.now() : performance.now()
      new DataView(memory()).setBigUint64(at, BigInt(Math.round(ms * 1e6)), true)
      return 0
    },
    random_get(at: number, n: number) {
      const most = 65536 // of one call of getRandomValues
      for (let i = 0; i < n; i += most) crypto.getRandomValues(new Uint8Array(memory(), at + i, Math.min(most, n - i)))
      return 0
    },
    fd_write(fd: number, vectors: number, n: number, wrote: number) {
      const d = new DataView(memory())
      let total = 0
      for (let i = 0; i < n; i++, vectors += 8) {
        const piece = new Uint8Array(memory(), d.getUint32(vectors, true), d.getUint32(vectors + 4, true))
        if (fd === 2 && said.text.length < 4096) said.text += new TextDecoder().decode(piece)
        total += piece.length
      }
      d.setUint32(wrote, total, true)
      return 0
    },
  })
}
