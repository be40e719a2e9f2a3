// The metadata: every key with its type and value; long arrays and long texts open on their own.

import { useComputed, useSignal } from '@preact/signals'
import type { Value } from '../../protocol'
import { count, plural } from '../format'
import { Copy } from '../parts/copy'
import { Dialog } from '../parts/dialog'
import { Filter } from '../parts/filter'
import { link, route, shut } from '../route'
import type { Session } from '../session'
import { Title } from '../shell'
import { Elements } from './elements'
import { SideFiles } from './side-files'
import { asText, isLong, typeOf, visible } from './values'

const clip = 160 // characters of a text that fit a row

export function Metadata({ s }: { s: Session }) {
  const m = s.report.metadata
  const text = useSignal('')
  const keys = useComputed(() => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean)
    return Object.keys(m).filter(k => words.every(w => `${k} ${asText(m[k]!)}`.toLowerCase().includes(w)))
  })
  const all = Object.keys(m).length
  const open = route.value.detail
  const value = Object.hasOwn(m, open) ? m[open] : undefined
  const template = m['tokenizer.chat_template']
  return (
    <>
      <Title section="metadata" />
      {all === 0 ? <p class="card empty">{s.gguf ? 'This file has no metadata.' : 'Safetensors hold no metadata of the model: it is in the files beside them.'}</p> : (
        <>
          <div class="toolbar">
            <Filter label="Filter metadata by key or value" placeholder="Filter: key or value" value={text.value} onInput={t => (text.value = t)} />
            <p class="tally-line" role="status">{keys.value.length === all ? plural(all, 'key') : `${keys.value.length} of ${all} keys`}</p>
          </div>
          <div class="card flush">
            <table class="table metadata typed">
              <caption class="visually-hidden">Metadata</caption>
              <thead><tr><th scope="col">Key</th><th scope="col">Type</th><th scope="col">Value</th></tr></thead>
              <tbody>{keys.value.map(k => <Row key={k} name={k} type={typeOf(s.report, k)} v={m[k]!} />)}</tbody>
            </table>
            {keys.value.length === 0 && <p class="empty">No key or value has “{text.value}” in it.</p>}
          </div>
        </>
      )}
      {typeof template === 'string' && (
        <section aria-labelledby="template">
          <div class="head-with-action"><h2 id="template">Chat template</h2><Copy text={template} /></div>
          <pre class="card text" tabIndex={0} aria-label="Chat template">{template}</pre>
        </section>
      )}
      <SideFiles inputs={s.inputs} />
      {value !== undefined && isLong(value) && <Elements s={s} name={open} value={value} onClose={shut} />}
      {typeof value === 'string' && (
        <Dialog wide title={<span class="mono breaks">{open}</span>} onClose={shut}>
          <pre class="text" tabIndex={0}>{value}</pre>
          <div class="actions"><Copy text={value} /></div>
        </Dialog>
      )}
    </>
  )
}

function Row({ name, type, v }: { name: string; type: string; v: Value }) {
  return (
    <tr>
      <th scope="row" class="mono breaks">{name}</th>
      <td><span class="type">{type}</span></td>
      <td class="value">{isLong(v) ? (
        <>
          <span class="elements">{v.first.slice(0, 6).map((x, i) => <span key={i} class="element">{visible(asText(x))}</span>)}<span aria-hidden="true">…</span></span>
          <a class="button small" href={link('metadata', name)}>Look through {count(v.len)}<span class="visually-hidden"> elements of {name}</span></a>
        </>
      ) : asText(v).length > clip ? (
        <>
          <span class="breaks">{visible(asText(v).slice(0, clip))}…</span>{' '}
          {typeof v === 'string' && <a class="button small" href={link('metadata', name)}>Show all<span class="visually-hidden"> of {name}</span></a>}
        </>
      ) : <span class={typeof v === 'string' ? 'breaks' : 'mono breaks'}>{v === '' ? <em>empty</em> : visible(asText(v))}</span>}</td>
    </tr>
  )
}
