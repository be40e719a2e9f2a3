// What a screen reader is told when something changes that nobody focuses.

import { signal } from '@preact/signals'

const message = signal('')

export function say(text: string): void {
  message.value = '' // the same sentence twice is said twice
  requestAnimationFrame(() => (message.value = text))
}

export const Live = () => (
  <div class="visually-hidden" role="status" aria-live="polite">{message.value}</div>
)
