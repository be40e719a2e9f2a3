// Models out of what a browser has: files that were dropped or picked, blobs, bytes in memory.

import type { Sink, Source } from './job.js'
import type { Model } from './tritkit.js'

/** The part of a Blob that is used. */
export interface BlobLike { readonly size: number; slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } }

/** A model of File objects: of an <input type="file">, with webkitdirectory or multiple, or of a drop. */
export function fromFiles(files: Iterable<BlobLike & { readonly name: string }>): Model {
  return Array.from(files, file => ({ name: file.name, source: fromBlob(file) }))
}

const ahead = 8 << 20 // of what is announced, read at once

/** A source that reads a Blob in pieces, what is announced while the module computes. */
export function fromBlob(blob: BlobLike): Source {
  const get = (offset: number, length: number) => ({ offset, end: offset + length, bytes: blob.slice(offset, offset + length).arrayBuffer() })
  let pieces: ReturnType<typeof get>[] = [] // what is there or under way; the last ones are the newest
  const at = (offset: number) => pieces.find(p => offset >= p.offset && offset < p.end)
  const add = (offset: number, length: number) => {
    const p = get(offset, Math.min(length, blob.size - offset))
    p.bytes.catch(() => {}) // told when the piece is asked for
    pieces = [...pieces.slice(-2), p]
    return p
  }
  return {
    size: blob.size,
    async read(offset, into) {
      if (offset >= blob.size) return 0
      const p = at(offset) ?? add(offset, Math.max(into.length, 64 << 10))
      const found = new Uint8Array(await p.bytes).subarray(offset - p.offset, offset - p.offset + into.length)
      into.set(found)
      return found.length
    },
    ahead(offset, length) {
      const end = Math.min(offset + length, blob.size)
      let from = offset
      for (let p = at(from); p !== undefined && from < end; p = at(from)) from = p.end
      if (from < end && from - offset < ahead) add(from, Math.min(end - from, ahead))
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
