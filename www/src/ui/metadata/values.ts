// Metadata values in words: their type as GGUF names it, and themselves as text.

import type { Report, Value } from '../../protocol'

export interface ArrayValue { type: string; len: number; first: Value[] }

/** An array too long to be in the report: its beginning, and how long it is. */
export const isLong = (v: Value): v is ArrayValue => typeof v === 'object' && !Array.isArray(v)

export function typeOf(r: Report, key: string): string {
  const v = r.metadata[key]
  const exact = r.metadata_types?.[key]
  if (v !== undefined && isLong(v)) return `${v.type} × ${v.len.toLocaleString('en-US')}`
  if (Array.isArray(v)) return `${exact ?? 'array'} × ${v.length}`
  return exact ?? (typeof v === 'string' ? 'string' : typeof v === 'boolean' ? 'bool' : 'number')
}

export const asText = (v: Value): string =>
  typeof v === 'string' ? v : Array.isArray(v) ? v.map(asText).join(', ') : isLong(v) ? v.first.map(asText).join(', ') : String(v)

/** Text with what an eye cannot see made visible: a token may be a newline, or a space. */
export const visible = (s: string): string =>
  s.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, c =>
    c === '\n' ? '⏎' : c === '\t' ? '⇥' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
