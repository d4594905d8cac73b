import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import type { EngineBuild, ModelManifest, ModelVariant } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { RecordedModel } from '../../test/harness/recorded-builder.ts'
import { openTrial, rungRefusal } from './open-trial.ts'
import { readRungFacts } from './rung-facts.ts'
import { TrialEngines } from './trial-engines.ts'

const RECORDED = pathToFileURL(join(import.meta.dirname, '../../test/harness/recorded-builder.ts'))

const MANIFEST = {
  ...{ name: 'tiny', version: '1.0.0', batching: { maxBatch: 8 } },
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 8] }]
} as unknown as ModelManifest

async function setUp(t: Test, mode: RecordedModel['mode']) {
  const dir = t.testdir()
  const counter = join(dir, 'counter')
  const text = JSON.stringify({ mode, counter } satisfies RecordedModel)
  await writeFile(join(dir, 'model.onnx'), text)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const variant = {
    ...{ file: 'model.onnx', sha256, precision: 'fp16', size: text.length },
    ...{ memoryMb: 1, rungs: ['tensorrt'] }
  } as ModelVariant
  const seen: EngineBuild[] = []
  const open = (): TrialEngines => {
    const engines = new TrialEngines({
      bundle: { dir, manifest: MANIFEST },
      folder: join(dir, 'engines'),
      libraries: [dir],
      clock: new ManualClock(),
      onBuild: (build) => seen.push(build),
      builder: { script: RECORDED, availableMemory: async () => 64 * 2 ** 30 }
    })
    t.teardown(() => engines.close())
    return engines
  }
  const builds = async (): Promise<number> =>
    (await readFile(counter, 'utf8').catch(() => '')).split('\n').length - 1
  return { variant, open, builds, seen }
}

test('an engine is built once, kept, and found by who comes later', async (t) => {
  const { variant, open, builds, seen } = await setUp(t, 'good')
  const engines = open()
  const [first, second] = await Promise.all([engines.find(variant), engines.find(variant)])
  t.equal(first, second)
  t.equal(first.key.modelSha256, variant.sha256)
  t.same(first.key.profile.max, { x: [8, 8] })
  t.equal(await builds(), 1)
  t.ok(seen.some(({ state }) => state === 'building'))
  t.same(await open().find(variant), first)
  t.equal(await builds(), 1, 'what is there is not built again')
})

test('an engine that cannot be built is refused with the reason', async (t) => {
  const { variant, open } = await setUp(t, 'fail')
  await t.rejects(open().find(variant), { code: 'NS_ENGINE_BUILD', message: /\S/ })
  await t.rejects(open().find({ ...variant, precision: 'int4' }), {
    code: 'NS_RUNG_NO_VARIANT',
    message: /this one is INT4/
  })
})

test('a rung that the machine lacks is refused in the words of the ladder', async (t) => {
  const facts = await readRungFacts({ root: t.testdir() })
  t.equal(rungRefusal('cpu', facts), undefined)
  t.match(rungRefusal('cuda', facts), {
    code: 'NS_RUNG_NO_GPU',
    message: /No NVIDIA GPU was found/
  })
  t.match(rungRefusal('webgpu', facts), { code: 'NS_RUNG_NO_GPU' })
  const nvidia = { ...facts, nvidia: true, libraryFolders: [t.testdir()] }
  t.match(rungRefusal('cuda', nvidia), {
    code: 'NS_RUNG_LIBRARY',
    message: /NEARSIDE_GPU_LIBRARIES/
  })
  const { variant } = await setUp(t, 'good')
  const plan = {
    bundle: { dir: t.testdir(), manifest: MANIFEST },
    variant,
    deviceId: 0,
    threads: 1
  }
  await t.rejects(openTrial({ ...plan, rung: 'tensorrt' }, { facts }), { code: 'NS_RUNG_NO_GPU' })
  await t.rejects(openTrial({ ...plan, rung: 'cpu' }, { facts }), { code: 'NS_BUNDLE_DIGEST' })
})
