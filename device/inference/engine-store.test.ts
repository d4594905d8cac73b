import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type EngineKey, engineDigest, foreignEngine, profileText } from './engine-key.ts'
import { BuildProgress } from './engine-progress.ts'
import { EngineStore, type EngineStoreOptions, enginePlan } from './engine-store.ts'

const KEY: EngineKey = {
  modelSha256: 'a'.repeat(64),
  precision: 'fp16',
  flags: { trt_builder_optimization_level: '3', trt_auxiliary_streams: '0' },
  profile: { min: { x: [1, 8] }, opt: { x: [8, 8] }, max: { x: [32, 8] } },
  computeCapability: '9.0',
  tensorrt: '10.6.0',
  onnxruntime: '1.29.0'
}

let stores = 0

async function storeIn(t: Test, change: Partial<EngineStoreOptions> = {}): Promise<EngineStore> {
  if (!existsSync(t.testdirName)) t.testdir()
  stores += 1
  const store = new EngineStore({ folder: join(t.testdirName, `engines-${stores}`), ...change })
  await store.open()
  return store
}

/** Puts an engine of some bytes in, as a build does. */
async function put(store: EngineStore, key: EngineKey, bytes = 4) {
  const dir = await store.stage()
  writeFileSync(join(dir, 'model.onnx'), 'model')
  writeFileSync(join(dir, 'graph.engine'), 'p'.repeat(bytes))
  const about = { key, model: 'model.onnx', whole: true, gpu: 'NVIDIA H200' }
  return store.commit(dir, { ...about, builtAt: 1, buildMs: 2 })
}

test('equal keys have one digest, and everything that differs is named', (t) => {
  const reordered: EngineKey = {
    ...KEY,
    flags: { trt_auxiliary_streams: '0', trt_builder_optimization_level: '3' }
  }
  t.equal(engineDigest(KEY), engineDigest(reordered))
  t.match(engineDigest(KEY), /^[0-9a-f]{64}$/)
  t.equal(foreignEngine(KEY, reordered), null)
  const changes: [Partial<EngineKey>, RegExp][] = [
    [{ modelSha256: 'b'.repeat(64) }, /built for another model file; it has to be built again/],
    [{ precision: 'int8' }, /another precision \(fp16, here int8\)/],
    [{ computeCapability: '8.7' }, /a GPU of another compute capability \(9\.0, here 8\.7\)/],
    [{ tensorrt: '10.3.0' }, /another version of TensorRT \(10\.6\.0, here 10\.3\.0\)/],
    [{ onnxruntime: '1.30.0' }, /another version of ONNX Runtime/],
    [{ flags: {} }, /other build flags/],
    [{ profile: { ...KEY.profile, max: { x: [64, 8] } } }, /another range of shapes/]
  ]
  for (const [change, sentence] of changes) {
    t.not(engineDigest({ ...KEY, ...change }), engineDigest(KEY))
    t.match(foreignEngine(KEY, { ...KEY, ...change }), sentence)
  }
  const both = foreignEngine(KEY, { ...KEY, tensorrt: '10.3.0', computeCapability: '8.7' })
  t.match(both, /compute capability.*, another version of TensorRT/)
  t.equal(profileText({ a: [1, 2], b: [3] }), 'a:1x2,b:3')
  t.end()
})

test('an engine is found by its key, and told apart from others', async (t) => {
  const store = await storeIn(t)
  await t.rejects(store.find(KEY, 1000), { code: 'NS_ENGINE_MISSING', message: /not|No/ })
  const stored = await put(store, KEY)
  const found = await store.find(KEY, 5000)
  t.equal(found.dir, stored.dir)
  t.equal((await store.list())[0]?.usedAtMs, 5000)
  const plan = enginePlan(found)
  t.strictSame(
    plan.files.map(({ path }) => path),
    ['graph.engine', 'model.onnx']
  )
  const foreign = { code: 'NS_ENGINE_FOREIGN', message: /TensorRT \(10\.6\.0, here 10\.7\.0\)/ }
  await t.rejects(store.find({ ...KEY, tensorrt: '10.7.0' }, 1), foreign)
  await put(store, KEY, 9)
  t.equal((await store.find(KEY, 1)).bytes, 14, 'a new build takes the place of the old one')
  await store.remove(stored.digest)
  await store.remove('../engines')
  t.strictSame(await store.list(), [])
})

test('a damaged engine is never given out', async (t) => {
  const store = await storeIn(t)
  const { dir } = await put(store, KEY)
  writeFileSync(join(dir, 'graph.engine'), 'qqqq')
  const damaged = { code: 'NS_ENGINE_MISSING', message: /damaged \(graph\.engine\)/ }
  await t.rejects(store.find(KEY, 1), damaged)
  t.notOk(existsSync(dir), 'it was removed')

  const truncated = await put(store, KEY)
  rmSync(join(truncated.dir, 'model.onnx'))
  await t.rejects(store.find(KEY, 1), { message: /damaged \(model\.onnx\)/ })

  const renamed = await put(store, KEY)
  const text = readFileSync(join(renamed.dir, 'key.json'), 'utf8')
  writeFileSync(join(renamed.dir, 'key.json'), text.replace('"9.0"', '"8.7"'))
  t.strictSame(await store.list(), [], 'its name is not that of its key')
  writeFileSync(
    join(renamed.dir, 'key.json'),
    text.replace('"model": "model.onnx"', '"model": "other.onnx"')
  )
  await t.rejects(store.find(KEY, 1), { message: /damaged \(other\.onnx\)/ })
})

test('what an interrupted build left is removed, a folder without a plan refused', async (t) => {
  const store = await storeIn(t)
  const dir = await store.stage()
  writeFileSync(join(dir, 'graph.engine'), 'half')
  await new EngineStore({ folder: store.folder }).open()
  t.strictSame(readdirSync(store.folder), [])
  const staged = await store.stage()
  writeFileSync(join(staged, 'model.onnx'), 'model')
  const about = { key: KEY, model: 'model.onnx', whole: true, gpu: '', builtAt: 1, buildMs: 2 }
  await t.rejects(store.commit(staged, about), { code: 'NS_ENGINE_BUILD', message: /no plan/ })
  t.strictSame(readdirSync(store.folder), [])
})

test('the store stays within its bounds, the newest and the used stay', async (t) => {
  const store = await storeIn(t, { maxEngines: 2 })
  const other = { ...KEY, precision: 'int8' } as const
  await put(store, KEY)
  await put(store, other)
  await store.find(KEY, Date.UTC(2100, 0, 1))
  await put(store, { ...KEY, precision: 'fp32' })
  t.strictSame(
    (await store.list()).map(({ record }) => record.key.precision),
    ['fp16', 'fp32']
  )
  const small = await storeIn(t, { maxBytes: 20 })
  await put(small, KEY, 10)
  await put(small, other, 10)
  t.strictSame(
    (await small.list()).map(({ record }) => record.key.precision),
    ['int8']
  )
})

test('an engine travels as one folder', async (t) => {
  const [here, there] = [await storeIn(t), await storeIn(t)]
  const { digest } = await put(here, KEY)
  const folder = await here.export(digest, join(here.folder, '..', 'out'))
  writeFileSync(join(folder, 'stray'), 'is not taken along')
  const taken = await there.import(folder)
  t.equal(taken.digest, digest)
  t.notOk(existsSync(join(taken.dir, 'stray')))
  t.equal((await there.find(KEY, 1)).digest, digest)
  const none = { code: 'NS_ENGINE_MISSING' }
  await t.rejects(here.export('f'.repeat(64), folder), none)
  await t.rejects(here.export('../..', folder), none)
})

test('a folder that is no engine, or not the one of its record, is not taken in', async (t) => {
  const store = await storeIn(t)
  const { digest, dir } = await put(store, KEY)
  const out = join(store.folder, '..', 'out')
  const folder = await store.export(digest, out)
  const record = readFileSync(join(folder, 'key.json'), 'utf8')
  const refusal = { code: 'NS_ENGINE_FOREIGN' }
  await t.rejects(store.import(join(out, 'absent')), { ...refusal, message: /cannot be read/ })
  writeFileSync(join(folder, 'graph.engine'), 'qqqq')
  await t.rejects(store.import(folder), { ...refusal, message: /graph\.engine differs/ })
  rmSync(join(folder, 'graph.engine'))
  await t.rejects(store.import(folder), { ...refusal, message: /is missing/ })
  copyFileSync(join(dir, 'graph.engine'), join(folder, 'graph.engine'))
  for (const path of ['../../key', '/etc/passwd', '.hidden', 'a/b', '']) {
    const climbing = record.replace('"graph.engine"', JSON.stringify(path))
    writeFileSync(join(folder, 'key.json'), climbing)
    await t.rejects(store.import(folder), { ...refusal, message: /cannot be read/ })
  }
  writeFileSync(join(folder, 'key.json'), record)
  const small = await storeIn(t, { maxBytes: 3 })
  await t.rejects(small.import(folder), { code: 'NS_INSTALL_SPACE' })
  t.strictSame(readdirSync(small.folder), [], 'nothing half-taken is left')
})

test('progress is read from pieces of lines', (t) => {
  const progress = new BuildProgress()
  t.equal(progress.at(0), 0)
  progress.add('[INFO] [MemUsageChange] Init CU', 0)
  t.equal(progress.at(0), 0)
  progress.add('DA: CPU +1\n', 0)
  t.equal(progress.at(5000), 0.02)
  progress.add('Global timing cache in use.\n', 5000)
  t.equal(progress.at(5000), 0.1)
  const half = progress.at(65_000)
  t.ok(half > 0.5 && half < 0.6)
  progress.add('After Myelin optimization: 1 layers\nComputing costs for {ForeignNode}\n', 65_000)
  t.ok(progress.at(65_000) > 0.84, 'all layers were tried')
  t.ok(progress.at(1e9) < 0.85)
  progress.add('Detected 2 inputs and 1 output network tensors.\n', 70_000)
  t.equal(progress.at(70_000), 0.85)
  progress.add('Engine generation completed in 66 seconds.\n', 71_000)
  progress.add('Init CUDA again\n', 71_000)
  t.equal(progress.at(71_000), 0.93)
  t.end()
})
