// Where files are dropped or picked. It is a region with two buttons, not one large button: a folder and files are picked
// by different dialogs.

import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Model } from '../../protocol'
import { picked, type Choice } from '../files'
import { icons } from '../icons'
import { asFault } from '../job'
import { opening } from '../session'
import { Field } from './field'
import { usePageDrop } from './page-drop'

export function Drop({ onModels }: { onModels(m: Model[]): void }) {
  const over = useSignal(false)
  const take = ({ models }: Choice) => models.length > 0 && onModels(models)
  usePageDrop(over, take, e => (opening.state.value = { is: 'failed', fault: asFault(e) }))
  return (
    <section class={over.value ? 'drop over' : 'drop'} aria-labelledby="drop-title">
      <Field snapped={over} />
      <div class="drop-body">
        <h2 id="drop-title">{over.value ? 'Let go to open it' : 'Drop a model here'}</h2>
        <p>A GGUF, a safetensors file, or a Hugging Face folder with its shards</p>
        <Pickers onChoice={take} />
      </div>
    </section>
  )
}

/** The two dialogs of the browser. */
export function Pickers({ onChoice }: { onChoice(c: Choice): void }) {
  const files = useRef<HTMLInputElement>(null), folder = useRef<HTMLInputElement>(null)
  const pick = (e: Event) => {
    const input = e.currentTarget as HTMLInputElement
    if (input.files?.length) onChoice(picked(input.files))
    input.value = '' // the same file can be picked again
  }
  return (
    <div class="actions">
      <button type="button" class="button primary" onClick={() => files.current?.click()}><icons.file />Choose files</button>
      <button type="button" class="button" onClick={() => folder.current?.click()}><icons.folder />Choose a folder</button>
      <input ref={files} type="file" multiple hidden aria-label="Model files" onChange={pick} />
      <input ref={folder} type="file" {...{ webkitdirectory: true }} hidden aria-label="Model folder" onChange={pick} />
    </div>
  )
}
