// Models elsewhere: a URL of one file, or a repository of the Hugging Face Hub. Nothing here runs before the user has
// typed an address.

import type { Input, Model } from '../protocol'
import { fault } from './messages'

const hub = 'https://huggingface.co'

export async function resolve(text: string, signal: AbortSignal): Promise<Model> {
  const at = text.trim()
  const id = at.match(/^(?:hf:\/\/|https:\/\/huggingface\.co\/)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+)|\/tree\/([\w.-]+))?(?:[:/]([\w./-]+\.(?:gguf|safetensors)))?\/?$/)
  if (id && !/^https?:\/\/(?!huggingface\.co\/)/.test(at)) return repository(id[1]!, id[2] ?? id[3] ?? 'main', id[4] ?? null, signal)
  let url: URL
  try {
    url = new URL(at)
  } catch {
    throw fault('usage', `“${at}” is neither a web address nor owner/name`, 'https://…/model.gguf, or owner/name of a repository on the Hub')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw fault('usage', `${url.protocol} addresses cannot be read`, 'an https address')
  if (url.host === 'huggingface.co') url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/')
  const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1)) || 'model'
  return { label: name, inputs: [{ name, source: { kind: 'url', url: url.href, size: await sizeOf(url.href, name, signal) } }] }
}

/** The size of a file, by a request of its first byte: that also shows whether the server gives parts. */
async function sizeOf(url: string, name: string, signal: AbortSignal): Promise<number> {
  const r = await get(url, { headers: { Range: 'bytes=0-0' }, cache: 'no-store' }, name, signal)
  void r.body?.cancel()
  const total = r.headers.get('Content-Range')?.match(/\/(\d+)$/)?.[1]
  if (r.status === 206 && total) return Number(total)
  if (r.status === 206) {
    const head = await get(url, { method: 'HEAD' }, name, signal)
    const length = Number(head.headers.get('Content-Length'))
    if (length > 0) return length
  }
  if (r.ok) throw fault('network', `${name}: the server gives no parts of files (range requests), so its header cannot be read alone`, 'download the file and drop it here', name)
  throw refused(r, name)
}

interface Sibling { rfilename: string; size?: number }

async function repository(id: string, revision: string, file: string | null, signal: AbortSignal): Promise<Model> {
  const r = await get(`${hub}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`, {}, id, signal)
  if (!r.ok) throw refused(r, id)
  const { sha, siblings } = (await r.json()) as { sha: string; siblings: Sibling[] }
  const input = (s: Sibling): Input => ({ name: s.rfilename.slice(s.rfilename.lastIndexOf('/') + 1), source: { kind: 'url', url: `${hub}/${id}/resolve/${sha}/${s.rfilename}`, size: s.size ?? 0 } })
  const files = siblings.filter(s => s.size !== undefined)
  if (file) {
    const s = files.find(s => s.rfilename === file)
    if (!s) throw fault('not-found', `${id} has no file ${file}`, 'the repository’s page lists its files', file)
    if (/\.gguf$/i.test(file)) return { label: `${id}/${file}`, inputs: [input(s)] }
  }
  const here = files.filter(s => !s.rfilename.includes('/'))
  const ggufs = here.filter(s => /\.gguf$/i.test(s.rfilename))
  const shards = here.filter(s => /\.safetensors$/i.test(s.rfilename))
  if (shards.length > 0 && !(file && /\.gguf$/i.test(file))) {
    const side = here.filter(s => /\.(json|model|jinja|txt|md)$/i.test(s.rfilename) || s.rfilename === 'LICENSE')
    return { label: id, inputs: [...shards, ...side].map(input) }
  }
  if (ggufs.length === 1) return { label: `${id}/${ggufs[0]!.rfilename}`, inputs: [input(ggufs[0]!)] }
  if (ggufs.length > 1) throw fault('usage', `${id} has ${ggufs.length} GGUF files: ${ggufs.slice(0, 8).map(s => s.rfilename).join(', ')}`, `name one: ${id}/${ggufs[0]!.rfilename}`)
  throw fault('not-found', `${id} has neither safetensors nor a GGUF at its top`, 'the repository’s page lists its files')
}

async function get(url: string, init: RequestInit, name: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal, credentials: 'omit', referrerPolicy: 'no-referrer' })
  } catch (e) {
    signal.throwIfAborted()
    throw fault('network', `${name}: the server could not be reached, or does not let pages read it (${(e as Error).message})`, 'download the file and drop it here', name)
  }
}

function refused(r: Response, name: string) {
  if (r.status === 401 || r.status === 403) return fault('network', `${name}: the server asks for a login (${r.status})`, 'download it with your account and drop it here', name)
  if (r.status === 404) return fault('not-found', `${name}: the server has no such file`, 'check the address', name)
  return fault('network', `${name}: the server answered ${r.status}`, 'try again later, or download the file and drop it here', name)
}
