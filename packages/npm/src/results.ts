// What the jobs give back: the command's own JSON, described in docs/json.md. Objects may gain members; these stay.

/** Numbers beyond 2^53 and non-finite ones are strings. */
export type Num = number | string
/** A value of metadata; an array of more than 8 elements is cut to its first. */
export type Value = string | number | boolean | Value[] | { type: string; len: number; first: Value[] }

/** shape: slowest dimension first; offset: absolute in file. */
export interface Tensor { name: string; dtype: string; shape: number[]; file: string; offset: number; bytes: number }
/** What an application makes of the model; loads-wrong: it loads, and computes something else. */
export interface Load { app: string; version: string; date: string; verdict: 'loads' | 'loads-wrong' | 'refuses' | 'unknown'; why: string; next: string }
export interface Finding { severity: 'error' | 'warning' | 'info'; code: string; message: string; tensor: string; fix: string }
export interface Trits {
  negative: number; zero: number; positive: number; sparsity: number; entropy: number; scale_min: Num; scale_max: Num
  dead_rows?: number; dead_columns?: number
  /** Where the weights are floats: root of Σ(w − trit·scale)²/Σw², and 24 counts of |w|/scale in steps of 0.125. */
  distance?: Num; histogram?: number[]
}
export interface Stats { trit_hash: string; sparsity: number; entropy: number; layers: (Trits & { layer: number })[]; tensors: (Trits & { tensor: string; layer: number })[] }

/** Of show; stats where they were asked for. */
export interface Report {
  format: string; arch: string; name: string; parameters: number; file_type: string; bytes: number
  metadata: Record<string, Value>; metadata_types: Record<string, string>; tensors: Tensor[]; loads: Load[]; findings: Finding[]; stats?: Stats
}
export interface Step { tensor: string; from: string; action: string; to: string; bytes: number; scale_error?: number; flushed_to_zero?: number }
/** Of plan and convert. bytes: of all that is written. files: of a folder, in the order they are written; absent for a GGUF. */
export interface Plan { plan: Step[]; notes: string[]; loads: Load[]; bytes: number; files?: { name: string; bytes: number }[] }
export interface Verification { ok: boolean; bytes: number; trit_hash: string; findings: Finding[] }
/** a and b of metadata are JSON texts, "" where a model lacks the key. */
export interface Difference {
  same: boolean; level: 'codes' | 'scales' | 'bytes'; trit_hash_a: string; trit_hash_b: string
  tensors: { tensor: string; verdict: 'equal' | 'same-codes' | 'flipped' | 'differs' | 'only-a' | 'only-b'; flipped: number; total: number; scale_error: Num; max_error: Num; rms_error: Num }[]
  metadata: { key: string; a: string; b: string }[]
}
export interface Edited { bytes: number }
/** Of a tensor: dequantised values from element first on, and the bytes (hex) they lie in, from offset in file. Of a metadata array: its elements, with find those that contain the text and their indices. */
export interface Peek { tensor?: string; key?: string; dtype: string; shape: number[]; first: number; file?: string; offset?: number; hex?: string; values: Value[]; indices?: number[] }
