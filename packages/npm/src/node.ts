// Tritkit for Node: models and outputs are paths, too.

import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile, type ModuleSource } from './index.js'
import { openPath, type Path } from './node-input.js'
import { createFile, createFolder } from './node-output.js'
import { Tritkit, type Model, type Output } from './tritkit.js'

export * from './index.js'
export { openPath, type Path } from './node-input.js'

/** A path: where a GGUF, or a folder, is written to. With force, one that exists is replaced. sha256 adds that of the weights' file to the result. */
export interface PathOutput { path: Path; force?: boolean; sha256?: boolean }

/** A file or a folder of the disk, or the files themselves. */
export type NodeModel = Path | Model
/** Written under another name, synced, and renamed when it is whole; after an error or an abort nothing is left. */
export type NodeOutput = Path | PathOutput | Output

/** Compiles the module; without an argument the one of this package. */
export async function tritkit(module: ModuleSource = new URL('../tritkit.wasm', import.meta.url)): Promise<Tritkit<NodeModel, NodeOutput>> {
  const compiled = await compile(module, async url => WebAssembly.compile(await fs.promises.readFile(url.startsWith('file:') ? fileURLToPath(url) : url)))
  return new Tritkit<NodeModel, NodeOutput>(compiled, {
    open: model => isPath(model) ? openPath(model) : { files: model },
    target: (output, folder, sources) => {
      if (isPath(output)) output = { path: output }
      if (!('path' in output)) return { output }
      return (folder ? createFolder : createFile)(output, sources.filter(isPath))
    },
  })
}

function isPath(x: NodeModel | NodeOutput): x is Path {
  return typeof x === 'string' || x instanceof URL
}
