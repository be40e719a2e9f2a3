// A model that lies elsewhere. This is the only part of the page that makes it reach out, and it says so.

import { useSignal } from '@preact/signals'
import { icons } from '../icons'
import { route, setFrom } from '../route'
import { openRemote } from '../session'

export function Remote() {
  const text = useSignal(route.value.from)
  const submit = (e: Event) => {
    e.preventDefault()
    const ref = text.value.trim()
    if (ref === '') return
    setFrom(ref)
    void openRemote(ref)
  }
  return (
    <section class="remote" aria-labelledby="remote-title">
      <h2 id="remote-title">Or look at one from afar</h2>
      <form class="remote-form" onSubmit={submit}>
        <label class="visually-hidden" for="remote">A URL, or a model on the Hugging Face Hub</label>
        <div class="field-with-icon">
          <icons.globe />
          <input id="remote" class="input" type="text" inputMode="url" autocomplete="off" autocapitalize="off" spellcheck={false}
            placeholder="owner/name or https://…/model.gguf" aria-describedby="remote-note"
            value={text.value} onInput={e => (text.value = e.currentTarget.value)} />
        </div>
        <button type="submit" class="button">Read the header</button>
      </form>
      <p id="remote-note" class="note">
        Only the header is read, by range requests straight from that address. This is the one thing here that leaves your machine: the site learns which file you asked for.
      </p>
    </section>
  )
}
