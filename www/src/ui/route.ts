// Where in the page we are, kept in the address after #: #tensors/blk.0.attn_q.weight is a section and what is open in it.
// A link can be sent on; what it cannot carry is the file, which stays on its machine.

import { signal } from '@preact/signals'

export const sections = ['overview', 'tensors', 'metadata', 'lens', 'convert', 'verify', 'compare', 'edit'] as const
export type Section = (typeof sections)[number]

export interface Route { section: Section; detail: string; from: string }

/** #section/detail?from=REF; from is a URL or Hub id to offer in the start state, never to fetch unasked. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const slash = path.indexOf('/')
  const name = slash < 0 ? path : path.slice(0, slash)
  const section = sections.find(s => s === name) ?? 'overview'
  return { section, detail: slash < 0 ? '' : decode(path.slice(slash + 1)), from: new URLSearchParams(query).get('from') ?? '' }
}

// A hash is text that anyone can type: a lone % is no reason to fail.
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function link(section: Section, detail = ''): string {
  const { from } = route.peek()
  const path = detail ? `${section}/${encodeURIComponent(detail)}` : section
  return `#${path}${from ? `?${new URLSearchParams({ from })}` : ''}`
}

export const route = signal<Route>(parse(location.hash))

addEventListener('hashchange', () => (route.value = parse(location.hash)))

export function go(section: Section, detail = ''): void {
  location.hash = link(section, detail)
}

/** Closes what is open in a section, in place of it: going back does not open it again. */
export function shut(): void {
  route.value = { ...route.peek(), detail: '' }
  history.replaceState(null, '', link(route.peek().section))
}

/** Puts where the model came from into the address, or takes it out, without a new entry in the history. */
export function setFrom(from: string): void {
  route.value = { ...route.peek(), from }
  const { section, detail } = route.peek()
  history.replaceState(null, '', link(section, detail))
}
