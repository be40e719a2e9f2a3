// What the tests share: the command to compare with, the checkpoints, folders to write into.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after } from 'node:test'

/** TRIT is the command, CHECKPOINTS a folder with a synthetic checkpoint for each form, and broken.* folders. */
export const { TRIT, CHECKPOINTS } = process.env

export const forms = fs.readdirSync(CHECKPOINTS).filter(n => !n.startsWith('broken.')).sort()
export const broken = fs.readdirSync(CHECKPOINTS).filter(n => n.startsWith('broken.')).sort()
export const checkpoint = form => path.join(CHECKPOINTS, form)

export const types = ['i2_s', 'tq1_0', 'tq2_0', 'q2_0', 'f16', 'bf16', 'f32', 'hf-packed', 'hf-float']

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tritkit-test-'))
after(() => fs.rmSync(root, { recursive: true }))

/** An empty folder. */
export const folder = () => fs.mkdtempSync(path.join(root, 'd'))

/** Runs the command with --json: its result, or the error object. */
export function trit(...args) {
  const r = spawnSync(TRIT, [...args, '--json'], { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (r.status === 0 || r.stdout !== '') return { text: r.stdout.trimEnd() }
  return { error: JSON.parse(r.stderr).error }
}

/** The bytes of a file, or of all files of a folder, by name. */
export function contents(at) {
  if (!fs.statSync(at).isDirectory()) return fs.readFileSync(at)
  return Object.fromEntries(fs.readdirSync(at).sort().map(n => [n, fs.readFileSync(path.join(at, n))]))
}
