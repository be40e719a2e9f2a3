// A button that copies text and says so: to the eye for two seconds, to a screen reader at once.

import { useSignal } from '@preact/signals'
import { icons } from '../icons'
import { say } from './live'

export function Copy({ text, label = 'Copy', quiet = false }: { text: string; label?: string; quiet?: boolean }) {
  const copied = useSignal(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      if (!bySelection(text)) return say('The browser refused to copy; select the text instead')
    }
    copied.value = true
    say('Copied')
    setTimeout(() => (copied.value = false), 2000)
  }
  return (
    <button type="button" class={quiet ? 'button quiet small icon-only' : 'button quiet small'} onClick={copy} aria-label={quiet ? label : undefined} title={quiet ? label : undefined}>
      {copied.value ? <icons.done /> : <icons.copy />}
      {!quiet && (copied.value ? 'Copied' : label)}
    </button>
  )
}

// Pages served without TLS (a machine in the local network) have no clipboard API.
function bySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  document.body.append(area)
  area.select()
  const ok = document.execCommand('copy')
  area.remove()
  return ok
}
