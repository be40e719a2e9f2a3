// What was written: where it is, how long it took, and its hash for whoever asks.

import { useMemo } from 'preact/hooks'
import type { Saved } from '../../protocol'
import { bytes, figure, plural, seconds } from '../format'
import { icons } from '../icons'
import { Job } from '../job'
import { Digest } from '../parts/digest'
import { FaultBox } from '../parts/fault'
import { ProgressBox } from '../parts/progress'
import type { Session, Written } from '../session'

export function Finished({ s, written, name, what, again }: { s: Session; written: Written; name: string; what: string; again(): void }) {
  const total = written.saved.reduce((n, f) => n + f.bytes, 0)
  const stored = written.saved.some(f => f.url)
  const done = () => {
    for (const f of written.saved) void f.discard()
    again()
  }
  const losses = (written.result.plan ?? []).filter(x => x.flushed_to_zero || x.scale_error)
  return (
    <>
      <div class="banner good" role="status">
        <icons.done />
        <div>
          <p class="banner-title">{what}</p>
          <p><span class="breaks">{name}</span>: {bytes(total)} in {seconds(written.seconds)}, {bytes(total / Math.max(written.seconds, 0.001))}/s.</p>
        </div>
      </div>
      {losses.length > 0 && (
        <p class="notice info">
          <icons.info />{plural(losses.length, 'tensor')} kept less than exactly: largest relative scale error{' '}
          {figure(Math.max(...losses.map(x => x.scale_error ?? 0)))}, {plural(losses.reduce((n, x) => n + (x.flushed_to_zero ?? 0), 0), 'weight')} too small for f16.
        </p>
      )}
      <ul class="card saved-list">{written.saved.map(f => <One key={f.name} s={s} f={f} />)}</ul>
      {stored && <p class="note">It lies in this browser’s private storage until you leave this model or discard it.</p>}
      <div class="actions">
        <button type="button" class="button" onClick={done}>{stored ? 'Discard and begin again' : 'Begin again'}</button>
      </div>
    </>
  )
}

function One({ s, f }: { s: Session; f: Saved }) {
  const hash = useMemo(() => new Job<string>(), [f])
  const state = hash.state.value
  return (
    <li>
      <div class="saved">
        <icons.file />
        <span class="saved-name mono breaks">{f.name}</span>
        <span class="saved-size">{bytes(f.bytes)}</span>
        <div class="actions">
          {f.url && <a class="button primary small" href={f.url} download={f.name}><icons.down />Save<span class="visually-hidden"> {f.name}</span></a>}
          {state.is === 'idle' && (
            <button type="button" class="button small" onClick={() => void hash.start((tell, signal) => s.engine.sha256(f, tell, signal))}>
              SHA-256<span class="visually-hidden"> of {f.name}</span>
            </button>
          )}
        </div>
      </div>
      {state.is === 'running' && <ProgressBox state={state} what="Hashing" cancel={() => hash.cancel()} />}
      {state.is === 'failed' && <FaultBox fault={state.fault} title="It could not be hashed" />}
      {state.is === 'done' && <Digest label="SHA-256" value={state.value} />}
    </li>
  )
}
