// The bytes of a slice, sixteen to a line with their offset in the file.

import type { Peek } from '../../protocol'
import { hex as offset } from '../format'

const wide = 16

export function Hex({ slice }: { slice: Peek }) {
  const text = slice.hex ?? ''
  if (text === '') return null
  const lines: string[] = []
  for (let i = 0; i < text.length; i += 2 * wide) {
    const pairs = text.slice(i, i + 2 * wide).match(/../g) ?? []
    lines.push(`${offset((slice.offset ?? 0) + i / 2)}  ${pairs.slice(0, 8).join(' ').padEnd(23)}  ${pairs.slice(8).join(' ').padEnd(23)}  ${ascii(pairs)}`)
  }
  return (
    <section aria-labelledby="hex-title">
      <h3 id="hex-title">Bytes</h3>
      <pre class="hex" tabIndex={0} aria-label={`Bytes in hexadecimal, from offset ${slice.offset}`}>{lines.join('\n')}</pre>
    </section>
  )
}

const ascii = (pairs: string[]): string => pairs.map(p => {
  const c = parseInt(p, 16)
  return c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : '·'
}).join('')
