// A job from its options to its result: step, move bytes, step.

import { TritkitError } from './error.js'
import { Guest, type Compiled, type Request } from './guest.js'

/** Where the bytes of one file come from. */
export interface Source {
  readonly size: number
  /** Fills `into` from byte `offset` on and returns how many bytes it moved: fewer are asked for again, 0 says that the file ends here. `into` lies in the module's memory and must not be kept. */
  read(offset: number, into: Uint8Array): number | Promise<number>
  /** Told after a read which bytes are likely to be asked for next: a source that waits may fetch them while the module computes. */
  ahead?(offset: number, length: number): void
}

/** Where one output goes: a FileSystemWritableFileStream is one. All of a job's outputs are closed when it is done, or all are aborted. */
export interface Sink {
  /** Takes the next bytes of the output, and all of them before it returns or resolves: they lie in the module's memory. A number is how many it took. */
  write(bytes: Uint8Array): number | void | Promise<number | void>
  close?(): unknown
  abort?(reason?: unknown): unknown
}

/** done and total are bytes of the work, total 0 as long as nobody knows; tensor is an index in `plan`, or -1; memory is the module's, in bytes. */
export interface Progress { phase: 'opening' | 'reading' | 'writing'; done: number; total: number; tensor: number; memory: number }

/** The part of an AbortSignal that is looked at, between steps. */
export interface Signal { readonly aborted: boolean; readonly reason?: unknown }

/** How a job runs, whatever it does. */
export interface Running {
  /** Told some ten times a second, and at the end. */
  onProgress?: (p: Progress) => void
  /** Aborted, the job rejects with the signal's reason, and what was written is taken back. */
  signal?: Signal
  /** A ternary tensor of floats up to this many bytes is kept in memory and read once; 0: 48 MiB. */
  maxMem?: number
}

export interface Input { name: string; source: Source; group?: 'a' | 'b' | 'tokenizer' }

/** Numbers of docs/abi.md. */
export const kinds = { show: 1, plan: 2, convert: 3, verify: 4, diff: 5, edit: 6, peek: 7 } as const
export type Kind = keyof typeof kinds

/** The command's flags, by their names. */
export type Flags = Record<string, string | number | boolean | string[] | undefined>

export interface Job extends Running {
  inputs: Input[]
  options?: Flags
  /** Makes the outputs, in order; each is asked for when its first byte is there. */
  outputs?: (n: number) => Sink | Promise<Sink>
}

const read = 1, write = 2
const phases = { 1: 'opening', 2: 'reading', 3: 'writing' } as Record<number, Progress['phase']>
const tellEvery = 100, breatheEvery = 25 // ms

/** Runs one job in an instance of its own, and returns the JSON of its result. */
export async function run(module: Compiled, kind: Kind, job: Job): Promise<string> {
  const sinks: Sink[] = []
  try {
    const text = await drive(module, kind, job, sinks)
    for (const s of sinks) await s.close?.()
    return text
  } catch (reason) {
    for (const s of sinks) {
      try { await s.abort?.(reason) } catch { /* the first error is the one to tell */ }
    }
    throw reason
  }
}

async function drive(module: Compiled, kind: Kind, job: Job, sinks: Sink[]): Promise<string> {
  const stop = () => { if (job.signal?.aborted) throw job.signal.reason ?? new DOMException('This operation was aborted', 'AbortError') }
  stop()
  const guest = await Guest.start(module)
  guest.begin(kinds[kind], JSON.stringify({
    inputs: job.inputs.map(x => ({ name: x.name, size: x.source.size, group: x.group ?? 'a' })), options: job.options ?? {}, maxMem: job.maxMem ?? 0,
  }))
  let told = -Infinity, breath = performance.now()
  const tell = (r: Request) => job.onProgress?.({ phase: phases[r.phase] ?? 'opening', done: r.done, total: r.total, tensor: r.tensor, memory: guest.memory })
  let last: Request | undefined
  for (let moved = 0, failed: unknown; ;) {
    stop()
    let r: Request | undefined
    try {
      r = guest.step(moved, failed)
    } catch (error) {
      if (failed instanceof TritkitError) throw failed
      throw noSpace(failed) ? new TritkitError({ code: 'no-space', message: (failed as Error).message, next: 'free some space, or write elsewhere' }, failed) : error
    }
    if (r === undefined) break
    last = r
    const now = performance.now()
    if (now - told >= tellEvery) {
      tell(r)
      told = now
    }
    if (now - breath >= breatheEvery) { // so that timers, events and signals have their turn
      await pause()
      breath = performance.now()
    }
    try {
      const n = serve(r, job, sinks)
      moved = typeof n === 'number' ? n : await n
    } catch (error) {
      stop() // a source that was aborted says so in its own words
      failed = error
      moved = -1
    }
  }
  if (last !== undefined) tell({ ...last, done: last.total })
  return guest.result()
}

/** Moves the bytes of one request. */
function serve(r: Request, job: Job, sinks: Sink[]): number | Promise<number> {
  if (r.op === read) {
    const source = job.inputs[r.file]!.source
    const n = source.read(r.offset, r.bytes)
    if (r.nextLength > 0) source.ahead?.(r.nextOffset, r.nextLength)
    return n
  }
  if (r.op !== write) return 0
  const sink = sinks[r.file - job.inputs.length]
  return sink === undefined ? open(r, job, sinks) : wrote(r, sink.write(r.bytes))
}

async function open(r: Request, job: Job, sinks: Sink[]): Promise<number> {
  if (job.outputs === undefined) throw new TritkitError({ code: 'usage', message: 'tritkit: there is nowhere to write to', next: 'output' })
  const sink = await job.outputs(sinks.length)
  sinks.push(sink)
  return wrote(r, sink.write(r.bytes))
}

function wrote(r: Request, answer: number | void | Promise<number | void>): number | Promise<number> {
  if (typeof answer === 'number') return answer
  return answer instanceof Promise ? answer.then(n => n ?? r.bytes.length) : r.bytes.length
}

const noSpace = (error: unknown) => error instanceof Error && ((error as { code?: unknown }).code === 'ENOSPC' || error.name === 'QuotaExceededError')

/** Lets the event loop turn once. */
function pause(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: (f: () => void) => void }).setImmediate
  if (immediate) return new Promise(done => immediate(done))
  return new Promise(done => {
    const c = new MessageChannel() // setTimeout waits for 4 ms
    c.port1.onmessage = () => { c.port1.close(); done() }
    c.port2.postMessage(null)
  })
}
