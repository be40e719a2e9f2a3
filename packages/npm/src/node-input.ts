// A model on the disk: its files, read synchronously and straight into the module's memory.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { TritkitError } from './error.js'
import type { Source } from './job.js'
import type { Opened } from './tritkit.js'

/** A path, or a file: URL. */
export type Path = string | { readonly href: string }

export const local = (p: Path): string => typeof p === 'string' ? p : fileURLToPath(p.href)

/** Opens a model: a folder with all its files; a file of safetensors with what may belong to it beside it; any other file alone. Close it when the job is done. */
export function openPath(at: Path): Opened & { close(): void } {
  const name = local(at)
  const opened: FileSource[] = []
  const files: { name: string; source: Source }[] = []
  const add = (file: string, stat: fs.Stats) => {
    const source = new FileSource(file, stat.isFile() ? stat.size : 0)
    opened.push(source)
    files.push({ name: path.basename(file), source })
  }
  const stat = statOf(name)
  if (stat === undefined) throw new TritkitError({ code: 'not-found', message: `tritkit: ${name}: no such file or folder`, file: name, next: 'download the model first' })
  const alone = stat.isFile()
  if (alone) add(name, stat)
  if (!alone || name.endsWith('.safetensors')) {
    const dir = alone ? path.dirname(name) : name
    const names = fs.readdirSync(dir).sort()
    const weights = names.some(n => /\.(gguf|safetensors|safetensors\.index\.json)$/.test(n))
    for (const n of names) {
      const file = path.join(dir, n), s = statOf(file)
      if (s === undefined || n.includes('\\') || alone && !beside(n)) continue
      if (s.isFile() || !weights) add(file, s) // where there are no weights, the names of folders say why
    }
    const steps = names.filter(n => /^checkpoint-\d+$/.test(n)).sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)))
    if (!alone && !weights && (files.length < 2 || steps.length > 0)) {
      throw new TritkitError({
        code: 'not-found', message: 'checkpoint: no checkpoint in this folder: looked for model.safetensors.index.json, model.safetensors, *.safetensors and *.gguf',
        next: steps.length > 0 ? `a trainer's output: name one of its checkpoints, the newest is ${steps.at(-1)}` : "name the model's folder or file",
      })
    }
  }
  return { files, close: () => opened.forEach(f => f.close()) }
}

/** What may belong to a file of weights: config, tokenizer, card. */
const beside = (name: string) => (/\.(json|jinja|txt|model|md)$/.test(name) || name === 'LICENSE') && !name.endsWith('.index.json') && !name.startsWith('adapter_')

const statOf = (file: string) => fs.statSync(file, { throwIfNoEntry: false })

/** FileSource is opened when it is first read. */
class FileSource implements Source {
  private fd = -1
  constructor(private readonly path: string, readonly size: number) {}

  read(offset: number, into: Uint8Array): number {
    if (this.fd < 0) this.fd = fs.openSync(this.path, 'r')
    return fs.readSync(this.fd, into, 0, into.length, offset)
  }

  close(): void {
    if (this.fd >= 0) fs.closeSync(this.fd)
    this.fd = -1
  }
}
