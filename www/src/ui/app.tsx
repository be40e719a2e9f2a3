// The whole page: a header, then either the start or the open model with its sections.

import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Compare } from './compare/compare'
import { Convert } from './convert/convert'
import { Edit } from './edit'
import { Lens } from './lens/lens'
import { Metadata } from './metadata/metadata'
import { Overview } from './overview'
import { Live } from './parts/live'
import { route, type Section } from './route'
import { session, type Session } from './session'
import { Footer, Header, Sections } from './shell'
import { Start } from './start/start'
import { Stray } from './start/stray'
import { Tensors } from './tensors/tensors'
import { Verify } from './verify'

const pages: Record<Section, ComponentType<{ s: Session }>> = {
  overview: Overview, tensors: Tensors, metadata: Metadata, lens: Lens, convert: Convert, verify: Verify, compare: Compare, edit: Edit,
}

export function App() {
  const s = session.value
  return (
    <>
      <a class="skip" href="#main" onClick={e => { e.preventDefault(); document.getElementById('main')?.focus() }}>Skip to the content</a>
      <Header />
      {s ? <Open key={s.id} s={s} /> : <Start />}
      <Footer />
      <Live />
    </>
  )
}

function Open({ s }: { s: Session }) {
  const { section } = route.value
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  const Page = pages[section]
  useEffect(() => {
    document.title = `${s.model.label} · ${section} · Tritkit`
    // A new section begins at its top, for the eye and for the keyboard.
    main.current?.focus({ preventScroll: true })
    if (!first.current) scrollTo(0, 0)
    first.current = false
    return () => (document.title = 'Tritkit')
  }, [section, s])
  useEffect(() => {
    // What is being written, or waits in the browser's storage, is lost with the page.
    const ask = (e: BeforeUnloadEvent) => { if (s.unsaved) e.preventDefault() }
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [s])
  return (
    <div class="model">
      <Sections />
      <main id="main" class={`page page-${section}`} ref={main} tabIndex={-1} aria-labelledby="page-title">
        <Page s={s} />
      </main>
      <Stray s={s} />
    </div>
  )
}
