// The field above a table that narrows it down.

import type { ComponentChildren, RefObject } from 'preact'
import { icons } from '../icons'

interface Props {
  label: string
  placeholder: string
  value: string
  onInput(text: string): void
  onKeyDown?(e: KeyboardEvent): void
  shortcut?: string
  box?: RefObject<HTMLInputElement | null>
  children?: ComponentChildren
}

export const Filter = ({ label, placeholder, value, onInput, onKeyDown, shortcut, box, children }: Props) => (
  <div class="field-with-icon grow">
    <icons.search />
    <input ref={box} class="input" type="search" aria-label={label} aria-keyshortcuts={shortcut} placeholder={placeholder}
      value={value} onInput={e => onInput(e.currentTarget.value)} onKeyDown={onKeyDown} />
    {children}
  </div>
)
