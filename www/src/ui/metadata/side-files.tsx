// The files of a folder. Those that are small and text can be read: config.json says what safetensors do not.

import { useSignal } from '@preact/signals'
import type { Input } from '../../protocol'
import { bytes } from '../format'
import { Copy } from '../parts/copy'
import { Dialog } from '../parts/dialog'

const most = 1 << 20 // bytes that are shown as text

export function SideFiles({ inputs }: { inputs: Input[] }) {
  const open = useSignal<{ name: string; text: string } | null>(null)
  if (inputs.length < 2) return null
  const read = async (file: File) => {
    const text = await file.text()
    open.value = { name: file.name, text }
  }
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files of the folder</h2>
      <div class="card flush scroll-x" tabIndex={0} role="group" aria-label="Files of the folder">
        <table class="table">
          <caption class="visually-hidden">Files of the folder</caption>
          <thead><tr><th scope="col">File</th><th scope="col" class="right">Size</th><th scope="col"><span class="visually-hidden">Read</span></th></tr></thead>
          <tbody>
            {inputs.map(({ name, source }) => (
              <tr key={name}>
                <th scope="row" class="mono breaks">{name}</th>
                <td class="right nowrap">{bytes(source.kind === 'file' ? source.file.size : source.size)}</td>
                <td class="right">
                  {source.kind === 'file' && source.file.size <= most && /\.(json|jinja|md|txt)$/.test(name) && (
                    <button type="button" class="button small" onClick={() => void read(source.file)}>Read<span class="visually-hidden"> {name}</span></button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {open.value && (
        <Dialog wide title={<span class="mono">{open.value.name}</span>} onClose={() => (open.value = null)}>
          <pre class="text" tabIndex={0}>{open.value.text}</pre>
          <div class="actions"><Copy text={open.value.text} /></div>
        </Dialog>
      )}
    </section>
  )
}
