// Outputs that are whole or absent: written under another name in the target's folder, synced, and renamed at the end.

import { createHash, randomBytes, type Hash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { TritkitError } from './error.js'
import type { Sink } from './job.js'
import { local, type Path } from './node-input.js'
import type { Target } from './tritkit.js'

interface Wanted { path: Path; force?: boolean; sha256?: boolean }

const weightsName = 'model.safetensors'
const temporary = (target: string) => path.join(path.dirname(target), `.tritkit-${randomBytes(8).toString('hex')}.tmp`)

/** One file. */
export function createFile(wanted: Wanted, sources: Path[]): Target {
  const target = path.resolve(local(wanted.path))
  refuse(target, sources, fs.existsSync(target) && !wanted.force)
  const sink = new FileSink(temporary(target), wanted.sha256)
  return {
    output: sink,
    async commit() {
      await fs.promises.rename(sink.path, target)
      return result(wanted, sink)
    },
    abort: () => sink.abort(),
  }
}

/** A folder; one that is empty counts as absent. */
export function createFolder(wanted: Wanted, sources: Path[]): Target {
  const target = path.resolve(local(wanted.path))
  const there = fs.existsSync(target)
  refuse(target, sources, there && !wanted.force && !(fs.statSync(target).isDirectory() && fs.readdirSync(target).length === 0))
  const dir = temporary(target)
  fs.mkdirSync(dir)
  let weights: FileSink | undefined
  return {
    output: file => {
      const sink = new FileSink(path.join(dir, file.name), wanted.sha256 && file.name === weightsName)
      if (file.name === weightsName) weights = sink
      return sink
    },
    async commit() {
      const aside = `${dir}.old`
      if (fs.existsSync(target)) await fs.promises.rename(target, aside)
      try {
        await fs.promises.rename(dir, target)
      } catch (error) {
        if (fs.existsSync(aside)) await fs.promises.rename(aside, target)
        throw error
      }
      await fs.promises.rm(aside, { recursive: true, force: true })
      return result(wanted, weights)
    },
    abort: () => fs.promises.rm(dir, { recursive: true, force: true }),
  }
}

const result = (wanted: Wanted, sink?: FileSink) => ({ output: local(wanted.path), ...(sink?.sha256 && { sha256: sink.sha256 }) })

/** Refuses to write over what is there, and over or around a source. */
function refuse(target: string, sources: Path[], exists: boolean): void {
  const same = (a: string, b: string) => fs.existsSync(a) && fs.existsSync(b) && fs.realpathSync(a) === fs.realpathSync(b)
  for (const s of sources.map(local)) {
    if (same(s, target) || fs.existsSync(s) && fs.statSync(s).isFile() && same(path.dirname(path.resolve(s)), target)) {
      throw new TritkitError({ code: 'usage', message: 'tritkit: the output is the source, or its folder; sources are never touched', file: target, next: 'write elsewhere' })
    }
  }
  if (exists) throw new TritkitError({ code: 'exists', message: `tritkit: ${target}: the output exists already`, file: target, next: 'force: true replaces it' })
}

class FileSink implements Sink {
  private fd: number
  private at = 0
  private readonly hash?: Hash
  sha256 = ''

  constructor(readonly path: string, hashed = false) {
    this.fd = fs.openSync(path, 'wx')
    if (hashed) this.hash = createHash('sha256')
  }

  write(bytes: Uint8Array): number {
    const n = fs.writeSync(this.fd, bytes, 0, bytes.length, this.at)
    this.hash?.update(bytes.subarray(0, n))
    this.at += n
    return n
  }

  async close(): Promise<void> {
    await new Promise<void>((done, fail) => fs.fsync(this.fd, error => error ? fail(error) : done()))
    this.shut()
    this.sha256 = this.hash?.digest('hex') ?? ''
  }

  abort(): void {
    this.shut()
    fs.rmSync(this.path, { force: true })
  }

  private shut(): void {
    if (this.fd >= 0) fs.closeSync(this.fd)
    this.fd = -1
  }
}
