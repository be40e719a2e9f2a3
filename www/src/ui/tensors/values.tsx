// Dequantised values, sixteen to a row: of a ternary tensor the colours show the trits at a glance, the numbers are beside.

import type { Peek, Value } from '../../protocol'
import { count, figure } from '../format'

const wide = 16

export function Values({ slice }: { slice: Peek }) {
  const columns = slice.shape.at(-1) ?? 1
  const rows: Value[][] = []
  for (let i = 0; i < slice.values.length; i += wide) rows.push(slice.values.slice(i, i + wide))
  const largest = Math.max(...slice.values.map(v => Math.abs(Number(v))).filter(Number.isFinite), 0)
  return (
    <section aria-labelledby="values-title">
      <h3 id="values-title">Values</h3>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Values">
        <table class="values">
          <thead><tr><th scope="col">Row, column</th>{Array.from({ length: wide }, (_, i) => <th key={i} scope="col">+{i}</th>)}</tr></thead>
          <tbody>
            {rows.map((row, r) => {
              const at = slice.first + r * wide
              return (
                <tr key={at}>
                  <th scope="row">{slice.shape.length > 1 ? `${count(Math.floor(at / columns))}, ${count(at % columns)}` : count(at)}</th>
                  {row.map((v, i) => <td key={i} class={tone(v, largest)}>{figure(v as number | string)}</td>)}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

// Which third of the scale a value lies in, as snapping would see it; strength by colour only where it is a trit.
function tone(v: Value, largest: number): string {
  const x = Number(v)
  if (!Number.isFinite(x)) return 'odd-value'
  if (largest === 0 || Math.abs(x) < largest / 2) return x === 0 ? 'zero' : ''
  return x < 0 ? 'neg' : 'pos'
}
