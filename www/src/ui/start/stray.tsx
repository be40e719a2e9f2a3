// Files dropped while a model is open: to look at instead, or to compare with. In Compare itself it is clear.

import { useSignal } from '@preact/signals'
import type { Model } from '../../protocol'
import { asFault } from '../job'
import { Dialog } from '../parts/dialog'
import { FaultBox } from '../parts/fault'
import { ProgressBox } from '../parts/progress'
import { go, route, setFrom } from '../route'
import { open, opening, openingLabel, type Session } from '../session'
import { ChooseModel } from './choose'
import { usePageDrop } from './page-drop'

export function Stray({ s }: { s: Session }) {
  const over = useSignal(false)
  const models = useSignal<Model[]>([])
  const chosen = useSignal<Model | null>(null)
  usePageDrop(over, c => {
    if (c.models.length > 1) models.value = c.models
    else take(c.models[0])
  }, e => (opening.state.value = { is: 'failed', fault: asFault(e) }))
  const take = (m: Model | undefined) => {
    if (m && route.peek().section === 'compare') s.other.value = m
    else chosen.value = m ?? null
  }
  const state = opening.state.value
  if (state.is === 'running') {
    return <Dialog title="Opening" onClose={() => opening.cancel()}><ProgressBox state={state} what={`Opening ${openingLabel.value}`} cancel={() => opening.cancel()} /></Dialog>
  }
  if (state.is === 'failed') {
    return <Dialog title="It does not open" onClose={() => opening.cancel()}><FaultBox fault={state.fault} title={openingLabel.value} /></Dialog>
  }
  if (models.value.length > 0) return <ChooseModel models={models.value} onChoose={take} onClose={() => (models.value = [])} />
  const m = chosen.value
  if (m) {
    const done = () => (chosen.value = null)
    return (
      <Dialog title="What shall be done with it?" onClose={done}>
        <p class="breaks">{m.label}</p>
        <div class="actions">
          <button type="button" class="button primary" onClick={() => { done(); setFrom(''); void open(m) }}>Open it instead</button>
          <button type="button" class="button" onClick={() => { done(); s.other.value = m; go('compare') }}>Compare with it</button>
        </div>
      </Dialog>
    )
  }
  return over.value ? <div class="veil" aria-hidden="true"><p>{route.value.section === 'compare' ? 'Let go to compare with it' : 'Let go to open or compare it'}</p></div> : null
}
