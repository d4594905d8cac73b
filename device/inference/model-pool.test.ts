import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import { type DeviceModel, NearsideError } from '../../contract/index.ts'
import { signManifest, writeManifest } from '../../models/index.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import {
  positionModel,
  type TinyBundle,
  testKey,
  writeTinyBundle
} from '../../test/harness/tiny-model.ts'
import { type ModelAnswer, ModelPool, type ModelRequest } from './index.ts'
import { describeLadder, hasNvidiaGpu } from './provider-ladder.ts'
import { tensorFrom } from './tensors.ts'

const KEY = testKey()
const CRASHING = pathToFileURL(join(import.meta.dirname, '../../test/harness/crashing-runtime.ts'))

interface Bench {
  readonly dir: string
  readonly clock: ManualClock
  readonly pool: ModelPool
  /** Resolves once the model is in that state. */
  readonly reaches: (state: DeviceModel['state']) => Promise<DeviceModel>
  readonly bundle: (folder: string, options?: Partial<TinyBundle>) => Promise<string>
}

function bench(
  t: Test,
  settings: ConstructorParameters<typeof ModelPool>[0]['settings'] = {}
): Bench {
  const dir = t.testdir()
  const clock = new ManualClock()
  const waiting = new Set<() => void>()
  const onChange = (): void => {
    for (const check of waiting) check()
  }
  const trustedKeys = [KEY.trusted]
  const pool = new ModelPool({ trustedKeys, settings, clock, nvidia: false, onChange })
  t.teardown(() => pool.close())
  const reaches = (state: DeviceModel['state']): Promise<DeviceModel> =>
    new Promise((resolve) => {
      const check = (): void => {
        const status = pool.status().find((model) => model.state === state)
        if (!status) return
        waiting.delete(check)
        resolve(status)
      }
      waiting.add(check)
      check()
    })
  const bundle = async (folder: string, options: Partial<TinyBundle> = {}): Promise<string> => {
    await writeTinyBundle({ dir: join(dir, folder), key: KEY, ...options })
    return join(dir, folder)
  }
  return { dir, clock, pool, reaches, bundle }
}

function request(x: number, spin = 1): ModelRequest {
  const inputs = {
    x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, -x] }),
    spin: tensorFrom({ datatype: 'INT64', shape: [1], data: [spin] })
  }
  return { kind: 'tensors', inputs }
}

function output({ answer }: { answer: ModelAnswer }): number {
  return answer.kind === 'tensors' ? Number(answer.outputs['y']?.data[0]) : Number.NaN
}

test('a model is cold until it is asked, proves itself, and goes when it is idle', async (t) => {
  const { pool, clock, reaches, bundle } = bench(t)
  await pool.register(await bundle('v1', { scale: 2 }), 'builtin')
  const cold = await reaches('cold')
  t.match(cold, {
    name: 'tiny',
    version: '1.0.0',
    precision: 'fp32',
    rung: 'cpu',
    origin: 'builtin',
    signer: 'test',
    p50Ms: null,
    previousVersion: null,
    sentence: /loaded and checked against its golden outputs at first use/
  })
  const answer = pool.submit('tiny', request(3))
  t.match(await reaches('loading'), { sentence: 'Loading as FP32 on the CPU.' })
  t.equal(output(await answer), 6)
  t.match(await reaches('ready'), { requests: 1, batches: 1, sentence: /All 3 golden cases match/ })
  clock.advance(59_000)
  t.equal(output(await pool.submit('tiny', request(4))), 8)
  clock.advance(59_000)
  t.equal(pool.status()[0]?.state, 'ready', 'it was used a moment ago')
  clock.advance(1000)
  await reaches('cold')
  t.equal(output(await pool.submit('tiny', request(5))), 10, 'and comes back')
})

test('all four rungs are stated, with the reason of each refusal', async (t) => {
  const { pool, bundle } = bench(t)
  await pool.register(await bundle('v1'), 'builtin')
  const ladder = pool.status()[0]?.ladder
  t.strictSame(
    ladder?.map(({ rung, taken }) => [rung, taken]),
    [
      ['tensorrt', false],
      ['cuda', false],
      ['webgpu', false],
      ['cpu', true]
    ]
  )
  t.match(ladder?.[1], { code: 'NS_RUNG_NO_GPU', sentence: 'No NVIDIA GPU was found.' })
  const withGpu = describeLadder({ code: null, sentence: 'Fine.' }, true)
  t.match(withGpu[0], { code: null, taken: false, sentence: /Not tried/ })
  t.ok(hasNvidiaGpu((path) => path === '/dev/nvhost-gpu'))
  t.notOk(hasNvidiaGpu(() => false))
  t.type(hasNvidiaGpu(), 'boolean')
})

test('a switch under load fails no request, and each answer is of exactly one version', async (t) => {
  const { pool, bundle } = bench(t)
  await pool.register(await bundle('v1', { scale: 2 }), 'builtin')
  const next = await bundle('v2', { scale: 5, version: '1.0.1' })
  await pool.submit('tiny', request(1))
  const versions = new Map<string, number>()
  const mixed: number[] = []
  let asked = 1
  // Each of 300 clients asks again as soon as it is answered, until it has met the new version.
  const client = async (): Promise<void> => {
    for (let version = ''; version !== '1.0.1'; ) {
      asked += 1
      const x = asked
      const served = await pool.submit('tiny', request(x, 200))
      version = served.about.model.version
      versions.set(version, (versions.get(version) ?? 0) + 1)
      if (output(served) !== x * (version === '1.0.0' ? 2 : 5)) mixed.push(x)
    }
  }
  const clients = Array.from({ length: 300 }, client)
  await pool.activate(next)
  await Promise.all(clients)
  t.strictSame(mixed, [])
  t.equal(versions.get('1.0.1'), 300)
  t.ok((versions.get('1.0.0') ?? 0) > 300, 'the old version served on while the new one loaded')
  t.match(pool.status()[0], {
    version: '1.0.1',
    origin: 'installed',
    previousVersion: '1.0.0',
    requests: asked
  })
})

test('requests that run on the old version when the new one is ready are answered by the old one', async (t) => {
  const { pool, reaches, bundle } = bench(t)
  await pool.register(await bundle('v1', { scale: 2, maxBatch: 1 }), 'builtin')
  const next = await bundle('v2', { scale: 5, version: '1.0.1', maxBatch: 1 })
  await pool.submit('tiny', request(1))
  await reaches('ready')
  // Long enough on the old version for the new one to load meanwhile; the rest waits in the queue.
  const first = pool.submit('tiny', request(1, 900_000))
  const rest = [2, 3, 4].map((x) => pool.submit('tiny', request(x)))
  await pool.activate(next)
  t.match(await first, { about: { model: { version: '1.0.0' } } })
  for (const served of await Promise.all(rest)) t.equal(served.about.model.version, '1.0.1')
})

test('a version whose golden outputs do not match is refused, and the old one keeps serving', async (t) => {
  const { pool, bundle } = bench(t)
  await pool.register(await bundle('v1', { scale: 2 }), 'builtin')
  const bad = await bundle('v2', { scale: 2, goldenScale: 3, version: '1.0.1' })
  await t.rejects(pool.activate(bad), {
    code: 'NS_GOLDEN_MISMATCH',
    message:
      /^tiny 1\.0\.1 does not give its golden outputs on this device\. Golden case 1: output y differs at 0/
  })
  t.match(pool.status()[0], { version: '1.0.0', previousVersion: null })
  t.equal(output(await pool.submit('tiny', request(1))), 2)
  const other = await bundle('other', { name: 'other', goldenScale: 3 })
  await t.rejects(pool.activate(other), { code: 'NS_GOLDEN_MISMATCH' })
  const unfit = await bundle('unfit', { name: 'unfit' })
  await writeFile(join(unfit, 'model.fp32.onnx'), positionModel())
  await writeManifest(unfit)
  await signManifest(unfit, KEY.privateKey)
  await t.rejects(pool.activate(unfit), {
    code: 'NS_GOLDEN_MISMATCH',
    message: /^unfit 1\.0\.0 does not give .* It cannot take its golden inputs: /
  })
  await t.rejects(pool.submit('other', request(1)), {
    code: 'NS_MODEL_UNKNOWN',
    message: 'There is no model named other on this device; it has: tiny.'
  })
})

test('bundles that are not trusted, changed or unusable never become a model', async (t) => {
  const { pool, bundle, dir } = bench(t)
  const stranger = await bundle('stranger', { key: testKey() })
  await t.rejects(pool.activate(stranger), { code: 'NS_BUNDLE_KEY_UNKNOWN' })
  const changed = await bundle('changed')
  await writeFile(join(changed, 'CARD.md'), 'changed')
  await t.rejects(pool.register(changed, 'builtin'), { code: 'NS_BUNDLE_DIGEST' })
  const gpuOnly = await bundle('gpu', {
    change: (manifest) => {
      const [variant] = manifest['variants'] as { rungs: string[] }[]
      if (variant) variant.rungs = ['cuda']
    }
  })
  await t.rejects(pool.activate(gpuOnly), { message: /has no variant for the CPU/ })
  await t.rejects(pool.activate(join(dir, 'absent')), { code: 'NS_BUNDLE_INVALID' })
  await t.rejects(pool.submit('tiny', request(1)), { message: /it has: none\./ })
  t.strictSame(pool.status(), [])
})

test('a device goes back to the version before, and no further', async (t) => {
  const { pool, bundle } = bench(t)
  await pool.register(await bundle('v1', { scale: 2 }), 'builtin')
  const second = await bundle('v2', { scale: 5, version: '1.0.1' })
  const fullDisk = (): void => {
    throw new NearsideError('NS_STORAGE_FULL', 'The disk is full.')
  }
  const full = pool.activate(second, { onSwitching: fullDisk })
  await t.rejects(full, { code: 'NS_STORAGE_FULL' }, 'a switch that cannot be recorded is not made')
  t.equal(pool.status()[0]?.version, '1.0.0')
  const at: (string | undefined)[] = []
  const onSwitching = (): void => {
    at.push(pool.status()[0]?.version)
  }
  await pool.activate(second, { onSwitching })
  t.strictSame(at, ['1.0.0'], 'the caller hears of the switch before it happens')
  await pool.activate(second)
  t.equal(pool.status()[0]?.previousVersion, '1.0.0', 'the same version again changes nothing')
  t.equal((await pool.rollback('tiny')).manifest.version, '1.0.0')
  t.match(pool.status()[0], { version: '1.0.0', origin: 'builtin', previousVersion: null })
  t.equal(output(await pool.submit('tiny', request(1))), 2)
  await t.rejects(pool.rollback('tiny'), {
    code: 'NS_MODEL_UNKNOWN',
    message: /no earlier version/
  })
  t.equal(pool.answeredBy('tiny').model.version, '1.0.0')
})

test('a new model is proved before it is added; registering again keeps the former version', async (t) => {
  const { pool, bundle } = bench(t)
  const first = await bundle('v1', { scale: 2 })
  await pool.activate(first, { origin: 'installed' })
  t.match(pool.status()[0], { state: 'cold', origin: 'installed' })
  await pool.register(first, 'installed')
  await pool.register(await bundle('v2', { scale: 5, version: '1.0.1' }), 'installed')
  t.match(pool.status()[0], { version: '1.0.1', previousVersion: '1.0.0' })
  t.equal(output(await pool.submit('tiny', request(1))), 5)
})

test('a model that cannot be loaded says why, and is tried again at the next request', async (t) => {
  const { pool, bundle } = bench(t)
  const dir = await bundle('v1', { scale: 2 })
  await pool.register(dir, 'builtin')
  const file = join(dir, 'model.fp32.onnx')
  const model = await readFile(file)
  await writeFile(file, 'damaged')
  const damaged = { code: 'NS_BUNDLE_DIGEST' }
  const both = [pool.submit('tiny', request(1)), pool.submit('tiny', request(2))]
  for (const answer of both) await t.rejects(answer, damaged)
  t.match(pool.status()[0], { state: 'failed', sentence: /^model\.fp32\.onnx: sha256 differs/ })
  t.match(pool.status()[0]?.ladder.at(-1), { taken: false, code: 'NS_BUNDLE_DIGEST' })
  await writeFile(file, model)
  t.equal(output(await pool.submit('tiny', request(1))), 2)
})

test('a model that loses three executors in a row rests, then serves again', async (t) => {
  const dir = t.testdir({ crashes: '0' })
  const counter = join(dir, 'crashes')
  const { pool, bundle, clock } = bench(t, { runtime: `${CRASHING}?crashes=${counter}` })
  await pool.register(await bundle('v1', { scale: 2, maxBatch: 1 }), 'builtin')
  await writeFile(counter, '1')
  t.equal(output(await pool.submit('tiny', request(666))), 1332, 'one loss is not noticed outside')
  await writeFile(counter, '3')
  const [first, second, third] = [request(666), request(666), request(1)].map((item) =>
    pool.submit('tiny', item).then(output, (error) => error.code)
  )
  t.equal(await first, 'NS_WORKER_FAILED')
  t.equal(await second, 'NS_WORKER_FAILED')
  t.equal(await third, 'NS_INFERENCE_FAILED', 'what waits fails at once')
  await t.rejects(pool.submit('tiny', request(1)), { message: /rests for 5 minutes/ })
  t.match(pool.status()[0], { state: 'failed' })
  clock.advance(300_000)
  t.equal(output(await pool.submit('tiny', request(1))), 2)
})

test('a closed pool fails what waits and takes nothing new', async (t) => {
  const { pool, bundle, reaches } = bench(t)
  const dir = await bundle('v1')
  await pool.register(dir, 'builtin')
  await pool.submit('tiny', request(1))
  await reaches('ready')
  const running = pool.submit('tiny', request(1, 100_000))
  await settle()
  const waiting = t.rejects(pool.submit('tiny', request(2)), { message: /shutting down/ })
  await pool.close()
  t.equal(output(await running), 1, 'what runs is answered')
  await waiting
  await t.rejects(pool.submit('tiny', request(1)), { code: 'NS_INFERENCE_FAILED' })
  await t.rejects(pool.activate(dir), { message: /shutting down/ })
})
