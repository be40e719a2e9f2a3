// Where an output can go in this browser, said in sentences before any work starts.

import type { Abilities, Sink } from '../../protocol'
import { bytes } from '../format'

export interface Way {
  kind: Sink['kind']
  word: string
  /** What happens, or why it cannot. */
  sentence: string
  possible: boolean
}

/** The ways for an output of size bytes, best first. A folder has several files: no browser saves those in one download. */
export function ways(a: Abilities, size: number, folder: boolean): Way[] {
  const free = Math.max(0, a.quota - a.usage)
  const direct: Way = folder
    ? {
      kind: 'folder', word: 'Into a folder of yours', possible: a.picker && 'showDirectoryPicker' in window,
      sentence: a.picker ? 'You choose a folder, and the files are written straight into it.' : a.why.picker ?? 'This browser cannot write into a folder.',
    }
    : {
      kind: 'picker', word: 'Straight to a file', possible: a.picker,
      sentence: a.picker ? 'You choose where, and it is written there as it is made: nothing is kept twice.' : a.why.picker ?? 'This browser cannot write to a file that you choose.',
    }
  const storage: Way = {
    kind: 'opfs', word: 'Through the browser’s storage', possible: a.opfs && free >= size,
    sentence: !a.opfs ? a.why.opfs ?? 'This browser gives pages no storage for files.'
      : free >= size ? `Made in this browser’s private storage (${bytes(free)} free there), then downloaded ${folder ? 'file by file' : 'from it'}. It takes its size twice until then.`
      : `It needs ${bytes(size)}, and this browser’s storage has ${bytes(free)} for this page.`,
  }
  const stream: Way = {
    kind: 'stream', word: 'As a download', possible: a.stream,
    sentence: a.stream ? 'Downloaded while it is made. Keep this page open until it is done.' : a.why.stream ?? 'This browser cannot download while a page still writes.',
  }
  return folder ? [direct, storage] : [direct, storage, stream]
}
