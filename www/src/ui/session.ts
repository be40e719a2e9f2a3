// The model that is open, and the work done on it. Opening another one ends all of it.

import { signal } from '@preact/signals'
import type { Abilities, Difference, Engine, Input, Model, Options, Output, Plan, Progress, Report, Results, Saved, Sink, Verification } from '../protocol'
import type { Change } from './changes'
import { nothingWished, type Wish } from './convert/targets'
import { Job } from './job'
import { quote } from './parts/shell'

export interface Written { result: Plan; saved: Saved[]; seconds: number }

let opened = 0

/** What the page knows of one open model: its report at once, the rest when it was asked for. */
export class Session {
  readonly id = ++opened
  readonly stats = new Job<Report>()
  readonly verify = new Job<Verification>()
  readonly plan = new Job<Plan>()
  readonly convert = new Job<Written>()
  readonly diff = new Job<Difference>()
  readonly edit = new Job<Written>()
  /** The second model of compare. */
  readonly other = signal<Model | null>(null)

  /** The choices of convert, and the changes of edit, until they are carried out. */
  readonly wish = signal<Wish>(nothingWished)
  readonly changes = signal<Change[]>([])

  constructor(readonly engine: Engine, readonly model: Model, readonly report: Report, readonly reading: Options) {}

  get inputs(): Input[] {
    return this.model.inputs
  }

  /** The reading options as the command's flags, with a space before. */
  get flags(): string {
    return Object.entries(this.reading).flatMap(([k, v]) => (Array.isArray(v) ? v : [v]).map(x => ` --${k} ${quote(String(x))}`)).join('')
  }

  /** A GGUF has typed metadata that edit can change. */
  get gguf(): boolean {
    return this.report.format === 'gguf'
  }

  run<K extends keyof Results>(kind: K, options: Options, tell: (p: Progress) => void, signal: AbortSignal): Promise<Results[K]> {
    return this.engine.run(kind, this.inputs, { ...this.reading, ...options }, tell, signal)
  }

  write(kind: 'convert' | 'edit', options: Options, outputs: Output[], sink: Sink, tell: (p: Progress) => void, signal: AbortSignal): Promise<Written> {
    return this.engine.write(kind, this.inputs, { ...this.reading, ...options }, outputs, sink, tell, signal)
  }

  /** Whether leaving would lose an output. */
  get unsaved(): boolean {
    return [this.convert, this.edit].some(j => {
      const w = j.state.peek()
      return w.is === 'running' || (w.is === 'done' && w.value.saved.some(f => f.url))
    })
  }

  end(): void {
    for (const j of [this.stats, this.verify, this.plan, this.convert, this.diff, this.edit]) {
      const w = j.state.peek()
      if (w.is === 'done' && 'saved' in (w.value as object)) for (const s of (w.value as Written).saved) void s.discard()
      j.cancel()
    }
  }
}

export const session = signal<Session | null>(null)
export const opening = new Job<void>()
/** What is being opened, to say so. */
export const openingLabel = signal('')
export const abilities = signal<Abilities | null>(null)

let engine: Engine

export function use(e: Engine): void {
  engine = e
  e.abilities().then(a => (abilities.value = a), () => (abilities.value = null))
}

// What was opened last, to try it again with other reading options.
let last: (signal: AbortSignal) => Promise<Model>

/**
 * Opens a model by reading its headers; the one before it stays until this one is known to open. reading holds what no file
 * says of itself: from-layout and assume, which every job is given.
 */
export function open(model: Model, reading: Options = {}): Promise<void> {
  openingLabel.value = model.label
  return start(async () => model, reading)
}

/** Looks a URL or a Hub id up, then opens it. */
export function openRemote(text: string): Promise<void> {
  openingLabel.value = text
  return start(signal => engine.resolve(text, signal), {})
}

/** Opens the same once more, told how to read it. */
export const again = (reading: Options): Promise<void> => start(last, reading)

function start(find: (signal: AbortSignal) => Promise<Model>, reading: Options): Promise<void> {
  return opening.start(async (tell, signal) => {
    last = find
    const model = await find(signal)
    last = async () => model
    const report = await engine.run('show', model.inputs, reading, tell, signal)
    if (!signal.aborted) replace(new Session(engine, model, report, reading))
  })
}

export const resolve = (text: string, signal: AbortSignal): Promise<Model> => engine.resolve(text, signal)

function replace(next: Session | null): void {
  session.peek()?.end()
  session.value = next
}

/** The way back to the start. */
export function close(): void {
  opening.cancel()
  replace(null)
}
