// One piece of work of the engine as the page sees it: not begun, under way, done, failed. Sections show one of these and
// keep it when another section is opened.

import { signal, type Signal } from '@preact/signals'
import type { Fault, Progress } from '../protocol'
import { Rate } from './rate'

export type State<T> =
  | { is: 'idle' }
  | { is: 'running'; progress: Progress | null; rate: number; left: number | null }
  | { is: 'done'; value: T; seconds: number }
  | { is: 'failed'; fault: Fault }

type Work<T> = (tell: (p: Progress) => void, signal: AbortSignal) => Promise<T>

export class Job<T> {
  readonly state: Signal<State<T>> = signal({ is: 'idle' })
  private abort: AbortController | null = null

  get value(): T | null {
    const s = this.state.value
    return s.is === 'done' ? s.value : null
  }

  /** Starts the work; what ran before is cancelled. Never rejects: what went wrong is in state. */
  async start(work: Work<T>): Promise<void> {
    this.abort?.abort()
    const abort = (this.abort = new AbortController())
    const rate = new Rate(), begun = performance.now()
    const mine = (next: State<T>) => {
      if (this.abort === abort) this.state.value = next
    }
    mine({ is: 'running', progress: null, rate: 0, left: null })
    const tell = (p: Progress) => {
      rate.add((performance.now() - begun) / 1000, p.done)
      mine({ is: 'running', progress: p, rate: rate.perSecond || p.bytesPerSecond, left: rate.left(p.total) })
    }
    try {
      const value = await work(tell, abort.signal)
      mine({ is: 'done', value, seconds: (performance.now() - begun) / 1000 })
    } catch (e) {
      mine(abort.signal.aborted ? { is: 'idle' } : { is: 'failed', fault: asFault(e) })
    }
  }

  /** Back to the beginning, whatever was going on. */
  cancel(): void {
    this.abort?.abort()
    this.abort = null
    this.state.value = { is: 'idle' }
  }
}

/** Everything that can be thrown as a fault with a message and a next step. */
export function asFault(e: unknown): Fault {
  if (typeof e === 'object' && e !== null && 'code' in e && 'message' in e && 'next' in e) return e as Fault
  const message = e instanceof Error ? e.message : String(e)
  return { code: 'internal', message, file: '', tensor: '', offset: -1, next: 'reload the page and try again; if it happens again, report it with the file’s name and this message' }
}
