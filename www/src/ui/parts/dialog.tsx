// A native dialog that is open as long as it is shown. The browser keeps the focus in it and gives it back after; here it
// only learns to close on its backdrop and to say that it closed.

import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { icons } from '../icons'

export function Dialog({ title, onClose, wide = false, children }: { title: ComponentChildren; onClose(): void; wide?: boolean; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onClose={onClose}
      onClick={e => e.target === ref.current && ref.current?.close()}
    >
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={id} class="dialog-title">{title}</h2>
          <button type="button" class="button quiet icon-only" aria-label="Close" onClick={() => ref.current?.close()}><icons.close /></button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
