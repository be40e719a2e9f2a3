// What tests compare the page with: the native command, and checkpoints that the generator makes.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = new URL('../../', import.meta.url).pathname
export const dist = join(root, 'www/dist/')
export const testBuild = join(root, 'build/www-test/')

/** A folder that goes when the process ends. */
export function scratch() {
  const dir = mkdtempSync(join(tmpdir(), 'tritkit-www-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Runs trit; the answer is {status, out, err}. */
export function trit(...args) {
  const r = spawnSync(join(root, 'build/trit'), [...args, '--no-progress'], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (r.error) throw r.error
  return { status: r.status, out: r.stdout, err: r.stderr }
}

/** Runs trit, which must succeed, and returns what it printed. */
export function json(...args) {
  const r = trit(...args, '--json')
  if (r.status !== 0) throw new Error(`trit ${args.join(' ')}: ${r.err}`)
  return r.out.trimEnd()
}

/** Builds the generator once, and returns what makes a checkpoint of a form in a folder. */
export function generator(dir) {
  const make = join(dir, 'make')
  execFileSync('go', ['build', '-o', make, './internal/synth/make'], { cwd: root })
  const usage = spawnSync(make, [], { encoding: 'utf8' }).stderr
  const forms = usage.match(/\[([^\]]*bf16-master[^\]]*)\]/)[1].split(' ')
  return {
    forms,
    folder(form) {
      const to = join(dir, form)
      mkdirSync(to, { recursive: true })
      execFileSync(make, [to, form])
      return to
    },
  }
}

export const filesOf = folder => (statSync(folder).isDirectory() ? readdirSync(folder).map(f => join(folder, f)).filter(f => statSync(f).isFile()) : [folder])

export const hash = file => createHash('sha256').update(readFileSync(file)).digest('hex')
