import { fromFiles, tritkit, type Signal, type Sink } from 'tritkit'

/** What a page does with files that were dropped, and a FileSystemWritableFileStream. */
export async function convert(files: { name: string; size: number; slice(a: number, b: number): { arrayBuffer(): Promise<ArrayBuffer> } }[], output: Sink, signal: Signal): Promise<number> {
  const t = await tritkit()
  const model = fromFiles(files)
  const verified = await t.verify(model, { signal })
  if (!verified.ok) throw new Error(verified.findings[0]?.message)
  return (await t.convert(model, { type: 'tq2_0', output, signal, onProgress: p => void (p.done / p.total) })).bytes
}
