// What frames every section: the header with the model's name, the sections, the footer.

import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { bytes } from './format'
import { icons } from './icons'
import { Wordmark } from './logo'
import { link, route, sections, setFrom, type Section } from './route'
import { close, session } from './session'
import { theme, type Theme } from './theme'

export const titles: Record<Section, string> = {
  overview: 'Overview', tensors: 'Tensors', metadata: 'Metadata', lens: 'Ternary lens', convert: 'Convert', verify: 'Verify', compare: 'Compare', edit: 'Edit',
}

export function Header() {
  const s = session.value
  return (
    <header class="header">
      <a class="home" href="#" aria-label="Tritkit, start" onClick={e => { e.preventDefault(); back() }}><Wordmark /></a>
      {s && (
        <div class="header-model">
          <p class="header-name" title={s.model.label}>{s.model.label}</p>
          <p class="header-size">{bytes(s.report.bytes)}</p>
        </div>
      )}
      <div class="header-actions">
        {s && <button type="button" class="button quiet" aria-label="Another model" onClick={back}><icons.close /><span>Another model</span></button>}
        <ThemeSwitch />
      </div>
    </header>
  )
}

function back(): void {
  setFrom('')
  close()
}

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const looks = { system: icons.auto, light: icons.sun, dark: icons.moon }

function ThemeSwitch() {
  const Icon = looks[theme.value]
  const label = `Colours: ${theme.value === 'system' ? 'as the system says' : theme.value}`
  return (
    <button type="button" class="button quiet icon-only" aria-label={label} title={label} onClick={() => (theme.value = next[theme.value])}><Icon /></button>
  )
}

export function Sections() {
  const here = route.value.section
  const list = useRef<HTMLUListElement>(null)
  // On a phone the sections are a strip: the current one is brought into it.
  useEffect(() => {
    const item = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (item && list.current) list.current.scrollLeft = item.offsetLeft - list.current.clientWidth / 2 + item.offsetWidth / 2
  }, [here])
  return (
    <nav class="sections" aria-label="Sections">
      <ul ref={list}>
        {sections.map(x => {
          const Icon = icons[x]
          return <li key={x}><a href={link(x)} aria-current={x === here ? 'page' : undefined}><Icon />{titles[x]}</a></li>
        })}
      </ul>
    </nav>
  )
}

/** Whether the page works without a network; told by whoever knows. */
export const offline = signal(false)

export const Footer = () => (
  <footer class="footer">
    <p>Tritkit, the toolkit for ternary language models. Runs in this page, uploads nothing.{offline.value && ' Works offline.'}</p>
  </footer>
)

/** The head of a section. */
export const Title = ({ section, lead }: { section: Section; lead?: string }) => (
  <header class="page-head">
    <h1 id="page-title">{titles[section]}</h1>
    {lead && <p class="lead">{lead}</p>}
  </header>
)
