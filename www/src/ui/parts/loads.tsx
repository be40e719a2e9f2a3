// Which applications load a file: verdict, why, what helps, and when it was looked up. Alike answers share a row, so that
// what differs stands out.

import type { Load } from '../../protocol'
import { icons } from '../icons'
import { capital } from './words'

const verdicts = {
  loads: { word: 'Loads', icon: icons.done },
  'loads-wrong': { word: 'Loads, computes wrongly', icon: icons.warning },
  refuses: { word: 'Refuses', icon: icons.error },
  unknown: { word: 'Not known', icon: icons.unknown },
}

const order = Object.keys(verdicts)

interface Row { apps: Load[]; verdict: Load['verdict']; why: string; next: string }

function rows(loads: Load[]): Row[] {
  const list: Row[] = []
  for (const l of loads) {
    const same = list.find(r => r.verdict === l.verdict && r.why === l.why && r.next === l.next)
    if (same) same.apps.push(l)
    else list.push({ apps: [l], verdict: l.verdict, why: l.why, next: l.next })
  }
  return list.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
}

export function Loads({ loads, caption }: { loads: Load[]; caption: string }) {
  if (loads.length === 0) return <p class="empty">No application is known to read this kind of file, or the architecture is not one that was looked at.</p>
  return (
    <table class="table loads">
      <caption class="visually-hidden">{caption}</caption>
      <thead><tr><th scope="col">Application</th><th scope="col">Verdict</th><th scope="col">Why, and what helps</th></tr></thead>
      <tbody>
        {rows(loads).map(r => {
          const v = verdicts[r.verdict]
          return (
            <tr key={r.apps[0]!.app}>
              <th scope="row">
                {r.apps.map(a => (
                  <span key={a.app} class="app">
                    {a.app} <span class="app-version">{a.version}, looked up {a.date}</span>
                  </span>
                ))}
              </th>
              <td><span class={`verdict ${r.verdict}`}><v.icon />{v.word}</span></td>
              <td>
                <p>{capital(r.why)}</p>
                {r.next && <p class="next">{capital(r.next)}</p>}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** "Loads in bitnet.cpp and bitnet.c" — the answer in a line. */
export function summary(loads: Load[]): string {
  const yes = loads.filter(l => l.verdict === 'loads').map(l => l.app)
  if (yes.length === 0) return 'No application that was looked at loads it'
  const last = yes.pop()!
  return `Loads in ${yes.length ? `${yes.join(', ')} and ` : ''}${last}`
}
