// Several models were dropped at once: which one?

import type { Model } from '../../protocol'
import { size } from '../files'
import { bytes, plural } from '../format'
import { icons } from '../icons'
import { Dialog } from '../parts/dialog'

export function ChooseModel({ models, onChoose, onClose }: { models: Model[]; onChoose(m: Model): void; onClose(): void }) {
  return (
    <Dialog title="Several models: which one?" onClose={onClose}>
      <ul class="choices">
        {models.map(m => (
          <li key={m.label}>
            <button type="button" class="choice" onClick={() => { onClose(); onChoose(m) }}>
              {m.inputs.length > 1 ? <icons.folder /> : <icons.file />}
              <span class="choice-name breaks">{m.label}</span>
              <span class="choice-size">{m.inputs.length > 1 && `${plural(m.inputs.length, 'file')}, `}{bytes(size(m))}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
