// What the page knows of the engine: models as lists of sources, jobs by their command's name, results as the command's
// own JSON (docs/json.md). Only the worker knows the ABI (docs/abi.md).

/** Where the bytes of one input come from. A URL is read by HTTP ranges; nothing is fetched before a job reads it. */
export type Source = { kind: 'file'; file: File } | { kind: 'url'; url: string; size: number }

/** One file of a model. Diff's second model has group b, a tokenizer from elsewhere has group tokenizer. */
export interface Input { name: string; group?: 'a' | 'b' | 'tokenizer'; source: Source }

/** A model as the user gave it: its files, and what to call it. */
export interface Model { label: string; inputs: Input[] }

/** The jobs that only read, and what they give back. */
export interface Results { show: Report; plan: Plan; verify: Verification; diff: Difference; peek: Peek }

export type Options = Record<string, string | number | boolean | string[]>

/** Progress of a job, at most some ten a second. Bytes; total 0 while nobody knows. */
export interface Progress { phase: 'opening' | 'reading' | 'writing'; done: number; total: number; tensor: number; bytesPerSecond: number; memory: number }

/** Where an output goes: a handle of showSaveFilePicker; private storage and then a download; a download as it is made. */
export type Sink = { kind: 'picker'; handle: FileSystemFileHandle } | { kind: 'folder'; handle: FileSystemDirectoryHandle } | { kind: 'opfs' } | { kind: 'stream' }

/** What this browser can do, found out by trying, and why not where it cannot. */
export interface Abilities { picker: boolean; opfs: boolean; stream: boolean; quota: number; usage: number; why: Partial<Record<'picker' | 'opfs' | 'stream', string>> }

/** An output to be written: its name and, where a plan said it, its exact size. */
export interface Output { name: string; bytes: number | null }

/** A finished output. For opfs, url is an object URL of the file for a download link; discard removes it from storage. */
export interface Saved { name: string; bytes: number; url?: string; discard(): Promise<void> }

export interface Engine {
  abilities(): Promise<Abilities>
  /** Sizes of files behind URLs, by a request of one byte; owner/name is looked up on the Hub. */
  resolve(text: string, signal: AbortSignal): Promise<Model>
  run<K extends keyof Results>(kind: K, inputs: Input[], options: Options, tell: (p: Progress) => void, signal: AbortSignal): Promise<Results[K]>
  /** Runs convert or edit. outputs are what the plan says, in the plan's order; one for a GGUF. Nothing is left after an error or a cancel. */
  write(kind: 'convert' | 'edit', inputs: Input[], options: Options, outputs: Output[], sink: Sink, tell: (p: Progress) => void, signal: AbortSignal): Promise<{ result: Plan; saved: Saved[]; seconds: number }>
  /** SHA-256 of a finished output or a source, in a second worker. */
  sha256(file: File | Saved, tell: (p: Progress) => void, signal: AbortSignal): Promise<string>
}

/** What a job that failed rejects with: the error object of docs/json.md. An aborted one rejects with AbortError. */
export interface Fault { code: string; message: string; file: string; tensor: string; offset: number; next: string }

export interface Tensor { name: string; dtype: string; shape: number[]; file: string; offset: number; bytes: number }
export interface Load { app: string; version: string; date: string; verdict: 'loads' | 'loads-wrong' | 'refuses' | 'unknown'; why: string; next: string }
export interface Finding { severity: 'error' | 'warning' | 'info'; code: string; message: string; tensor: string; fix: string }
/** Numbers beyond 2^53 and non-finite ones are strings. */
export type Num = number | string
export type Value = string | number | boolean | Value[] | { type: string; len: number; first: Value[] }
export interface Trits { negative: number; zero: number; positive: number; sparsity: number; entropy: number; scale_min: Num; scale_max: Num; dead_rows?: number; dead_columns?: number; distance?: Num; histogram?: number[] }
export interface Stats { trit_hash: string; sparsity: number; entropy: number; layers: (Trits & { layer: number })[]; tensors: (Trits & { tensor: string; layer: number })[] }
export interface Report { format: string; arch: string; name: string; parameters: number; file_type: string; bytes: number; metadata: Record<string, Value>; metadata_types?: Record<string, string>; tensors: Tensor[]; loads: Load[]; findings: Finding[]; stats?: Stats }
export interface Step { tensor: string; from: string; action: string; to: string; bytes: number; scale_error?: number; flushed_to_zero?: number }
/** bytes: of the whole output. files: of a folder, in the order they are written; absent for a GGUF. */
export interface Plan { plan: Step[]; notes: string[]; loads: Load[]; bytes: number; files?: { name: string; bytes: number }[] }
export interface Verification { ok: boolean; bytes: number; trit_hash: string; findings: Finding[] }
export interface Difference { same: boolean; level: string; trit_hash_a: string; trit_hash_b: string; tensors: { tensor: string; verdict: string; flipped: number; total: number; scale_error: Num; max_error: Num; rms_error: Num }[]; metadata: { key: string; a: string; b: string }[] }
/** Of a tensor: dequantised values from element first, and the bytes they lie in. Of a metadata array: its elements from first, or with find those that contain the text, with their indices. */
export interface Peek { tensor?: string; key?: string; dtype: string; shape: number[]; first: number; offset?: number; hex?: string; values: Value[]; indices?: number[] }
