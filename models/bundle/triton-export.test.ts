import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { ModelManifest } from '../../contract/index.ts'
import { oddModel } from '../../test/harness/odd-models.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import {
  BUILTIN_MODELS,
  exportToTriton,
  findBundles,
  readBundle,
  tritonConfig,
  writeManifest
} from './index.ts'

type Value = string | number | Message | readonly Value[]
interface Message {
  readonly [field: string]: Value
}

/** Reads protobuf's text format as far as model_config.proto needs it; fields that come again make a list. */
function parsePbtxt(text: string): Message {
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[\w.-]+|[{}[\]:,]/g) ?? []
  let at = 0
  const value = (): Value => {
    const token = tokens[at] ?? ''
    at += 1
    if (token === '{') return message('}')
    if (token === '[') {
      const list: Value[] = []
      while (tokens[at] !== ']') {
        list.push(value())
        if (tokens[at] === ',') at += 1
      }
      at += 1
      return list
    }
    if (token.startsWith('"')) return JSON.parse(token)
    if (!/^[\w.-]+$/.test(token)) throw new Error(`unexpected ${token}`)
    return Number.isNaN(Number(token)) ? token : Number(token)
  }
  const message = (end: string | undefined): Message => {
    const fields: Record<string, Value> = {}
    while (tokens[at] !== end) {
      const name = tokens[at] ?? ''
      if (!/^[a-z_]+$/.test(name)) throw new Error(`unexpected field ${name}`)
      at += 1
      if (tokens[at] === ':') at += 1
      const read = value()
      const known = fields[name]
      fields[name] = known === undefined ? read : [known, read].flat()
    }
    at += 1
    return fields
  }
  return message(undefined)
}

async function shipped() {
  const [found] = await findBundles(BUILTIN_MODELS)
  return readBundle(found?.dir ?? '')
}

test('the shipped bundle becomes an entry that says what the manifest says', async (t) => {
  const out = t.testdir()
  const bundle = await shipped()
  const { manifest } = bundle
  const entry = await exportToTriton({ bundle, out, number: 3 })
  t.equal(entry.precision, 'fp16', 'the variant for a GPU')
  t.strictSame((await readdir(entry.dir)).sort(), [
    '3',
    'computing.labels.txt',
    'config.pbtxt',
    'medicine.labels.txt'
  ])
  t.strictSame(entry.files.at(0), '3/model.onnx')
  const config = parsePbtxt(await readFile(join(entry.dir, 'config.pbtxt'), 'utf8'))
  t.match(config, {
    name: 'sentence-roles',
    platform: 'onnxruntime_onnx',
    max_batch_size: manifest.batching.maxBatch,
    dynamic_batching: { preferred_batch_size: [4, 8, 16], max_queue_delay_microseconds: 2000 },
    instance_group: [{ count: 1, kind: 'KIND_AUTO' }],
    version_policy: { latest: { num_versions: 1 } },
    parameters: [{ key: 'nearside_version', value: { string_value: manifest.version } }, {}]
  })
  for (const kind of ['input', 'output'] as const) {
    const expected = manifest[`${kind}s`].map(({ name, datatype, shape }) => ({
      name,
      data_type: `TYPE_${datatype}`,
      dims: shape.slice(1)
    }))
    t.match(config[kind], expected, `${kind}s without the rows`)
  }
  const labels = await readFile(join(entry.dir, 'medicine.labels.txt'), 'utf8')
  t.equal(labels.split('\n')[2], 'METHODS', 'line n is the label of class n')
  const variant = manifest.variants.find(({ precision }) => precision === 'fp16')
  const model = await readFile(join(entry.dir, '3', 'model.onnx'))
  t.equal(model.length, variant?.size)
  await t.rejects(exportToTriton({ bundle, out }), { message: /sentence-roles is not empty/ })
  const missing = exportToTriton({ bundle, out: join(out, 'other'), precision: 'int4' })
  await t.rejects(missing, {
    code: 'NS_USAGE_INVALID',
    message: 'sentence-roles has no variant of precision int4; it has: int8, fp16.'
  })
})

async function tiny(t: Test, change: (manifest: Record<string, unknown>) => void = () => {}) {
  const dir = join(t.testdir(), 'tiny')
  await writeTinyBundle({ dir, key: testKey(), change })
  return dir
}

test('fixed rows are left as they are, and Triton does not batch them', async (t) => {
  const dir = await tiny(t, (manifest) => {
    manifest['inputs'] = [
      { name: 'x', datatype: 'FP32', shape: [1, 2] },
      { name: 'spin', datatype: 'BYTES', shape: [] }
    ]
  })
  const { manifest } = await readBundle(dir)
  const [variant] = manifest.variants
  const config = parsePbtxt(tritonConfig(manifest, variant as ModelManifest['variants'][number]))
  t.match(config, {
    max_batch_size: 0,
    input: [
      { name: 'x', dims: [1, 2] },
      { name: 'spin', data_type: 'TYPE_STRING', dims: [1], reshape: { shape: [] } }
    ],
    output: [{ name: 'y', dims: [-1, 2] }],
    instance_group: [{ kind: 'KIND_CPU' }]
  })
  t.notOk('dynamic_batching' in config)
})

test('labels need an output that is there, and a list', async (t) => {
  const dir = await tiny(t, (manifest) => {
    const heads = { y: { labels: ['a"b', 'c\nd'] }, z: { labels: ['x'] }, w: { output: 'y' } }
    manifest['post'] = { id: 'labels', settings: { heads } }
  })
  const out = join(dir, '..', 'repository')
  const entry = await exportToTriton({ bundle: await readBundle(dir), out })
  t.strictSame(entry.files, ['1/model.onnx', 'config.pbtxt', 'y.labels.txt'])
  t.equal(await readFile(join(entry.dir, 'y.labels.txt'), 'utf8'), 'a"b\nc d\n')
})

test('weights beside the model go with it', async (t) => {
  const dir = await tiny(t)
  const externalData = [{ key: 'location', value: 'weights.bin' }]
  const weights = { name: 'w', dims: [2], dataType: 1, dataLocation: 1, externalData }
  await writeFile(join(dir, 'model.fp32.onnx'), oddModel({ initializer: [weights] }))
  await writeFile(join(dir, 'weights.bin'), Buffer.alloc(8, 1))
  await writeManifest(dir)
  const entry = await exportToTriton({ bundle: await readBundle(dir), out: join(dir, '..', 'out') })
  t.strictSame(entry.files, ['1/model.onnx', '1/weights.bin', 'config.pbtxt'])
  t.strictSame(await readFile(join(entry.dir, '1', 'weights.bin')), Buffer.alloc(8, 1))
})
