// The bundle that this recipe shipped: whole, signed by the vendor, small, and its tokeniser gives in Node the
// ids that training saw. Whether the model answers rightly is the golden check's business.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { test } from 'tap'
import { loadTrustedKeys, verifyBundle } from '../../index.ts'

const BUNDLE = join(import.meta.dirname, '../../quantized/sentence-roles/1.0.0')
const KEYS = join(import.meta.dirname, '../../keys')

interface Vector {
  readonly sentence: string
  readonly ids: readonly number[]
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8'))
}

test('the shipped sentence-roles bundle is whole, signed and small', async (t) => {
  const { manifest, sizeBytes } = await verifyBundle(BUNDLE, await loadTrustedKeys([KEYS]))
  const sizes = Object.fromEntries(manifest.variants.map((one) => [one.precision, one.size]))
  t.ok((sizes['int8'] ?? Number.POSITIVE_INFINITY) <= 6e6)
  t.ok((sizes['fp16'] ?? Number.POSITIVE_INFINITY) <= 12e6)
  t.ok(sizeBytes <= 12e6)
})

test('its INT8 variant keeps the accuracy that the manifest must state', async (t) => {
  const { manifest } = await verifyBundle(BUNDLE, await loadTrustedKeys([KEYS]))
  const four = manifest.accuracy.find(
    ({ precision, metric }) => precision === 'int8' && metric.includes('4 classes')
  )
  t.ok(four && four.value >= 0.92 && four.fp32 - four.value <= 0.005)
})

test('the tokeniser gives the ids of the recorded vectors', async (t) => {
  const tokenizer = new Tokenizer(await readJson(join(BUNDLE, 'tokenizer.json')), {})
  const vectors = await readJson<Vector[]>(join(import.meta.dirname, 'tokenizer-vectors.json'))
  for (const { sentence, ids } of vectors)
    t.same(tokenizer.encode(sentence, { add_special_tokens: false }).ids, ids, sentence)
})
