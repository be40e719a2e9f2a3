// From what people drop or pick to a model: one file, or the files of one folder. Which of a folder's files make the
// checkpoint is the engine's to say; here only several GGUFs beside one another are told apart, since each is a model.

import type { Input, Model } from '../protocol'

interface Found { path: string; file: File }

/** What was dropped: a model, or several to choose from. */
export type Choice = { models: Model[] }

/** Reads a drop, walking into folders. It has to be called in the drop event itself: later the entries are gone. */
export async function dropped(transfer: DataTransfer): Promise<Choice> {
  const entries = [...transfer.items].map(i => (i.kind === 'file' ? i.webkitGetAsEntry() : null)).filter(e => e !== null)
  if (entries.length === 0) return choose([...transfer.files].map(file => ({ path: file.name, file })))
  return choose((await Promise.all(entries.map(e => walk(e, '')))).flat())
}

/** What a file or folder picker gave. */
export const picked = (files: FileList): Choice => choose([...files].map(file => ({ path: file.webkitRelativePath || file.name, file })))

async function walk(entry: FileSystemEntry, under: string): Promise<Found[]> {
  const path = under + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((ok, no) => (entry as FileSystemFileEntry).file(ok, no))
    return [{ path, file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: Promise<Found[]>[] = []
  for (;;) { // a reader gives a hundred entries at a time
    const batch = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no))
    if (batch.length === 0) break
    for (const e of batch) if (!e.name.startsWith('.')) found.push(walk(e, `${path}/`))
  }
  return (await Promise.all(found)).flat()
}

const weights = /\.(gguf|safetensors)$/i
const shard = /-\d{5}-of-\d{5}\.gguf$/i

/** The models among files: each folder with weights, and in it each GGUF that is no shard of another. */
export function choose(found: Found[]): Choice {
  const folders = new Map<string, Found[]>()
  for (const f of found) {
    const cut = f.path.lastIndexOf('/')
    const folder = cut < 0 ? '' : f.path.slice(0, cut)
    folders.set(folder, [...(folders.get(folder) ?? []), f])
  }
  const models: Model[] = []
  for (const [folder, files] of folders) {
    const whole = files.filter(f => /\.gguf$/i.test(f.path) && !shard.test(f.path))
    const rest = files.filter(f => !whole.includes(f))
    for (const f of whole) models.push(model(f.path, [f]))
    if (rest.some(f => weights.test(f.path))) models.push(model(label(folder, rest), rest))
  }
  // Nothing that holds weights: the engine says best what it is instead (a LoRA adapter, a pickle, nothing at all).
  if (models.length === 0 && found.length > 0) models.push(model(label('', found), found))
  return { models }
}

function label(folder: string, files: Found[]): string {
  return folder || files.find(f => weights.test(f.path))?.file.name || files[0]!.file.name
}

const model = (label: string, files: Found[]): Model => ({
  label,
  inputs: files.map((f): Input => ({ name: f.file.name, source: { kind: 'file', file: f.file } })).sort((a, b) => (a.name < b.name ? -1 : 1)),
})

/** How large a model is, as far as its sources say. */
export const size = (m: Model): number =>
  m.inputs.reduce((n, i) => n + (i.source.kind === 'file' ? i.source.file.size : i.source.size), 0)

/** Whether all of a model lies on this machine. */
export const local = (m: Model): boolean => m.inputs.every(i => i.source.kind === 'file')
