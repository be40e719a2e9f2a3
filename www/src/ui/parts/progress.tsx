// How far a job is: bytes, rate, an end where one can be foretold, and a way to stop.

import type { State } from '../job'
import { bytes, seconds } from '../format'

const doing = { opening: 'Reading headers', reading: 'Reading weights', writing: 'Writing' }

type Running = Extract<State<unknown>, { is: 'running' }>

export function ProgressBox({ state, what, cancel, detail }: { state: Running; what: string; cancel(): void; detail?: string }) {
  const p = state.progress
  const known = p !== null && p.total > 0
  const share = known ? Math.min(1, p.done / p.total) : undefined
  return (
    <div class="progress-box">
      <div class="progress-head">
        <p class="progress-title">{what}</p>
        <p class="progress-share" aria-hidden="true">{share !== undefined ? `${Math.floor(share * 100)} %` : ''}</p>
      </div>
      <progress class="progress" aria-label={what} {...(known ? { value: p.done, max: p.total } : {})} />
      <p class="progress-figures">
        <span>{p ? doing[p.phase] : 'Starting'}</span>
        {known && <span>{bytes(p.done)} of {bytes(p.total)}</span>}
        {state.rate > 0 && <span>{bytes(state.rate)}/s</span>}
        {state.left !== null && <span>about {seconds(state.left)} left</span>}
        {detail && <span class="breaks">{detail}</span>}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={cancel}>Cancel</button>
      </div>
      <p class="visually-hidden" role="status">{share !== undefined ? `${what}: ${Math.floor(share * 10) * 10} percent` : what}</p>
    </div>
  )
}
