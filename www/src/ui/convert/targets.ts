// What a model can be converted to, and the command line that says the same.

import type { Options, Plan } from '../../protocol'
import { kindOf } from '../parts-of'
import { quote } from '../parts/shell'

export interface Target { type: string; bits: string; what: string }

/** Bits a weight are those of the format: docs/formats.md. */
export const targets: Target[] = [
  { type: 'i2_s', bits: '2', what: 'bitnet.cpp’s own, one scale for a matrix' },
  { type: 'tq2_0', bits: '2.06', what: 'llama.cpp’s, quick to unpack' },
  { type: 'tq1_0', bits: '1.69', what: 'llama.cpp’s, the smallest' },
  { type: 'q2_0', bits: '2.25', what: 'llama.cpp’s, groups of 64' },
  { type: 'hf-packed', bits: '2', what: 'a folder for transformers' },
  { type: 'f16', bits: '16', what: 'floats' },
  { type: 'bf16', bits: '16', what: 'floats' },
  { type: 'f32', bits: '32', what: 'floats' },
]

export const embds = ['f16', 'bf16', 'q8_0', 'q6_k', 'f32']

export interface Wish { type: string; embd: string; snap: string; name: string; for: string }

export const nothingWished: Wish = { type: '', embd: '', snap: '', name: '', for: '' }

/** The options of plan and convert: what was left open is left to the engine, as the command does. */
export const options = (w: Wish): Options => Object.fromEntries(Object.entries(w).filter(([, v]) => v !== ''))

/** The type a plan came out with: that of most ternary weights. A folder is known by its files. */
export function typeOf(plan: Plan): string {
  if (plan.files) return 'hf-packed'
  const tally = new Map<string, number>()
  for (const s of plan.plan) if (kindOf(s.tensor)) tally.set(s.to, (tally.get(s.to) ?? 0) + 1)
  return [...tally].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}

/** As the command names its output where nothing else is said. */
export function outputName(label: string, type: string): string {
  const base = label.replace(/\/$/, '').replace(/.*\//, '').replace(/\.gguf$|\.safetensors$/, '') || 'model'
  return type.startsWith('hf-') ? `${base}-${type}` : `${base}-${type}.gguf`
}

export function command(label: string, w: Wish, out: string): string {
  const flags = Object.entries(options(w)).map(([k, v]) => `--${k} ${quote(String(v))}`)
  return ['trit convert', quote(label), '-o', quote(out), ...flags].join(' ')
}
