// A worker that hashes one file.

import { sha256 } from '@noble/hashes/sha2.js'
import type { Progress } from './protocol'

export type HashAnswer = { is: 'progress'; progress: Progress } | { is: 'done'; hex: string } | { is: 'failed'; message: string }

const say = (a: HashAnswer) => postMessage(a)

onmessage = async e => {
  const file = e.data as File
  try {
    const hash = sha256.create()
    const begun = performance.now()
    let done = 0, told = begun
    const stream = file.stream().getReader()
    for (;;) {
      const { value, done: over } = await stream.read()
      if (over) break
      hash.update(value)
      done += value.length
      const now = performance.now()
      if (now - told > 150) {
        told = now
        say({ is: 'progress', progress: { phase: 'reading', done, total: file.size, tensor: -1, bytesPerSecond: (done / (now - begun)) * 1000, memory: 0 } })
      }
    }
    say({ is: 'done', hex: [...hash.digest()].map(b => b.toString(16).padStart(2, '0')).join('') })
  } catch (err) {
    say({ is: 'failed', message: (err as Error).message })
  }
}
