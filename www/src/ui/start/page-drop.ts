// Files dropped anywhere on the page. Without this a file that misses its place would replace the page by itself.

import type { Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { dropped, type Choice } from '../files'

/** over is true while files are held over the page; take is called with what was let go. */
export function usePageDrop(over: Signal<boolean>, take: (c: Choice) => void, failed: (e: unknown) => void): void {
  useEffect(() => {
    let depth = 0 // dragenter of a child comes before dragleave of its parent
    const holds = (e: DragEvent) => e.dataTransfer?.types.includes('Files') ?? false
    const enter = (e: DragEvent) => {
      if (holds(e)) over.value = ++depth > 0
    }
    const leave = (e: DragEvent) => {
      if (holds(e)) over.value = --depth > 0
    }
    const hold = (e: DragEvent) => holds(e) && e.preventDefault()
    const drop = (e: DragEvent) => {
      if (!holds(e)) return
      e.preventDefault()
      depth = 0
      over.value = false
      dropped(e.dataTransfer!).then(take, failed)
    }
    const listeners = { dragenter: enter, dragleave: leave, dragover: hold, drop } as Record<string, (e: DragEvent) => void>
    for (const [type, l] of Object.entries(listeners)) addEventListener(type, l as EventListener)
    return () => {
      for (const [type, l] of Object.entries(listeners)) removeEventListener(type, l as EventListener)
    }
  }, [])
}
