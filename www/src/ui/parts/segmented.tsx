// A choice of a few, all in sight: radio buttons that look like one switch.

import { useId } from 'preact/hooks'

export function Segmented({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange(v: string): void }) {
  const name = useId()
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{label}</legend>
      {options.map(([id, word]) => (
        <label key={id} class={id === value ? 'on' : ''}>
          <input type="radio" name={name} value={id} checked={id === value} onChange={() => onChange(id)} />{word}
        </label>
      ))}
    </fieldset>
  )
}
