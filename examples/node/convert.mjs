// The whole of a host: converts one GGUF to TQ2_0, by the loop of docs/abi.md and nothing of the package.
// usage: node convert.mjs tritkit.wasm IN.gguf OUT.gguf

import fs from 'node:fs'

const [wasm, from, to] = process.argv.slice(2)
const module = await WebAssembly.compile(fs.readFileSync(wasm))
const input = fs.openSync(from, 'r'), output = fs.openSync(to, 'w'), size = fs.fstatSync(input).size
const view = () => new DataView(e.memory.buffer)
const zeros = (a, b) => { view().setUint32(a, 0, true); view().setUint32(b, 0, true); return 0 }
const stub = Object.fromEntries(WebAssembly.Module.imports(module).map(x => [x.name, () => x.name.startsWith('fd_') ? 8 : 0]))
Object.assign(stub, {
  args_sizes_get: zeros, environ_sizes_get: zeros,
  clock_time_get: (id, precision, at) => { view().setBigUint64(at, process.hrtime.bigint(), true); return 0 },
  random_get: (at, n) => { crypto.getRandomValues(new Uint8Array(e.memory.buffer, at, n)); return 0 },
})
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: stub }), e = instance.exports
e._initialize()
const text = new TextEncoder().encode(JSON.stringify({inputs: [{name: 'model.gguf', size}], options: {type: 'tq2_0'}}))
const p = e.tk_alloc(text.length)
new Uint8Array(e.memory.buffer, p, text.length).set(text)
const h = e.tk_job(3, p, text.length)
e.tk_free(p)
const q = e.tk_req(h)
let state
for (let moved = 0; (state = e.tk_step(h, moved)) > 0; ) {
  const r = new DataView(e.memory.buffer, q, 64)
  const op = r.getUint32(0, true), offset = Number(r.getBigUint64(16, true))
  const bytes = new Uint8Array(e.memory.buffer, r.getUint32(8, true), r.getUint32(12, true))
  if (op === 1) moved = fs.readSync(input, bytes, 0, bytes.length, offset)
  else if (op === 2) moved = fs.writeSync(output, bytes, 0, bytes.length, offset)
  else moved = 0
}
const out = new DataView(e.memory.buffer, e.tk_out(h), 8)
const json = new TextDecoder().decode(new Uint8Array(e.memory.buffer, out.getUint32(0, true), out.getUint32(4, true)))
e.tk_close(h)
console.log(json)
process.exitCode = state < 0 ? 1 : 0
