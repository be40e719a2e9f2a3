// What is made of dropped files.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choose } from '../../src/ui/files'

const found = (...paths: string[]) => paths.map(path => ({ path, file: new File([], path.replace(/.*\//, '')) }))
const labels = (...paths: string[]) => choose(found(...paths)).models.map(m => `${m.label}: ${m.inputs.map(i => i.name).join(' ')}`)

test('one file is a model', () => assert.deepEqual(labels('a.gguf'), ['a.gguf: a.gguf']))
test('each GGUF is a model of its own', () => assert.deepEqual(labels('d/a.gguf', 'd/b.gguf'), ['d/a.gguf: a.gguf', 'd/b.gguf: b.gguf']))
test('a folder keeps its shards, config and tokenizer together, in the order of names', () =>
  assert.deepEqual(labels('m/model-00002-of-00002.safetensors', 'm/model-00001-of-00002.safetensors', 'm/config.json'),
    ['m: config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors']))
test('loose files without a folder are named after their weights', () => assert.deepEqual(labels('config.json', 'x.safetensors'), ['x.safetensors: config.json x.safetensors']))
test('folders beside one another are models to choose from', () => assert.equal(choose(found('r/a/model.safetensors', 'r/b/model.safetensors', 'r/README.md')).models.length, 2))
test('shards of a GGUF stay together', () => assert.deepEqual(labels('m-00001-of-00002.gguf', 'm-00002-of-00002.gguf').length, 1))
test('what holds no weights is left to the engine to name', () => assert.deepEqual(labels('adapter_config.json'), ['adapter_config.json: adapter_config.json']))
test('nothing dropped is no model', () => assert.deepEqual(choose([]).models, []))
