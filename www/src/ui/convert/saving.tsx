// Where to, and go: the last question before work begins.

import { useSignal } from '@preact/signals'
import type { Sink } from '../../protocol'
import { bytes } from '../format'
import { icons } from '../icons'
import { abilities } from '../session'
import { ways, type Way } from './ways'

interface Props { size: number; name: string; folder: boolean; verb: string; note?: string; disabled?: boolean; onStart(s: Sink): void }

export function Saving({ size, name, folder, verb, note, disabled = false, onStart }: Props) {
  const chosen = useSignal<Way['kind'] | ''>('')
  const refused = useSignal('')
  const a = abilities.value
  if (!a) return <p class="card empty" role="status">Finding out what this browser can do…</p>
  const all = ways(a, size, folder)
  const way = all.find(w => w.kind === chosen.value && w.possible) ?? all.find(w => w.possible)
  const start = async () => {
    refused.value = ''
    try {
      if (way) onStart(await sink(way.kind, name))
    } catch (e) {
      if (!(e instanceof DOMException && e.name === 'AbortError')) refused.value = e instanceof Error ? e.message : String(e)
    }
  }
  return (
    <div class="card saving">
      <fieldset class="ways">
        <legend>Where <code class="breaks">{name}</code> goes</legend>
        {all.map(w => (
          <label key={w.kind} class={`way ${w === way ? 'on' : ''} ${w.possible ? '' : 'off'}`}>
            <input type="radio" name="way" checked={w === way} disabled={!w.possible} onChange={() => (chosen.value = w.kind)} />
            <span><strong>{w.word}</strong> <span class="way-what">{w.sentence}</span></span>
          </label>
        ))}
      </fieldset>
      {note && <p class="note">{note}</p>}
      {way ? (
        <div class="actions">
          <button type="button" class="button primary" disabled={disabled} onClick={() => void start()}><icons.convert />{verb}{way.kind === 'picker' || way.kind === 'folder' ? '…' : ''}</button>
          <span class="note">{bytes(size)} will be written.</span>
        </div>
      ) : (
        <p class="notice warning" role="alert"><icons.warning />This browser has no place for {bytes(size)}. Free some disk space, use a browser that writes to files (Chrome, Edge), or run the command below.</p>
      )}
      {refused.value && <p class="notice error" role="alert"><icons.error />The place was refused: {refused.value}</p>}
    </div>
  )
}

// The pickers answer only to a click: they come before anything that waits.
async function sink(kind: Sink['kind'], name: string): Promise<Sink> {
  const w = window as unknown as {
    showSaveFilePicker(o: object): Promise<FileSystemFileHandle>
    showDirectoryPicker(o: object): Promise<FileSystemDirectoryHandle>
  }
  if (kind === 'picker') return { kind, handle: await w.showSaveFilePicker({ suggestedName: name }) }
  if (kind === 'folder') return { kind, handle: await w.showDirectoryPicker({ mode: 'readwrite' }) }
  return { kind }
}
