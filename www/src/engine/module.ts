// The module: instantiated with the least WASI that it needs, and stepped (docs/abi.md).

import { fault, type Kind } from './messages'

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

const kinds: Record<Kind, number> = { show: 1, plan: 2, convert: 3, verify: 4, diff: 5, edit: 6, peek: 7 }
const major = 1
const badDescriptor = 8
const phases = ['opening', 'opening', 'reading', 'writing'] as const

export const Op = { read: 1, write: 2, breathe: 3 } as const

/** A run of bytes of a file. */
export interface Span { at: number; length: number }

/** A job in an instance of its own. Whatever goes wrong in it, both are dropped. */
export class Module {
  private last = '' // what the Go runtime said last: its reason to die
  private handle = 0
  private block = 0

  private constructor(private readonly e: Exports) {}

  static async start(module: WebAssembly.Module): Promise<Module> {
    let m: Module
    const functions: Record<string, (...a: never[]) => number> = {
      clock_time_get: (_id: number, _precision: bigint, out: number) => {
        m.data().setBigUint64(out, BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)), true)
        return 0
      },
      random_get: (ptr: number, n: number) => {
        for (let at = 0; at < n; at += 65536) crypto.getRandomValues(m.bytes(ptr + at, Math.min(65536, n - at)))
        return 0
      },
      fd_write: (_fd: number, list: number, n: number, out: number) => m.said(list, n, out),
      args_sizes_get: (count: number, size: number) => m.none(count, size),
      environ_sizes_get: (count: number, size: number) => m.none(count, size),
      proc_exit: (status: number) => {
        throw new Error(`the module left with status ${status}`)
      },
    }
    const wasi: Record<string, WebAssembly.ImportValue> = {}
    for (const { name } of WebAssembly.Module.imports(module)) wasi[name] = functions[name] ?? (name.startsWith('fd_') ? () => badDescriptor : () => 0)
    const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi })
    m = new Module(instance.exports as unknown as Exports)
    m.e._initialize()
    if (m.e.tk_abi() >>> 16 !== major) throw fault('internal', 'the page and its module are of different versions', 'reload the page')
    return m
  }

  private data = () => new DataView(this.e.memory.buffer)
  bytes = (ptr: number, n: number) => new Uint8Array(this.e.memory.buffer, ptr, n)
  private text = (ptr: number, n: number) => new TextDecoder().decode(this.bytes(ptr, n))

  private none(count: number, size: number): number {
    this.data().setUint32(count, 0, true)
    this.data().setUint32(size, 0, true)
    return 0
  }

  private said(list: number, n: number, out: number): number {
    const d = this.data()
    let total = 0
    for (let i = 0; i < n; i++) {
      const size = d.getUint32(list + 8 * i + 4, true)
      if (this.last.length < 2000) this.last += this.text(d.getUint32(list + 8 * i, true), size)
      total += size
    }
    d.setUint32(out, total, true)
    return 0
  }

  open(kind: Kind, options: unknown): void {
    const text = new TextEncoder().encode(JSON.stringify(options))
    const ptr = this.e.tk_alloc(text.length)
    this.bytes(ptr, text.length).set(text)
    this.handle = this.e.tk_job(kinds[kind], ptr, text.length)
    this.e.tk_free(ptr)
    if (this.handle < 0) throw JSON.parse(this.out(0))
    this.block = this.e.tk_req(this.handle)
  }

  /** Runs up to the next request: true, or to the end: false. A job that fails throws its fault. */
  step(moved: number): boolean {
    let state: number
    try {
      state = this.e.tk_step(this.handle, moved)
    } catch (e) {
      throw fault('internal', `the module stopped: ${this.last.split('\n')[0] || (e as Error).message}`, 'report the model that did it')
    }
    if (state < 0) throw JSON.parse(this.out(this.handle))
    return state > 0
  }

  get op(): number { return this.data().getUint32(this.block, true) }
  get file(): number { return this.data().getUint32(this.block + 4, true) }
  get at(): number { return Number(this.data().getBigUint64(this.block + 16, true)) }
  get done(): number { return Number(this.data().getBigUint64(this.block + 24, true)) }
  get total(): number { return Number(this.data().getBigUint64(this.block + 32, true)) }
  get phase(): 'opening' | 'reading' | 'writing' { return phases[this.data().getUint32(this.block + 40, true)] ?? 'opening' }
  get tensor(): number { return this.data().getInt32(this.block + 44, true) }
  get memory(): number { return this.e.memory.buffer.byteLength }

  /** The bytes of the request, in the module's memory. */
  get buffer(): Uint8Array {
    const d = this.data()
    return this.bytes(d.getUint32(this.block + 8, true), d.getUint32(this.block + 12, true))
  }

  /** What is likely to be read next of the same file. */
  get next(): Span {
    const d = this.data()
    return { at: Number(d.getBigUint64(this.block + 56, true)), length: d.getUint32(this.block + 52, true) }
  }

  result(): string {
    return this.out(this.handle)
  }

  close(): void {
    this.e.tk_close(this.handle)
  }

  private out(handle: number): string {
    const at = this.e.tk_out(handle), d = this.data()
    return this.text(d.getUint32(at, true), d.getUint32(at + 4, true))
  }
}
