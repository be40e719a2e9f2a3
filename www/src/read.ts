// A worker that reads ahead of a job: the job's own thread cannot receive bytes while it computes.

/** From the job: a file by a number of its own; a run of its bytes, by another; how much of a run was taken; the end of one. */
export type Want = { file: number; is: File } | { run: number; file: number; at: number; end: number } | { run: number; taken: number } | { run: number; stop: true }
export type Piece = { run: number; bytes: Uint8Array } | { run: number; failed: string }

const ahead = 32 << 20 // of a run that are read before they are taken

interface Run { run: number; file: number; at: number; end: number; left: number; stopped: boolean; wake(): void }

const files = new Map<number, File>()
const runs = new Map<number, Run>()

onmessage = e => {
  const w = e.data as Want
  if ('is' in w) files.set(w.file, w.is)
  else if ('at' in w) {
    const r: Run = { ...w, left: ahead, stopped: false, wake() {} }
    runs.set(r.run, r)
    void read(r)
  } else {
    const r = runs.get(w.run)
    if (!r) return
    if ('stop' in w) r.stopped = true
    else r.left += w.taken
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
  const stream = files.get(r.file)!.slice(r.at, r.end).stream().getReader()
  let left = r.end - r.at
  while (!r.stopped) {
    while (r.left <= 0 && !r.stopped) await new Promise<void>(ok => (r.wake = ok))
    const { value, done } = await stream.read()
    if (done && left > 0) throw new Error('it ends early')
    if (done) return
    left -= value.length
    r.left -= value.length
    postMessage({ run: r.run, bytes: value } satisfies Piece, { transfer: [value.buffer] })
  }
  await stream.cancel()
}
