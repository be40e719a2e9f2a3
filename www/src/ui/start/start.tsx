// The page before a model is open: what this is, where to drop, and the one field that reaches the network.

import { useSignal } from '@preact/signals'
import type { Model } from '../../protocol'
import { icons } from '../icons'
import { setFrom } from '../route'
import { again, open, opening, openingLabel } from '../session'
import { FaultBox } from '../parts/fault'
import { ProgressBox } from '../parts/progress'
import { ChooseModel } from './choose'
import { Drop } from './drop'
import { Remote } from './remote'

export function Start() {
  const choice = useSignal<Model[]>([])
  const look = (m: Model) => {
    setFrom('') // the address no longer says where the model is
    void open(m)
  }
  const take = (models: Model[]) => {
    if (models.length === 1) look(models[0]!)
    else choice.value = models
  }
  const s = opening.state.value
  return (
    <main id="main" class="start" tabIndex={-1}>
      <div class="start-intro">
        <h1>Know your ternary&nbsp;model.</h1>
        <p class="lead">
          See what is in a 1.58-bit model, check that it is sound, and convert it to what your app loads.
          {' '}In this page, on your machine. Nothing is uploaded.
        </p>
      </div>
      {s.is === 'running' ? (
        <div class="card opening"><ProgressBox state={s} what={`Opening ${openingLabel.value}`} cancel={() => opening.cancel()} /></div>
      ) : (
        <Drop onModels={take} />
      )}
      {s.is === 'failed' && <FaultBox fault={s.fault} title={`${openingLabel.value || 'The model'} does not open`}><Assume code={s.fault.code} /></FaultBox>}
      <Remote />
      <ul class="promises">
        <li><icons.lock /><div><h2>It stays with you</h2><p>The files are read where they lie. There is no server that could see them, no account, no statistics.</p></div></li>
        <li><icons.tensors /><div><h2>Gigabytes are fine</h2><p>Only the parts that are needed are read, a few megabytes at a time. A master of 4.8 GB converts within 64 MiB of memory.</p></div></li>
        <li><icons.convert /><div><h2>The same as trit</h2><p>The page runs the code of the command <code>trit</code>, and writes the same bytes. Each step shows the command for it.</p></div></li>
      </ul>
      {choice.value.length > 0 && <ChooseModel models={choice.value} onChoose={look} onClose={() => (choice.value = [])} />}
    </main>
  )
}

// Some type numbers were used twice. Where sizes do not settle which was meant, the person's word does: --assume.
function Assume({ code }: { code: string }) {
  const text = useSignal('')
  if (code !== 'ambiguous-layout') return null
  return (
    <form class="remote-form" onSubmit={e => { e.preventDefault(); void again({ assume: [text.value.trim()] }) }}>
      <input class="input" type="text" aria-label="What the type number means: NUMBER=TYPE" placeholder="42=q2_0" value={text.value} onInput={e => (text.value = e.currentTarget.value)} />
      <button type="submit" class="button">Open it so</button>
    </form>
  )
}
