// Where a job's bytes come from: files of this machine, streamed ahead of the job; URLs, by ranges.

import type { Input } from '../protocol'
import { fault } from './messages'
import type { Span } from './module'

/** read fills into from offset at, as far as it likes, and returns how much; 0 at the end. Synchronous where the bytes are there. */
export interface Reader {
  read(into: Uint8Array, at: number, next: Span): number | Promise<number>
  close(): void
}

export function reader(input: Input): Reader {
  return input.source.kind === 'file' ? new FileReading(input.source.file) : new RangeReading(input.source.url, input.source.size)
}

export const sizeOf = (input: Input): number => (input.source.kind === 'file' ? input.source.file.size : input.source.size)

const MiB = 1 << 20
const chunk = 4 * MiB
const ahead = 24 * MiB // of a run that are held in memory
const small = 256 << 10 // reads below this are not worth a stream

const buffers: ArrayBuffer[] = [] // chunks that were read, to be filled again
const take = (n: number): ArrayBuffer => (n === chunk && buffers.pop()) || new ArrayBuffer(n)
const give = (b: ArrayBuffer) => {
  if (b.byteLength === chunk && buffers.length < 16) buffers.push(b)
}

/** A run of a file that is read from front to back, ahead of whoever takes the bytes. */
class Run {
  private stream: ReadableStreamBYOBReader | null = null
  private chunks: Uint8Array[] = []
  private pulled: number // end of what is in chunks
  private held = 0
  private pumping: Promise<void> | null = null
  private failed: unknown = null
  private closed = false

  constructor(private readonly file: File, public at: number, readonly end: number) {
    this.pulled = at
    this.pump()
  }

  has = (at: number) => at >= this.at && at < this.end

  /** Takes bytes from at on, which must be in the run; those before it are dropped. null: none are there yet. */
  take(into: Uint8Array, at: number): number | null {
    this.drop(at - this.at)
    const first = this.chunks[0]
    if (!first) return null
    const n = Math.min(first.length, into.length)
    into.set(n < first.length ? first.subarray(0, n) : first)
    this.drop(n)
    this.pump()
    return n
  }

  /** Waits until something is there, or fails as reading did. */
  async more(): Promise<void> {
    if (this.failed) throw this.failed
    this.pump()
    while (this.chunks.length === 0 && this.pumping) await Promise.race([this.pumping, this.arrived()])
    if (this.failed) throw this.failed
  }

  private wake: (() => void) | null = null
  private arrived = () => new Promise<void>(ok => (this.wake = ok))

  private drop(n: number): void {
    while (n > 0 && this.chunks.length > 0) {
      const first = this.chunks[0]!
      const k = Math.min(n, first.length)
      this.at += k
      this.held -= k
      n -= k
      if (k < first.length) this.chunks[0] = first.subarray(k)
      else give(this.chunks.shift()!.buffer as ArrayBuffer)
    }
    this.at += n // not pulled yet: pull from there
    if (n > 0 && this.at > this.pulled) this.restart()
  }

  private restart(): void {
    void this.stream?.cancel()
    this.stream = null
    this.pulled = this.at
  }

  private pump(): void {
    if (this.pumping || this.closed || this.failed || this.held >= ahead || this.pulled >= this.end) return
    this.pumping = this.fill().then(
      () => { this.pumping = null; this.wake?.(); this.pump() },
      e => { this.failed = e; this.pumping = null; this.wake?.() },
    )
  }

  /** Reads one chunk. */
  private async fill(): Promise<void> {
    const from = this.pulled, n = Math.min(chunk, this.end - from)
    this.stream ??= open(this.file.slice(from, this.end))
    const stream = this.stream
    let buffer = take(n), got = 0
    if (stream) {
      while (got < n) {
        const { value, done } = await stream.read(new Uint8Array(buffer, got, n - got))
        if (value) {
          buffer = value.buffer as ArrayBuffer
          got += value.length
        }
        if (done) break
      }
    } else {
      buffer = await this.file.slice(from, from + n).arrayBuffer()
      got = buffer.byteLength
    }
    if (this.closed || from !== this.pulled) return give(buffer) // the job has gone elsewhere
    if (got === 0) throw cut(this.file.name)
    this.pulled += got
    this.held += got
    this.chunks.push(new Uint8Array(buffer, 0, got))
  }

  close(): void {
    this.closed = true
    void this.stream?.cancel().catch(() => {})
    for (const c of this.chunks) give(c.buffer as ArrayBuffer)
    this.chunks = []
  }
}

/** A byte stream of a blob: the fastest way to its bytes where there is one. */
function open(blob: Blob): ReadableStreamBYOBReader | null {
  try {
    return blob.stream().getReader({ mode: 'byob' }) as ReadableStreamBYOBReader
  } catch {
    return null
  }
}

const cut = (name: string) => fault('changed', `${name}: the file ends early; it was changed while it was read`, 'choose the file again', name)

/** A file: runs that the job's hints announce, and small reads between them. */
class FileReading implements Reader {
  private runs: Run[] = []
  private near: { at: number; bytes: Uint8Array } = { at: 0, bytes: new Uint8Array(0) }
  private last = -1 // where the read before ended

  constructor(private readonly file: File) {}

  read(into: Uint8Array, at: number, next: Span): number | Promise<number> {
    if (at >= this.file.size) return 0
    let run = this.runs.find(r => r.has(at))
    const goesOn = at === this.last
    if (run && at - run.at > small && into.length < small) return this.little(into, at) // a glance elsewhere, as at a tensor's scale
    this.last = at + into.length
    if (!run) {
      const end = next.at === this.last ? next.at + next.length : this.last + (goesOn ? ahead : 0)
      if (end - at < small) return this.little(into, at)
      run = this.begin(at, end)
    }
    const n = run.take(into, at)
    if (n === null) return this.waited(run, into, at, next)
    this.follow(next)
    return n
  }

  private async waited(run: Run, into: Uint8Array, at: number, next: Span): Promise<number> {
    try {
      await run.more()
    } catch (e) {
      throw this.why(e)
    }
    const n = run.take(into, at)
    this.follow(next)
    return n ?? 0
  }

  /** Starts on what is read next, while the job works on what it has. */
  private follow(next: Span): void {
    if (next.length >= small && next.at < this.file.size && !this.runs.some(r => r.has(next.at))) this.begin(next.at, next.at + next.length)
  }

  private begin(at: number, end: number): Run {
    while (this.runs.length > 1) this.runs.shift()!.close()
    const run = new Run(this.file, at, Math.min(end, this.file.size))
    this.runs.push(run)
    return run
  }

  private little(into: Uint8Array, at: number): number | Promise<number> {
    const w = this.near
    if (at >= w.at && at + into.length <= w.at + w.bytes.length) {
      into.set(w.bytes.subarray(at - w.at, at - w.at + into.length))
      return into.length
    }
    return this.file.slice(at, at + Math.max(into.length, 64 << 10)).arrayBuffer().then(
      b => {
        this.near = { at, bytes: new Uint8Array(b) }
        const n = Math.min(into.length, b.byteLength)
        into.set(this.near.bytes.subarray(0, n))
        return n
      },
      e => { throw this.why(e) },
    )
  }

  private why(e: unknown): unknown {
    if (!(e instanceof DOMException)) return e
    return fault('changed', `${this.file.name}: it cannot be read any more (${e.message})`, 'choose the file again: it was changed, moved or removed', this.file.name)
  }

  close(): void {
    for (const r of this.runs) r.close()
  }
}

/** A URL, by ranges: little of it where only headers are read, more the longer reading goes on. */
class RangeReading implements Reader {
  private window: { at: number; bytes: Uint8Array } = { at: 0, bytes: new Uint8Array(0) }
  private coming: { at: number; bytes: Promise<Uint8Array> } | null = null
  private grown = 32 << 10
  private readonly abort = new AbortController()

  constructor(private readonly url: string, private readonly size: number) {}

  read(into: Uint8Array, at: number, next: Span): number | Promise<number> {
    if (at >= this.size) return 0
    const w = this.window
    if (at < w.at || at >= w.at + w.bytes.length) return this.fetched(into, at, next)
    const n = Math.min(into.length, w.at + w.bytes.length - at)
    into.set(w.bytes.subarray(at - w.at, at - w.at + n))
    return n
  }

  private async fetched(into: Uint8Array, at: number, next: Span): Promise<number> {
    const w = this.window
    const goesOn = at === w.at + w.bytes.length && w.bytes.length > 0
    this.grown = goesOn ? Math.min(2 * this.grown, 2 * MiB) : 64 << 10
    const coming = this.coming?.at === at ? this.coming.bytes : this.get(at, Math.max(this.grown, into.length))
    this.coming = null
    this.window = { at, bytes: await coming }
    const after = at + this.window.bytes.length
    const announced = next.length > 0 && next.at + next.length > after
    if (announced) {
      const from = Math.max(next.at, after)
      this.coming = { at: from, bytes: this.get(from, Math.min(next.at + next.length - from, 8 * MiB)) }
      this.coming.bytes.catch(() => {}) // told when it is asked for
    }
    return this.read(into, at, next)
  }

  private async get(at: number, n: number): Promise<Uint8Array> {
    const last = Math.min(at + n, this.size) - 1
    const name = this.url.slice(this.url.lastIndexOf('/') + 1)
    let r: Response
    try {
      r = await fetch(this.url, { headers: { Range: `bytes=${at}-${last}` }, signal: this.abort.signal, cache: 'no-store' })
    } catch (e) {
      throw fault('network', `${name}: the server could not be reached, or does not let pages read it (${(e as Error).message})`, 'download the file and drop it here', name)
    }
    if (r.status !== 206) {
      void r.body?.cancel()
      throw fault('network', `${name}: the server answered ${r.status} to a request for a part of the file`, 'download the file and drop it here', name)
    }
    return new Uint8Array(await r.arrayBuffer())
  }

  close(): void {
    this.abort.abort()
  }
}
