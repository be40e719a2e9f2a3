// Numbers, names and commands as the page says them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ways } from '../../src/ui/convert/ways'
import { command, nothingWished, options, outputName, typeOf } from '../../src/ui/convert/targets'
import { bytes, figure, hex, seconds, shape } from '../../src/ui/format'
import { kindOf, layerOf, partOf } from '../../src/ui/parts-of'
import { quote } from '../../src/ui/parts/shell'
import { capital, sentence } from '../../src/ui/parts/words'
import { parse } from '../../src/ui/route'

test('sizes read as the command prints them', () => assert.deepEqual([512, 579936, 1185628256].map(bytes), ['512 B', '566.3 KiB', '1.10 GiB']))
test('figures keep what is no number', () => assert.deepEqual([figure('NaN'), figure(0), figure(1.1953125), figure(1e-7)], ['NaN', '0', '1.1953', '1.000e-7']))
test('offsets are grouped', () => assert.deepEqual([hex(0x34e), hex(0x127831f20)], ['0000 034e', '1 2783 1f20']))
test('times', () => assert.deepEqual([seconds(4.21), seconds(59.4), seconds(125)], ['4.2 s', '59 s', '2 min 05 s']))
test('shapes', () => assert.deepEqual([shape([128256, 2560]), shape([])], ['128,256 × 2,560', 'single value']))

test('names of tensors, in both spellings', () => {
  for (const [name, layer, kind, part] of [
    ['blk.29.attn_output.weight', 29, 'o', 'attention'], ['model.layers.3.self_attn.q_proj.weight', 3, 'q', 'attention'],
    ['blk.0.ffn_down.weight', 0, 'down', 'ffn'], ['model.layers.1.mlp.gate_proj.weight', 1, 'gate', 'ffn'],
    ['blk.0.attn_sub_norm.weight', 0, null, 'norms'], ['token_embd.weight', -1, null, 'embedding'], ['output.weight', -1, null, 'head'], ['output_norm.weight', -1, null, 'norms'],
  ] as const) assert.deepEqual([layerOf(name), kindOf(name), partOf(name)], [layer, kind, part], name)
})

test('messages become sentences, names and commands stay', () => {
  assert.equal(sentence('convert: nothing to do'), 'Nothing to do')
  assert.equal(sentence('bad.gguf: cut short'), 'bad.gguf: cut short')
  assert.equal(capital('trit convert --type i2_s'), 'trit convert --type i2_s')
})
test('arguments are quoted where a shell needs it', () => assert.deepEqual(['a-b.gguf', "it's", '', 'a b'].map(quote), ['a-b.gguf', "'it'\\''s'", "''", "'a b'"]))

test('outputs are named as the command names them', () =>
  assert.deepEqual([outputName('x/m.gguf', 'tq2_0'), outputName('bf16', 'i2_s'), outputName('m.safetensors', 'hf-packed')], ['m-tq2_0.gguf', 'bf16-i2_s.gguf', 'm-hf-packed']))
test('what was left open is left to the engine', () => {
  assert.deepEqual(options({ ...nothingWished, embd: 'q6_k' }), { embd: 'q6_k' })
  assert.equal(command('my model', { ...nothingWished, type: 'i2_s' }, 'o.gguf'), "trit convert 'my model' -o o.gguf --type i2_s")
})
test('a plan knows its type', () => {
  const step = (tensor: string, to: string) => ({ tensor, to, from: 'bf16', action: 'snap', bytes: 1 })
  assert.equal(typeOf({ plan: [step('token_embd.weight', 'f16'), step('blk.0.attn_q.weight', 'tq2_0')], notes: [], loads: [], bytes: 2 }), 'tq2_0')
  assert.equal(typeOf({ plan: [], notes: [], loads: [], bytes: 2, files: [] }), 'hf-packed')
})

test('an output that does not fit is not offered storage, and a folder no single download', () => {
  const a = { picker: false, opfs: true, stream: true, quota: 100, usage: 90, why: { picker: 'no picker here' } }
  assert.deepEqual(ways(a, 50, false).map(w => w.possible), [false, false, true])
  assert.deepEqual(ways(a, 5, false).map(w => w.possible), [false, true, true])
  assert.equal(ways(a, 5, false)[0]!.sentence, 'no picker here')
  assert.deepEqual(ways(a, 5, true).map(w => w.kind), ['folder', 'opfs'])
})

test('addresses after # lead to sections, and what is no section to the overview', () => {
  assert.deepEqual(parse('#tensors/blk.0.attn_q.weight'), { section: 'tensors', detail: 'blk.0.attn_q.weight', from: '' })
  assert.deepEqual(parse('#lens?from=owner%2Fname'), { section: 'lens', detail: '', from: 'owner/name' })
  assert.deepEqual(parse('#nowhere'), { section: 'overview', detail: '', from: '' })
  assert.equal(parse('#metadata/100%').detail, '100%')
})
