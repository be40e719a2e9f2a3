// Models out of what a browser has: files that were dropped or picked, blobs, bytes in memory.

import type { Sink, Source } from './job.js'
import type { Model } from './tritkit.js'

/** The part of a Blob that is used. */
export interface BlobLike { readonly size: number; slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } }

/** A model of File objects: of an <input type="file">, with webkitdirectory or multiple, or of a drop. */
export function fromFiles(files: Iterable<BlobLike & { readonly name: string }>): Model {
  return Array.from(files, file => ({ name: file.name, source: fromBlob(file) }))
}

/** A source that reads a Blob piece by piece, the next one while the module computes. */
export function fromBlob(blob: BlobLike): Source {
  let next: { offset: number; length: number; piece: Promise<ArrayBuffer> } | undefined
  const get = (offset: number, length: number) => blob.slice(offset, offset + length).arrayBuffer()
  return {
    size: blob.size,
    async read(offset, into) {
      const ready = next?.offset === offset && next.length === into.length ? next.piece : get(offset, into.length)
      next = undefined
      const piece = new Uint8Array(await ready)
      into.set(piece)
      return piece.length
    },
    ahead(offset, length) {
      const piece = get(offset, length)
      piece.catch(() => {}) // told when the piece is asked for
      next = { offset, length, piece }
    },
  }
}

/** A source in memory. */
export function fromBytes(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read(offset, into) {
      const piece = bytes.subarray(offset, offset + into.length)
      into.set(piece)
      return piece.length
    },
  }
}

/** A sink in memory, for outputs that fit there: `bytes()` joins what was written. */
export class BytesSink implements Sink {
  private readonly pieces: Uint8Array[] = []

  write(bytes: Uint8Array): void { this.pieces.push(bytes.slice()) }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.pieces.reduce((n, p) => n + p.length, 0))
    let at = 0
    for (const p of this.pieces) {
      all.set(p, at)
      at += p.length
    }
    return all
  }
}
