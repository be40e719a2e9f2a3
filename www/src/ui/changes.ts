// Changes of metadata before they are made: what is set and removed, what the engine will be told, and why it cannot be.

import type { Options, Report, Value } from '../protocol'
import { quote } from './parts/shell'
import { isLong } from './metadata/values'

export const types = ['str', 'u32', 'i32', 'u64', 'f32', 'bool'] as const
export type Type = (typeof types)[number]

export interface Change { key: string; value: string | null; type: Type | '' } // value null: removed; type '': as it is now

/** Keys that decide how the tensors are read or computed with: the engine refuses to change them. */
export const locked = (key: string): boolean => key === 'general.architecture' || key === 'general.alignment' || key.endsWith('.hidden_activation')

/** The type a key has now, as edit can write it; null where it cannot: an array, or a number of another width. */
export function present(r: Report, key: string): Type | null {
  const v = r.metadata[key], exact = r.metadata_types?.[key]
  if (v === undefined || Array.isArray(v) || isLong(v)) return null
  if (typeof v === 'string' && (exact === undefined || exact === 'string')) return 'str'
  if (typeof v === 'boolean') return 'bool'
  return types.find(t => t === exact) ?? (exact === undefined ? 'u32' : null)
}

/** Why a text is no value of a type, or ''. */
export function trouble(text: string, type: Type): string {
  switch (type) {
    case 'str': return ''
    case 'bool': return /^(true|false)$/.test(text) ? '' : 'true or false'
    case 'f32': return text.trim() !== '' && Number.isFinite(Number(text)) ? '' : 'a number, such as 0.5 or 1e-5'
    case 'i32': return whole(text, -(2n ** 31n), 2n ** 31n - 1n)
    case 'u32': return whole(text, 0n, 2n ** 32n - 1n)
    case 'u64': return whole(text, 0n, 2n ** 64n - 1n)
  }
}

function whole(text: string, least: bigint, most: bigint): string {
  if (/^-?\d{1,20}$/.test(text) && BigInt(text) >= least && BigInt(text) <= most) return ''
  return `a whole number from ${least} to ${most}`
}

/** One edit has one --as, for all that it sets: the type that every new key needs, or why there is none. */
export function as(r: Report, list: Change[]): { as: Type | ''; why: string } {
  const set = list.filter(c => c.value !== null)
  const need = [...new Set(set.filter(c => !(c.key in r.metadata) && c.type !== 'str').map(c => c.type as Type))]
  if (need.length === 0) return { as: '', why: '' }
  const odd = set.find(c => (c.key in r.metadata ? present(r, c.key) : c.type) !== need[0])
  return need.length === 1 && !odd ? { as: need[0]!, why: '' }
    : { as: '', why: `A new key of type ${need[0]} cannot be set together with values of another type: one edit takes one --as. Save a copy with some of the changes, then edit the copy.` }
}

export function options(r: Report, list: Change[]): Options {
  const set = list.filter(c => c.value !== null).map(c => `${c.key}=${c.value}`), unset = list.filter(c => c.value === null).map(c => c.key)
  const type = as(r, list).as
  return { ...(set.length ? { set } : {}), ...(unset.length ? { unset } : {}), ...(type ? { as: type } : {}) }
}

export function command(label: string, out: string, r: Report, list: Change[]): string {
  const flags = list.map(c => (c.value === null ? `--unset ${quote(c.key)}` : `--set ${quote(`${c.key}=${c.value}`)}`))
  const type = as(r, list).as
  return ['trit edit', quote(label), '-o', quote(out), ...flags, ...(type ? ['--as', type] : [])].join(' ')
}

/** A value as a field holds it. */
export const asField = (v: Value | undefined): string => (v === undefined || Array.isArray(v) || (typeof v === 'object') ? '' : String(v))
