// Outputs in private storage: a folder for each job, held by a lock as long as this page shows it. What no page holds is
// left over from one that was closed, and goes.

const root = 'outputs'

/** A job's folder. */
export class Folder {
  readonly path: string
  private free = () => {}

  private constructor(private readonly id: string) {
    this.path = `${root}/${id}`
  }

  static async create(): Promise<Folder> {
    const f = new Folder(crypto.randomUUID())
    await new Promise<void>(held => {
      void navigator.locks.request(lockOf(f.id), () => {
        held()
        return new Promise<void>(ok => (f.free = ok))
      })
    })
    return f
  }

  private async handle(): Promise<FileSystemDirectoryHandle> {
    const outputs = await (await navigator.storage.getDirectory()).getDirectoryHandle(root)
    return outputs.getDirectoryHandle(this.id)
  }

  async file(name: string): Promise<File> {
    return (await (await this.handle()).getFileHandle(name)).getFile()
  }

  async removeFile(name: string): Promise<void> {
    await (await this.handle()).removeEntry(name).catch(() => {})
  }

  /** Removes the folder; a worker that has just ended may hold its files a little longer. */
  async remove(): Promise<void> {
    const outputs = await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true })
    for (let tries = 0; tries < 20; tries++) {
      try {
        await outputs.removeEntry(this.id, { recursive: true })
        break
      } catch (e) {
        if ((e as DOMException).name === 'NotFoundError') break
        await new Promise(ok => setTimeout(ok, 100))
      }
    }
    this.free()
  }
}

const lockOf = (id: string) => `tritkit-output-${id}`

/** Removes the folders that no page holds. */
export async function sweep(): Promise<void> {
  const outputs = await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true })
  const held = new Set(((await navigator.locks.query()).held ?? []).map(l => l.name))
  for await (const id of outputs.keys()) {
    if (!held.has(lockOf(id))) await outputs.removeEntry(id, { recursive: true }).catch(() => {})
  }
}
