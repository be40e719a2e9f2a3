// Where a job's bytes come from: files of this machine, streamed ahead of the job; URLs, by ranges.

import type { Input } from '../protocol'
import type { Piece, Want } from '../read'
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
const most = 8 * MiB // of a run without a known end
const small = 256 << 10 // reads below this are not worth a run

/** The thread that reads, and the runs that it reads for. */
class Thread {
  private readonly worker = new Worker(new URL('../read.ts', import.meta.url), { type: 'module', name: 'read' })
  private readonly runs = new Map<number, (p: Piece) => void>()
  private numbers = 0

  constructor() {
    this.worker.onmessage = e => {
      const p = e.data as Piece
      this.runs.get(p.run)?.(p)
    }
  }

  add(file: File): number {
    this.want({ file: ++this.numbers, is: file })
    return this.numbers
  }

  begin(file: number, at: number, end: number, arrive: (p: Piece) => void): number {
    const run = ++this.numbers
    this.runs.set(run, arrive)
    this.want({ run, file, at, end })
    return run
  }

  back = (run: number, back: ArrayBuffer) => this.want({ run, back }, [back])

  end(run: number): void {
    this.runs.delete(run)
    this.want({ run, stop: true })
  }

  private want = (w: Want, transfer: Transferable[] = []) => this.worker.postMessage(w, transfer)
}

let started: Thread | null = null
const thread = () => (started ??= new Thread())

/** A run of a file that is read from front to back, ahead of whoever takes the bytes. */
class Run {
  private pieces: Uint8Array<ArrayBuffer>[] = []
  private failed: unknown = null
  private wake = () => {}
  private readonly run: number

  constructor(file: number, private readonly name: string, public at: number, readonly end: number) {
    this.run = thread().begin(file, at, end, p => this.arrive(p))
  }

  has = (at: number) => at >= this.at && at < this.end

  /** Takes what there is from at on, which must be in the run; bytes before it are dropped. null: nothing is there yet. */
  take(into: Uint8Array, at: number): number | null {
    let n = 0
    for (let first; (first = this.pieces[0]) && n < into.length; ) {
      const skip = Math.min(at + n - this.at, first.length), k = Math.min(first.length - skip, into.length - n)
      into.set(first.subarray(skip, skip + k), n)
      n += k
      this.at += skip + k
      if (skip + k < first.length) this.pieces[0] = first.subarray(skip + k)
      else thread().back(this.run, this.pieces.shift()!.buffer)
    }
    return n > 0 ? n : null
  }

  /** Waits until more is there, or fails as reading did. */
  async more(): Promise<void> {
    if (this.failed === null && this.pieces.length === 0) await new Promise<void>(ok => (this.wake = ok))
    if (this.failed !== null) throw this.failed
  }

  private arrive(p: Piece): void {
    if ('failed' in p) this.failed = unreadable(this.name, p.failed)
    else this.pieces.push(p.bytes)
    this.wake()
  }

  close(): void {
    thread().end(this.run)
    this.pieces = []
  }
}

const unreadable = (name: string, why: string) => fault('changed', `${name}: it cannot be read any more (${why})`, 'choose the file again: it was changed, moved or removed', name)

/** A file: runs that the job's hints announce, and small reads between them. */
class FileReading implements Reader {
  private runs: Run[] = []
  private near: { at: number; bytes: Uint8Array } = { at: 0, bytes: new Uint8Array(0) }
  private last = -1 // where the read before ended

  private number = 0 // of the file in the thread

  constructor(private readonly file: File) {}

  read(into: Uint8Array, at: number, next: Span): number | Promise<number> {
    if (at >= this.file.size) return 0
    let run = this.runs.find(r => r.has(at))
    const goesOn = at === this.last
    if (run && at - run.at > small && into.length < small) return this.little(into, at) // a glance elsewhere, as at a tensor's scale
    this.last = at + into.length
    if (!run) {
      const end = next.at === this.last ? next.at + next.length : this.last + (goesOn ? most : 0)
      if (end - at < small) return this.little(into, at)
      run = this.begin(at, end)
    }
    const n = run.take(into, at)
    if (n === null) return this.waited(run, into, at, next)
    this.follow(next)
    return n
  }

  private async waited(run: Run, into: Uint8Array, at: number, next: Span): Promise<number> {
    let n: number | null
    while ((n = run.take(into, at)) === null) await run.more()
    this.follow(next)
    return n
  }

  /** Starts on what is read next, while the job works on what it has. */
  private follow(next: Span): void {
    if (next.length >= small && next.at < this.file.size && !this.runs.some(r => r.has(next.at))) this.begin(next.at, next.at + next.length)
  }

  private begin(at: number, end: number): Run {
    while (this.runs.length > 1) this.runs.shift()!.close()
    this.number ||= thread().add(this.file)
    const run = new Run(this.number, this.file.name, at, Math.min(end, this.file.size))
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
      (e: Error) => { throw unreadable(this.file.name, e.message) },
    )
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
