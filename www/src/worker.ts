// A worker for one job: it steps the module, moves the bytes, and tells the page how far it is. The only file of the page
// that knows both sides, the module's and the browser's.

import { cancel, type Answer, type Spent, type Start } from './engine/messages'
import { Module, Op } from './engine/module'
import { room, writer, type Writer } from './engine/sinks'
import { reader, sizeOf } from './engine/sources'
import type { Fault } from './protocol'

const say = (a: Answer, transfer: Transferable[] = []) => postMessage(a, { transfer })

let cancelled = false

onmessage = e => {
  if (e.data === cancel) {
    cancelled = true
    return
  }
  void work(e.data as Start)
}

class Cancelled extends Error {}

async function work(start: Start): Promise<void> {
  const readers = start.inputs.map(reader)
  const made: Writer[] = []
  try {
    const answer = await run(start, readers, made)
    say(answer)
  } catch (e) {
    for (const w of made) await w.abort().catch(() => {})
    say(e instanceof Cancelled ? { is: 'cancelled' } : { is: 'failed', fault: asFault(e) })
  } finally {
    for (const r of readers) r.close()
  }
}

async function run(start: Start, readers: ReturnType<typeof reader>[], made: Writer[]): Promise<Answer> {
  const begun = performance.now()
  if (start.sink?.kind === 'opfs') await room(start.outputs)
  const m = await Module.start(start.module)
  m.open(start.kind, {
    inputs: start.inputs.map(i => ({ name: i.name, size: sizeOf(i), group: i.group ?? 'a' })),
    options: start.options,
  })
  const spent: Spent = { read: 0, step: 0, write: 0, steps: 0, memory: 0 }
  const written: number[] = []
  const clock = new Clock(m)
  let moved = 0
  let failed: unknown = null // why reading or writing failed: it says more than the module can
  try {
    for (;;) {
      const a = performance.now()
      const going = m.step(moved)
      const b = performance.now()
      spent.step += b - a
      if (!going) break
      spent.steps++
      try {
        if (m.op === Op.read) {
          const n = readers[m.file]!.read(m.buffer, m.at, m.next)
          moved = typeof n === 'number' ? n : await n
          spent.read += performance.now() - b
        } else if (m.op === Op.write) {
          const k = m.file - readers.length
          const out = (made[k] ??= await opened(start, k, made))
          const bytes = m.buffer
          const w = out.write(bytes)
          if (w) await w
          written[k] = (written[k] ?? 0) + bytes.length
          moved = bytes.length
          spent.write += performance.now() - b
        } else moved = 0
      } catch (e) {
        failed = e
        moved = -1
      }
      if (failed === null) await clock.tick(b)
      if (cancelled) {
        m.close()
        throw new Cancelled()
      }
    }
  } catch (e) {
    throw failed ?? e
  }
  for (const w of made) await w.close()
  spent.memory = m.memory
  return { is: 'done', json: m.result(), written, seconds: (performance.now() - begun) / 1000, spent }
}

/** Opens output k; the one before it is whole, and stays until the end in case the rest fails. */
async function opened(start: Start, k: number, made: Writer[]): Promise<Writer> {
  const output = start.outputs[k]
  if (!output || !start.sink) throw new Error(`the module writes an output ${k} that no plan has`)
  if (start.sink.kind === 'stream' && k > 0) await made[k - 1]!.close()
  return writer(start.sink, output, start.dir, (name, size, port) => {
    const id = crypto.randomUUID()
    say({ is: 'download', id, name, size, port }, [port])
    return { begin: () => say({ is: 'navigate', id }) }
  })
}

/** Tells the page how far the job is, and lets messages in, a few times a second. */
class Clock {
  private told = performance.now()
  private breathed = this.told
  private before = 0
  private rate = 0
  private readonly channel = new MessageChannel()

  constructor(private readonly m: Module) {}

  async tick(now: number): Promise<void> {
    if (now - this.told > 150) {
      const m = this.m, done = m.done
      this.rate = done >= this.before ? ((done - this.before) / (now - this.told)) * 1000 : 0
      this.before = done
      this.told = now
      say({ is: 'progress', progress: { phase: m.phase, done, total: m.total, tensor: m.tensor, bytesPerSecond: this.rate, memory: m.memory } })
    }
    if (now - this.breathed > 50) {
      this.breathed = now
      await new Promise<void>(ok => { // a turn of the event loop, sooner than a timer gives one
        this.channel.port2.onmessage = () => ok()
        this.channel.port1.postMessage(0)
      })
    }
  }
}

function asFault(e: unknown): Fault {
  if (typeof e === 'object' && e !== null && 'code' in e && 'next' in e) return e as Fault
  const message = e instanceof Error ? e.message : String(e)
  return { code: 'internal', message, file: '', tensor: '', offset: -1, next: 'reload the page and try again; if it happens again, report it with this message' }
}
