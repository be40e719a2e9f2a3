// Two models side by side: the same codes, the same scales, or what differs and how much.

import { useSignal } from '@preact/signals'
import type { Model } from '../../protocol'
import { local, size } from '../files'
import { bytes } from '../format'
import { icons } from '../icons'
import { asFault } from '../job'
import { Command } from '../parts/command'
import { quote } from '../parts/shell'
import { FaultBox } from '../parts/fault'
import { ProgressBox } from '../parts/progress'
import { Segmented } from '../parts/segmented'
import { resolve, type Session } from '../session'
import { Title } from '../shell'
import { ChooseModel } from '../start/choose'
import { Pickers } from '../start/drop'
import { Differences } from './differences'

export function Compare({ s }: { s: Session }) {
  const level = useSignal('scales')
  const choices = useSignal<Model[]>([])
  const other = s.other.value
  const state = s.diff.state.value
  const take = (m: Model | null) => {
    s.diff.cancel()
    s.other.value = m
  }
  const start = () => other && void s.diff.start((tell, signal) => s.engine.run('diff',
    [...s.inputs.map(i => ({ ...i, group: 'a' as const })), ...other.inputs.map(i => ({ ...i, group: 'b' as const }))], { ...s.reading, level: level.value }, tell, signal))
  return (
    <>
      <Title section="compare" lead="Are two files the same model? Codes are compared across types; scales as numbers." />
      <div class="pair">
        <Side letter="A" model={s.model} />
        {other ? <Side letter="B" model={other} onRemove={() => take(null)} /> : (
          <section class="card side open" aria-labelledby="side-b">
            <h2 id="side-b" class="side-letter">B</h2>
            <p>Drop the second model anywhere on this page, or choose it.</p>
            <Pickers onChoice={c => (c.models.length === 1 ? take(c.models[0]!) : (choices.value = c.models))} />
            <FromAfar onModel={take} />
          </section>
        )}
      </div>
      {choices.value.length > 0 && <ChooseModel models={choices.value} onChoose={take} onClose={() => (choices.value = [])} />}
      {other && state.is === 'idle' && (
        <div class="card ask">
          <div class="field-label"><span>What must agree <code>--level</code></span>
            <Segmented label="Level" value={level.value} options={[['codes', 'codes'], ['scales', 'scales'], ['bytes', 'bytes']]} onChange={v => (level.value = v)} />
          </div>
          <p class="note">{levels[level.value]} This reads both models: {bytes(s.report.bytes + size(other))}{local(s.model) && local(other) ? '' : ', what is afar by downloading it'}.</p>
          <div class="actions"><button type="button" class="button primary" onClick={start}><icons.compare />Compare</button></div>
        </div>
      )}
      {state.is === 'running' && <div class="card"><ProgressBox state={state} what="Comparing" cancel={() => s.diff.cancel()} /></div>}
      {state.is === 'failed' && <FaultBox fault={state.fault} title="They cannot be compared"><button type="button" class="button" onClick={() => s.diff.cancel()}>Back</button></FaultBox>}
      {state.is === 'done' && <Differences d={state.value} report={s.report} again={() => s.diff.cancel()} />}
      {other && <Command line={`trit diff ${quote(s.model.label)} ${quote(other.label)} --level ${level.value}${s.flags}`} />}
    </>
  )
}

const levels: Record<string, string> = {
  codes: 'Every trit; scales may differ.',
  scales: 'Every trit, and scales within 2⁻¹⁰ of each other.',
  bytes: 'Every byte of every tensor.',
}

function Side({ letter, model, onRemove }: { letter: string; model: Model; onRemove?(): void }) {
  return (
    <section class="card side" aria-label={`Model ${letter}`}>
      <p class="side-letter" aria-hidden="true">{letter}</p>
      <p class="side-name breaks">{model.label}</p>
      <p class="note">{bytes(size(model))}</p>
      {onRemove && <button type="button" class="button small" onClick={onRemove}>Choose another</button>}
    </section>
  )
}

function FromAfar({ onModel }: { onModel(m: Model): void }) {
  const text = useSignal(''), trouble = useSignal('')
  const look = async (e: Event) => {
    e.preventDefault()
    trouble.value = ''
    try {
      if (text.value.trim()) onModel(await resolve(text.value.trim(), AbortSignal.timeout(30_000)))
    } catch (e) {
      const f = asFault(e)
      trouble.value = `${f.message}. ${f.next}`
    }
  }
  return (
    <form class="remote-form" onSubmit={e => void look(e)}>
      <input class="input" type="text" aria-label="URL or Hub id of the second model" placeholder="owner/name or https://…"
        autocomplete="off" spellcheck={false} value={text.value} onInput={e => (text.value = e.currentTarget.value)} />
      <button type="submit" class="button">Look up</button>
      {trouble.value && <p class="notice error" role="alert"><icons.error />{trouble.value}</p>}
    </form>
  )
}
