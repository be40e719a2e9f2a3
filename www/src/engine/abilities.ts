// What this browser can do with outputs, found out before any work begins.

import type { Abilities } from '../protocol'

export async function abilities(): Promise<Abilities> {
  const why: Abilities['why'] = {}
  const picker = 'showSaveFilePicker' in window
  if (!picker) why.picker = 'this browser has no dialog for saving as a page writes; Chrome and Edge do'
  let opfs = false, quota = 0, usage = 0
  try {
    await navigator.storage.getDirectory()
    opfs = true
    const e = await navigator.storage.estimate()
    quota = e.quota ?? 0
    usage = e.usage ?? 0
  } catch (e) {
    why.opfs = window.isSecureContext ? `private storage is closed to this page (${(e as Error).message}); private windows often do that` : 'private storage needs https or localhost'
  }
  const stream = await serviceWorker()
  if (!stream) why.stream = window.isSecureContext ? 'the page’s service worker is not running; reload the page once' : 'downloads as they are made need https or localhost'
  return { picker, opfs, stream, quota, usage, why }
}

/** Whether the service worker controls the page, or comes to do so within two seconds. */
async function serviceWorker(): Promise<boolean> {
  const s = navigator.serviceWorker
  if (!s) return false
  if (s.controller) return true
  if ((await s.getRegistrations()).length === 0 && !import.meta.env.PROD) return false
  return new Promise(ok => {
    setTimeout(() => ok(s.controller !== null), 2000)
    s.addEventListener('controllerchange', () => ok(true), { once: true })
  })
}
