import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { z } from 'zod'
import { ModelManifest } from '../../contract/index.ts'
import { BUILTIN_MODELS } from '../../models/index.ts'
import { openPipeline } from './document-pipeline.ts'
import { ON_CPU } from './executor-protocol.ts'
import type { Tensors } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

const BUNDLE = join(BUILTIN_MODELS, 'sentence-roles/1.0.0')
const VECTORS = join(BUILTIN_MODELS, '../recipes/sentence-roles/tokenizer-vectors.json')
const Vectors = z.array(z.object({ sentence: z.string(), ids: z.array(z.number()) }))

test('sentences become the ids that the training saw', async (t) => {
  if (!existsSync(join(BUNDLE, 'manifest.json')) || !existsSync(VECTORS)) {
    t.pass('the shipped sentence classifier is absent: nothing tested', { skip: true })
    return
  }
  const text = await readFile(join(BUNDLE, 'manifest.json'), 'utf8')
  const { pre, batching } = ModelManifest.parse(JSON.parse(text))
  const pipeline = await openPipeline({
    dir: BUNDLE,
    variant: { file: '', sha256: '' },
    windows: windowSettings(pre),
    maxBatch: batching.maxBatch,
    threads: 1,
    runtime: '',
    ...ON_CPU
  })
  const vectors = Vectors.parse(JSON.parse(await readFile(VECTORS, 'utf8')))
  t.ok(vectors.length > 3)
  for (const { sentence, ids } of vectors) {
    let seen: Tensors = {}
    await pipeline?.([[sentence]], async (inputs) => {
      seen = inputs
      return {}
    })
    const row = [...(seen['input_ids']?.data ?? [])].map(Number)
    t.strictSame(row.slice(0, ids.length), ids, sentence.slice(0, 40))
    t.notOk(row.slice(ids.length).some(Boolean), 'the rest is padding')
  }
})

test('a model without a preprocessing of ours takes tensors only', async (t) => {
  const variant = { file: '', sha256: '' }
  t.equal(
    await openPipeline({
      dir: '',
      variant,
      windows: undefined,
      maxBatch: 1,
      threads: 1,
      runtime: '',
      ...ON_CPU
    }),
    undefined
  )
})
