// What went wrong and what to do next: the error object of docs/json.md, for people.

import type { ComponentChildren } from 'preact'
import type { Fault } from '../../protocol'
import { icons } from '../icons'
import { sentence } from './words'

export function FaultBox({ fault, title, children }: { fault: Fault; title: string; children?: ComponentChildren }) {
  // Most messages say where by themselves.
  const where = [fault.file, fault.tensor, fault.offset >= 0 ? `offset ${fault.offset}` : ''].filter(w => w && !fault.message.includes(w)).join(' · ')
  return (
    <div class="notice error" role="alert">
      <icons.error />
      <div class="notice-body">
        <p class="notice-title">{title}</p>
        <p class="breaks">{sentence(fault.message)}</p>
        {where && <p class="where">{where}</p>}
        {fault.next && <p class="next"><strong>Next:</strong> {fault.next}</p>}
        <p class="code-name">{fault.code}</p>
        {children && <div class="actions">{children}</div>}
      </div>
    </div>
  )
}

