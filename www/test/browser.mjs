// The system's Chromium, driven by Playwright, with a new profile for each start.

import { chromium } from 'playwright-core'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const executable = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/**
 * A browser with a profile on the disk: without one, private storage would lie in memory. options are Playwright's.
 * The context that is returned closes the browser and removes the profile.
 */
export async function launch(options = {}) {
  if (!executable) throw new Error('no Chromium found: set CHROMIUM to its path')
  const profile = mkdtempSync(join(tmpdir(), 'tritkit-profile-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, args: quiet, ...options })
  context.on('close', () => setTimeout(() => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }), 500)) // its processes end a little later
  return context
}

/** Puts files of this machine into an input without copying them through the driver: they may be larger than memory. */
export async function choose(page, selector, paths) {
  const client = await page.context().newCDPSession(page)
  const { root } = await client.send('DOM.getDocument')
  const { nodeId } = await client.send('DOM.querySelector', { nodeId: root.nodeId, selector })
  await client.send('DOM.setFileInputFiles', { nodeId, files: paths })
  await client.detach()
}
