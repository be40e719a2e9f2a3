// The share of −1, 0 and +1 in all ternary weights, as one bar with its numbers.

import type { Stats } from '../../protocol'
import { compact, percent } from '../format'

export function Ratio({ stats }: { stats: Stats }) {
  const sum = (key: 'negative' | 'zero' | 'positive') => stats.tensors.reduce((n, t) => n + t[key], 0)
  const trits = [
    { sign: '−1', tone: 'neg', n: sum('negative') },
    { sign: '0', tone: 'zero', n: sum('zero') },
    { sign: '+1', tone: 'pos', n: sum('positive') },
  ]
  const all = trits.reduce((n, t) => n + t.n, 0) || 1
  return (
    <figure class="ratio">
      <figcaption class="visually-hidden">Share of each trit</figcaption>
      <ul>
        {trits.map(t => (
          <li key={t.sign} class={t.tone} style={{ '--share': t.n / all }}>
            <span class="ratio-bar" aria-hidden="true" />
            <span class="ratio-sign">{t.sign}</span>
            <span class="ratio-share">{percent(t.n / all, 1)}</span>
            <span class="ratio-count">{compact(t.n)}</span>
          </li>
        ))}
      </ul>
    </figure>
  )
}
