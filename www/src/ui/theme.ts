// Light, dark, or as the system says; and what canvases have to know of it.

import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const stored = 'theme'

function remembered(): Theme {
  try {
    const t = localStorage.getItem(stored)
    return t === 'light' || t === 'dark' ? t : 'system'
  } catch {
    return 'system' // storage is refused: the switch works until the page closes
  }
}

export const theme = signal<Theme>(remembered())

/** Counts up when colours change; whoever draws by hand reads it and draws again. */
export const painted = signal(0)

export const still = matchMedia('(prefers-reduced-motion: reduce)')

effect(() => {
  const root = document.documentElement
  if (theme.value === 'system') delete root.dataset.theme
  else root.dataset.theme = theme.value
  try {
    if (theme.value === 'system') localStorage.removeItem(stored)
    else localStorage.setItem(stored, theme.value)
  } catch {
    // see remembered
  }
  painted.value = painted.peek() + 1
})

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => painted.value++)

/** The colour that a CSS variable has now, in a form that canvases take: light-dark() is settled by the browser. */
export function colour(variable: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${variable})`
  document.body.append(probe)
  const c = getComputedStyle(probe).color
  probe.remove()
  return c
}
