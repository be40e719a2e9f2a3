// A worker that reads ahead of a job: the job's own thread cannot receive bytes while it computes.

/** From the job: a file, by a number of its own; then pieces of it, by numbers of theirs. */
export type Want = { file: number; is: File } | { file: number; piece: number; at: number; length: number }
export type Piece = { piece: number; bytes: ArrayBuffer } | { piece: number; failed: string }

const files = new Map<number, File>()
const reader = new FileReaderSync()

onmessage = e => {
  const w = e.data as Want
  if ('is' in w) {
    files.set(w.file, w.is)
    return
  }
  try {
    const bytes = reader.readAsArrayBuffer(files.get(w.file)!.slice(w.at, w.at + w.length))
    postMessage({ piece: w.piece, bytes } satisfies Piece, { transfer: [bytes] })
  } catch (err) {
    postMessage({ piece: w.piece, failed: (err as Error).message } satisfies Piece)
  }
}
