// Findings by severity, each with its fix.

import type { Finding } from '../../protocol'
import { icons } from '../icons'
import { link } from '../route'
import { sentence } from './words'

const order = ['error', 'warning', 'info'] as const
const heading = { error: 'Errors', warning: 'Warnings', info: 'Worth knowing' }

export function Findings({ list, level = 3 }: { list: Finding[]; level?: 3 | 4 }) {
  const H = `h${level}` as 'h3'
  return (
    <>
      {order.filter(s => list.some(f => f.severity === s)).map(severity => (
        <section key={severity} class="findings">
          <H class="findings-head">{heading[severity]} <span class="tally">{list.filter(f => f.severity === severity).length}</span></H>
          <ul class="finding-list">
            {list.filter(f => f.severity === severity).map((f, i) => <One key={i} f={f} />)}
          </ul>
        </section>
      ))}
    </>
  )
}

function One({ f }: { f: Finding }) {
  const Icon = icons[f.severity]
  return (
    <li class={`finding ${f.severity}`}>
      <Icon />
      <div>
        <p class="breaks">{sentence(f.message)}</p>
        {f.tensor && <p><a class="mono breaks" href={link('tensors', f.tensor)}>{f.tensor}</a></p>}
        {f.fix && <p class="next"><strong>Fix:</strong> {f.fix}</p>}
        <p class="code-name">{f.code}</p>
      </div>
    </li>
  )
}
