// Metadata of a GGUF, set and removed; the tensors stay byte for byte. The original is never touched: a copy is saved.

import { useSignal } from '@preact/signals'
import { as, asField, command, locked, options, present, trouble, types, type Change, type Type } from './changes'
import { icons } from './icons'
import { asText, visible } from './metadata/values'
import { Command } from './parts/command'
import { Dialog } from './parts/dialog'
import { FaultBox } from './parts/fault'
import { ProgressBox } from './parts/progress'
import { Finished } from './convert/finished'
import { Saving } from './convert/saving'
import type { Session } from './session'
import { Title } from './shell'

export function Edit({ s }: { s: Session }) {
  const list = s.changes
  const work = s.edit.state.value
  const editing = useSignal<string | null>(null) // a key, '' for a new one
  const r = s.report
  if (!s.gguf) {
    return (
      <>
        <Title section="edit" />
        <p class="card empty">Only a GGUF has metadata to edit. In a Hugging Face folder it is in config.json, which any text editor changes; or convert to a GGUF first.</p>
      </>
    )
  }
  const name = s.model.label.replace(/.*\//, '').replace(/(\.gguf)?$/, '-edited.gguf')
  const change = (c: Change) => (list.value = [...list.value.filter(x => x.key !== c.key), c])
  const forget = (key: string) => (list.value = list.value.filter(x => x.key !== key))
  const { why } = as(r, list.value)
  if (work.is === 'running') {
    return (
      <>
        <Title section="edit" />
        <div class="card"><ProgressBox state={work} what={`Writing ${name}`} cancel={() => s.edit.cancel()} /></div>
      </>
    )
  }
  if (work.is === 'done') {
    return (
      <>
        <Title section="edit" />
        <Finished s={s} written={work.value} name={name} what="Saved as a copy" again={() => { list.value = []; s.edit.cancel() }} />
        <Command line={command(s.model.label, name, r, list.value) + s.flags} />
      </>
    )
  }
  return (
    <>
      <Title section="edit" lead="Set or remove metadata. The tensors stay byte for byte, and the original is never touched." />
      <section aria-labelledby="changes">
        <h2 id="changes">Changes</h2>
        {list.value.length === 0 ? <p class="card empty">None yet. Change or remove a key below, or <button type="button" class="button small" onClick={() => (editing.value = '')}>add one</button></p> : (
          <div class="card flush">
            <table class="table metadata">
              <caption class="visually-hidden">Changes</caption>
              <thead><tr><th scope="col">Key</th><th scope="col">Now</th><th scope="col">Then</th><th scope="col"><span class="visually-hidden">Undo</span></th></tr></thead>
              <tbody>{list.value.map(c => (
                <tr key={c.key}>
                  <th scope="row" class="mono breaks">{c.key}</th>
                  <td class="breaks">{c.key in r.metadata ? <del>{visible(asText(r.metadata[c.key]!).slice(0, 120))}</del> : <em>absent</em>}</td>
                  <td class="breaks">{c.value === null ? <em>removed</em> : <ins>{visible(c.value)}</ins>} {c.value !== null && <span class="type">{c.type || present(r, c.key)}</span>}</td>
                  <td class="right"><button type="button" class="button small" onClick={() => forget(c.key)}>Undo<span class="visually-hidden"> the change of {c.key}</span></button></td>
                </tr>
              ))}</tbody>
            </table>
          </div>
        )}
        {why && <p class="notice warning" role="alert"><icons.warning />{why}</p>}
        {work.is === 'failed' && <FaultBox fault={work.fault} title="The copy was not written" />}
        {list.value.length > 0 && (
          <>
            <Saving size={r.bytes} name={name} folder={false} verb="Save a copy" disabled={why !== ''} note="A copy; its size differs from the original's by the changed metadata alone."
              onStart={sink => void s.edit.start((tell, signal) => s.write('edit', options(r, list.value), [{ name, bytes: null }], sink, tell, signal))} />
            <Command line={command(s.model.label, name, r, list.value) + s.flags} />
          </>
        )}
      </section>
      <section aria-labelledby="keys">
        <div class="head-with-action"><h2 id="keys">Keys</h2><button type="button" class="button" onClick={() => (editing.value = '')}>Add a key</button></div>
        <div class="card flush">
          <table class="table metadata">
            <caption class="visually-hidden">Keys of the file</caption>
            <thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col"><span class="visually-hidden">Change</span></th></tr></thead>
            <tbody>{Object.keys(r.metadata).map(k => (
              <tr key={k}>
                <th scope="row" class="mono breaks">{k}</th>
                <td class="breaks">{visible(asText(r.metadata[k]!).slice(0, 120))}</td>
                <td>{locked(k) ? <span class="note nowrap" title="It decides how the tensors are read or computed with; convert from the source instead"><icons.lock />fixed</span> : (
                  <div class="actions tight">
                    {present(r, k) && <button type="button" class="button small" onClick={() => (editing.value = k)}>Change<span class="visually-hidden"> {k}</span></button>}
                    <button type="button" class="button small" onClick={() => change({ key: k, value: null, type: '' })}>Remove<span class="visually-hidden"> {k}</span></button>
                  </div>
                )}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      </section>
      {editing.value !== null && <Form s={s} of={editing.value} onClose={() => (editing.value = null)} onChange={c => { change(c); editing.value = null }} />}
    </>
  )
}

/** One value: of a key there is, whose type stays, or of a new one. */
function Form({ s, of, onClose, onChange }: { s: Session; of: string; onClose(): void; onChange(c: Change): void }) {
  const r = s.report
  const now = present(r, of)
  const was = s.changes.peek().find(c => c.key === of)
  const key = useSignal(of), type = useSignal<Type>(now ?? 'str'), value = useSignal(was?.value ?? asField(r.metadata[of]))
  const tried = useSignal(false)
  const bad = key.value.trim() === '' ? 'A key is needed, such as general.license'
    : /[=\s]/.test(key.value) ? 'A key has no spaces and no ='
    : of === '' && key.value in r.metadata ? 'This key is there already: change it below'
    : locked(key.value) ? 'This key decides how the tensors are read or computed with'
    : trouble(value.value, type.value) && `The value has to be ${trouble(value.value, type.value)}`
  const submit = (e: Event) => {
    e.preventDefault()
    tried.value = true
    if (!bad) onChange({ key: key.value, value: value.value, type: of === '' ? type.value : '' })
  }
  const long = type.value === 'str' && value.value.length > 60
  return (
    <Dialog title={of === '' ? 'Add a key' : 'Change a value'} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <label class="field-label"><span>Key</span>
          <input class="input mono" type="text" value={key.value} readOnly={of !== ''} spellcheck={false} autocomplete="off" onInput={e => (key.value = e.currentTarget.value)} /></label>
        <label class="field-label"><span>Type</span>
          <select class="select" value={type.value} disabled={of !== ''} onChange={e => (type.value = e.currentTarget.value as Type)}>{types.map(t => <option key={t}>{t}</option>)}</select></label>
        <label class="field-label"><span>Value</span>
          {long ? <textarea class="input" rows={8} value={value.value} onInput={e => (value.value = e.currentTarget.value)} />
            : <input class="input" type="text" value={value.value} aria-invalid={tried.value && !!bad} aria-describedby="edit-bad" onInput={e => (value.value = e.currentTarget.value)} />}</label>
        <p id="edit-bad" class="field-error" role="alert">{tried.value && bad}</p>
        <div class="actions"><button type="submit" class="button primary">Use this value</button><button type="button" class="button" onClick={onClose}>Cancel</button></div>
      </form>
    </Dialog>
  )
}
