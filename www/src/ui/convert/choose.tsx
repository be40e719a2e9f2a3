// The choices of a conversion, by the names of the command's flags.

import type { Fault } from '../../protocol'
import type { Session } from '../session'
import { embds, targets, type Wish } from './targets'

interface Props { s: Session; wish: Wish; type: string; fault: Fault | null; onChange(w: Partial<Wish>): void }

export function Choose({ s, wish, type, fault, onChange }: Props) {
  // A rule is asked for where floats are not declared ternary; where they are, their own rule is right.
  const snaps = wish.snap !== '' || fault?.code === 'not-ternary' || /snap/.test(fault?.next ?? '')
  const apps = s.report.loads.map(l => l.app)
  return (
    <section class="card choose" aria-labelledby="target">
      <h2 id="target" class="visually-hidden">Target</h2>
      <fieldset class="targets">
        <legend>Type of the ternary weights <code>--type</code></legend>
        <div class="target-list">
          {targets.map(t => (
            <label key={t.type} class={t.type === type ? 'target on' : 'target'}>
              <input type="radio" name="type" value={t.type} checked={t.type === type} onChange={() => onChange({ type: t.type })} />
              <span class="target-type">{t.type}</span>
              <span class="target-bits">{t.bits} bits/weight</span>
              <span class="target-what">{t.what}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="fields">
        <label class="field-label"><span>Embedding and head <code>--embd</code></span>
          <select class="select" value={wish.embd} onChange={e => onChange({ embd: e.currentTarget.value })}>
            <option value="">as usual for the target</option>{embds.map(e => <option key={e}>{e}</option>)}
          </select>
        </label>
        <label class="field-label"><span>Must load in <code>--for</code></span>
          <select class="select" value={wish.for} onChange={e => onChange({ for: e.currentTarget.value })}>
            <option value="">nothing in particular</option>{apps.map(a => <option key={a}>{a}</option>)}
          </select>
        </label>
        <label class="field-label"><span>Name in the file <code>--name</code></span>
          <input class="input" type="text" value={wish.name} placeholder={s.report.name || 'as in the source'} onChange={e => onChange({ name: e.currentTarget.value.trim() })} />
        </label>
        {snaps && (
          <label class="field-label"><span>Snap floats by <code>--snap</code></span>
            <select class="select" value={wish.snap} onChange={e => onChange({ snap: e.currentTarget.value })}>
              <option value="">do not</option><option>absmean</option><option>nonzero-mean</option>
            </select>
          </label>
        )}
      </div>
    </section>
  )
}
