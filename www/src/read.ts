// A worker that reads ahead of a job: the job's own thread cannot receive bytes while it computes.

/** From the job: a file by a number of its own; a run of its bytes, by another; a piece's memory, once it is taken; the end of a run. */
export type Want = { file: number; is: File } | { run: number; file: number; at: number; end: number } | { run: number; back: ArrayBuffer } | { run: number; stop: true }
export type Piece = { run: number; bytes: Uint8Array<ArrayBuffer> } | { run: number; failed: string }

const size = 1 << 20 // of a piece
const ahead = 32 // pieces of a run that are read before they are taken

interface Reading { next(left: number): Promise<Uint8Array<ArrayBuffer> | undefined>; cancel(): Promise<void> }

interface Run { run: number; file: number; at: number; end: number; out: number; stopped: boolean; wake(): void; reading?: Reading }

const files = new Map<number, File>()
const runs = new Map<number, Run>()
const spare: ArrayBuffer[] = []

onmessage = e => {
  const w = e.data as Want
  if ('is' in w) files.set(w.file, w.is)
  else if ('at' in w) {
    const r: Run = { ...w, out: 0, stopped: false, wake() {} }
    runs.set(r.run, r)
    void read(r)
  } else {
    if ('back' in w && w.back.byteLength === size && spare.length < ahead) spare.push(w.back)
    const r = runs.get(w.run)
    if (!r) return
    if ('stop' in w) r.stopped = true
    else r.out--
    r.wake()
  }
}

async function read(r: Run): Promise<void> {
  try {
    await all(r)
  } catch (err) {
    postMessage({ run: r.run, failed: (err as Error).message } satisfies Piece)
  }
  runs.delete(r.run)
}

async function all(r: Run): Promise<void> {
  r.reading = reading(files.get(r.file)!.slice(r.at, r.end).stream())
  let left = r.end - r.at
  while (left > 0) {
    while (r.out >= ahead && !r.stopped) await new Promise<void>(ok => (r.wake = ok))
    if (r.stopped) break
    const bytes = await r.reading.next(left)
    if (!bytes) throw new Error('it ends early')
    left -= bytes.length
    r.out++
    postMessage({ run: r.run, bytes } satisfies Piece, { transfer: [bytes.buffer] })
  }
  await r.reading.cancel()
}

/**
 * Reads a stream piece by piece, into memory that was used before where the browser can. The reader must be held by what
 * outlives the wait: Chromium 156 collects one that only a waiting function knows, and its bytes never come.
 */
function reading(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Reading {
  let byob: ReadableStreamBYOBReader
  try {
    byob = stream.getReader({ mode: 'byob' })
  } catch {
    const plain = stream.getReader()
    return { next: async () => (await plain.read()).value, cancel: () => plain.cancel() }
  }
  return {
    async next(left) {
      const length = Math.min(size, left)
      let memory = spare.pop() ?? new ArrayBuffer(size)
      for (let n = 0; n < length; ) {
        const { value, done } = await byob.read(new Uint8Array(memory, n, length - n))
        if (done) return undefined
        memory = value.buffer as ArrayBuffer
        n += value.length
      }
      return new Uint8Array(memory, 0, length)
    },
    cancel: () => byob.cancel(),
  }
}
