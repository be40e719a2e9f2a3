// The system's Chromium or, where BROWSER is firefox, the system's Firefox, driven by Playwright, with a new profile for
// each start.

import playwright from 'playwright-core'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const firefox = process.env.BROWSER === 'firefox'

const executable = firefox
  ? (process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync))
  : (process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync))

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/**
 * A browser with a profile on the disk: without one, private storage would lie in memory. options are Playwright's.
 * The context that is returned closes the browser and removes the profile. Firefox takes as settings what Playwright
 * cannot set there; quota, in bytes, is for it alone.
 */
export async function launch({ quota, ...options } = {}) {
  if (!executable) throw new Error(`no ${firefox ? 'Firefox found: set FIREFOX' : 'Chromium found: set CHROMIUM'} to its path`)
  const profile = mkdtempSync(join(tmpdir(), 'tritkit-profile-'))
  const context = await (firefox
    ? bidi().launchPersistentContext(profile, { executablePath: executable, channel: 'moz-firefox', firefoxUserPrefs: {
      'ui.prefersReducedMotion': options.reducedMotion === 'reduce' ? 1 : 0,
      'layout.css.prefers-color-scheme.content-override': options.colorScheme === 'dark' ? 0 : 1,
      ...(quota ? { 'dom.quotaManager.temporaryStorage.fixedLimit': quota >> 10 } : {}),
    }, ...options })
    : playwright.chromium.launchPersistentContext(profile, { executablePath: executable, args: quiet, ...options }))
  context.on('close', () => setTimeout(() => remove(profile), 500)) // its processes end a little later
  return context
}

/** Takes a profile away, or leaves it to the system where a process still writes to it: no test fails for that. */
function remove(profile) {
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  } catch {}
}

/**
 * Playwright's driver of an unpatched Firefox, by WebDriver BiDi, with two corrections for Firefox 153. It does not know
 * the command that sets a colour scheme at every start: that is answered without being sent. And its downloads from
 * blob: are no navigations, so that Playwright would not tell of them: they get a name here.
 */
function bidi() {
  const driver = playwright._connection.toImpl(playwright.firefox)._bidiFirefox
  const connect = Object.getPrototypeOf(driver).connectToTransport
  driver.connectToTransport = async (transport, options) => {
    const send = transport.send.bind(transport)
    let hear, downloads = 0
    transport.send = m => {
      if (m.method === 'emulation.setMediaFeaturesOverride') queueMicrotask(() => hear({ type: 'success', id: m.id, result: {} }))
      else send(m)
    }
    const told = m => {
      if (m.method === 'browsingContext.downloadWillBegin' && !m.params.navigation) m.params.navigation = `download-${++downloads}`
      if (m.method === 'browsingContext.downloadEnd' && !m.params.navigation) m.params.navigation = `download-${downloads}`
      hear(m)
    }
    Object.defineProperty(transport, 'onmessage', { get: () => hear && told, set: f => (hear = f) })
    return connect.call(driver, transport, options)
  }
  return playwright.firefox
}

/** Puts files of this machine into an input without copying them through the driver: they may be larger than memory. */
export async function choose(page, selector, paths) {
  if (firefox) return page.setInputFiles(selector, paths)
  const client = await page.context().newCDPSession(page)
  const { root } = await client.send('DOM.getDocument')
  const { nodeId } = await client.send('DOM.querySelector', { nodeId: root.nodeId, selector })
  await client.send('DOM.setFileInputFiles', { nodeId, files: paths })
  await client.detach()
}
