// The jobs as methods: models in, the command's results out.

import { TritkitError } from './error.js'
import type { Compiled } from './guest.js'
import { run, type Flags, type Input, type Job, type Kind, type Running, type Sink, type Source } from './job.js'
import type { Difference, Edited, Peek, Plan, Report, Verification } from './results.js'

/** The files of one model, by their names without folders: a GGUF alone, or what the model's folder holds. */
export type Model = Iterable<{ name: string; source: Source }>

/** How files are read. */
export interface Reading<M> extends Running {
  /** Layout of i2_s tensors, which their file does not say; x86 unless said. */
  fromLayout?: 'x86' | 'arm64' | 'rows4'
  /** What ambiguous type numbers mean: "42=tq2_0". */
  assume?: string[]
  /** A tokenizer that is not beside the weights. */
  tokenizer?: M
}
/** How floats that nothing declares ternary are snapped. */
export type Snap = 'absmean' | 'nonzero-mean'
export interface ShowOptions<M> extends Reading<M> { stats?: boolean; snap?: Snap }
export interface PlanOptions<M> extends Reading<M> {
  /** What the architecture is mostly used in, unless said. */
  type?: 'i2_s' | 'tq1_0' | 'tq2_0' | 'q2_0' | 'f16' | 'bf16' | 'f32' | 'hf-packed' | 'hf-float'
  /** Type of embedding and head. */
  embd?: 'f16' | 'bf16' | 'q8_0' | 'q6_k' | 'f32'
  snap?: Snap
  /** general.name of the output. */
  name?: string
  /** A runtime that must load the result: what it would get wrong is refused. */
  for?: string
}
export interface ConvertOptions<M, O> extends PlanOptions<M> { output: O }
export interface VerifyOptions<M> extends Reading<M> { /** Headers only. */ quick?: boolean }
export interface DiffOptions<M> extends Reading<M> { /** What must agree; scales unless said. */ level?: 'codes' | 'scales' | 'bytes'; snap?: Snap }
export interface EditOptions<M, O> extends Reading<M> {
  /** KEY: value, whose type is the present value's, else `as`. */
  set?: Record<string, string | number | boolean>
  unset?: string[]
  as?: 'u32' | 'i32' | 'f32' | 'bool' | 'str'
  output: O
}
export interface PeekOptions<M> extends Reading<M> { tensor?: string; key?: string; first?: number; count?: number; find?: string }

/** A GGUF's sink; for a Hugging Face folder a function that makes one for each of its files, in the plan's order. */
export type Output = Sink | ((file: { name: string; bytes: number }) => Sink | Promise<Sink>)

/** Opened is a model whose files can be read until close. */
export interface Opened { files: Model; close?(): void }

/** Target is an output that was made ready: all outputs are written, then commit; or abort. */
export interface Target { output: Output; commit?(): Promise<Record<string, unknown>>; abort?(): Promise<void> | void }

/** Host is what a Tritkit knows of its surroundings: what a model and an output are there. */
export interface Host<M, O> {
  open(model: M): Opened | Promise<Opened>
  target(output: O, folder: boolean, sources: M[]): Target | Promise<Target>
}

/**
 * A compiled module. Each job runs in an instance of its own, so jobs may run side by side, and one that fails leaves the others alone.
 * All methods reject with a TritkitError, or with the signal's reason.
 */
export class Tritkit<M = Model, O = Output> {
  constructor(private readonly module: Compiled, private readonly host: Host<M, O>) {}

  /** What a model is, what is in it, and where it will load. */
  async show(model: M, o: ShowOptions<M> = {}): Promise<Report> { return this.read('show', [model], o, { stats: o.stats, snap: o.snap }) }

  /** What a conversion will write; it reads headers only. */
  async plan(model: M, o: PlanOptions<M> = {}): Promise<Plan> { return this.read('plan', [model], o, conversion(o)) }

  /** Reads every byte: structure, codes, scales, floats, tokenizer. */
  async verify(model: M, o: VerifyOptions<M> = {}): Promise<Verification> { return this.read('verify', [model], o, { quick: o.quick }) }

  /** Compares two models tensor by tensor, whatever packs them. */
  async diff(a: M, b: M, o: DiffOptions<M> = {}): Promise<Difference> { return this.read('diff', [a, b], o, { level: o.level, snap: o.snap }) }

  /** Single values: of a tensor with their bytes, or of a metadata array. */
  async peek(model: M, o: PeekOptions<M>): Promise<Peek> { return this.read('peek', [model], o, { tensor: o.tensor, key: o.key, first: o.first, count: o.count, find: o.find }) }

  /** Writes a model as GGUF, or as a Hugging Face folder. */
  async convert(model: M, o: ConvertOptions<M, O>): Promise<Plan> {
    const files = o.type?.startsWith('hf-') ? (await this.plan(model, { ...o, onProgress: undefined })).files! : undefined
    return this.write('convert', model, o, conversion(o), files)
  }

  /** Copies a GGUF with other metadata; the tensors stay byte for byte. */
  async edit(model: M, o: EditOptions<M, O>): Promise<Edited> {
    const set = Object.entries(o.set ?? {}).map(([k, v]) => `${k}=${v}`)
    return this.write('edit', model, o, { set: set.length > 0 ? set : undefined, unset: o.unset, as: o.as })
  }

  /** Runs any job with the command's flags by their names, and returns the JSON of its result as it is. */
  async run(kind: Kind, job: Job): Promise<string> { return run(this.module, kind, job) }

  private async read<R>(kind: Kind, models: M[], o: Reading<M>, flags: Flags): Promise<R> {
    return JSON.parse(await this.over(models, o, (inputs, how) => run(this.module, kind, { ...how, inputs, options: { ...reading(o), ...flags } })))
  }

  private async write<R extends object>(kind: Kind, model: M, o: Reading<M> & { output: O }, flags: Flags, files?: { name: string; bytes: number }[]): Promise<R> {
    const target = await this.host.target(o.output, files !== undefined, [model])
    try {
      const outputs = (n: number) => {
        if (typeof target.output !== 'function') return target.output
        return target.output(files![n]!)
      }
      if ((typeof target.output === 'function') !== (files !== undefined)) {
        throw new TritkitError({ code: 'usage', message: files ? 'tritkit: a folder needs a sink for each of its files' : 'tritkit: a GGUF is one output', next: files ? 'output: file => sink' : 'output: sink' })
      }
      const result = JSON.parse(await this.over([model], o, (inputs, how) => run(this.module, kind, { ...how, inputs, outputs, options: { ...reading(o), ...flags } })))
      return Object.assign(result, await target.commit?.())
    } catch (error) {
      await target.abort?.()
      throw error
    }
  }

  /** Opens the models and the tokenizer, and closes them again. */
  private async over<R>(models: M[], o: Reading<M>, use: (inputs: Input[], how: Running) => Promise<R>): Promise<R> {
    const opened: Opened[] = []
    const inputs: Input[] = []
    const add = async (model: M, group: 'a' | 'b' | 'tokenizer') => {
      const m = await this.host.open(model)
      opened.push(m)
      for (const f of m.files) inputs.push({ ...f, group })
    }
    try {
      for (const [i, m] of models.entries()) await add(m, i === 0 ? 'a' : 'b')
      if (o.tokenizer !== undefined) await add(o.tokenizer, 'tokenizer')
      return await use(inputs, { onProgress: o.onProgress, signal: o.signal, maxMem: o.maxMem })
    } finally {
      for (const m of opened) m.close?.()
    }
  }
}

const reading = <M>(o: Reading<M>): Flags => ({ 'from-layout': o.fromLayout, assume: o.assume })
const conversion = <M>(o: PlanOptions<M>): Flags => ({ type: o.type, embd: o.embd, snap: o.snap, name: o.name, for: o.for })
