import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import { EngineBuild, NearsideError } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { RecordedModel } from '../../test/harness/recorded-builder.ts'
import {
  buildMemory,
  EngineBuilder,
  type EngineBuilderOptions,
  type EngineRequest
} from './engine-build.ts'
import { EngineStore } from './engine-store.ts'

const RECORDED = pathToFileURL(join(import.meta.dirname, '../../test/harness/recorded-builder.ts'))
const PLENTY = 64 * 2 ** 30

interface Setting {
  readonly builder: EngineBuilder
  readonly store: EngineStore
  readonly clock: ManualClock
  readonly seen: EngineBuild[]
  /** Lines that the recorded library wrote, one a build. */
  builds(): { pid: number; before: string; options: Record<string, string> }[]
  request(mode: RecordedModel['mode'], change?: Partial<EngineRequest>): EngineRequest
}

async function setting(t: Test, change: Partial<EngineBuilderOptions> = {}): Promise<Setting> {
  const dir = t.testdir()
  const store = new EngineStore({ folder: join(dir, 'engines') })
  await store.open()
  const clock = new ManualClock()
  const seen: EngineBuild[] = []
  const builder = new EngineBuilder({
    store,
    clock,
    onChange: (build) => seen.push(build),
    availableMemory: async () => PLENTY,
    script: RECORDED,
    ...change
  })
  t.teardown(() => builder.close())
  const counter = join(dir, 'counter')
  return {
    builder,
    store,
    clock,
    seen,
    builds: () =>
      existsSync(counter)
        ? readFileSync(counter, 'utf8')
            .split('\n')
            .slice(0, -1) // a line without its end is still being written
            .map((line) => JSON.parse(line))
        : [],
    request: (mode, more = {}) => {
      const file = join(dir, `${mode}.onnx`)
      const text = JSON.stringify({ mode, counter } satisfies RecordedModel)
      writeFileSync(file, text)
      return {
        model: { name: 'tiny', version: '1.0.0' },
        file,
        sha256: createHash('sha256').update(text).digest('hex'),
        size: text.length,
        precision: 'fp16',
        profile: { min: { x: [1, 8] }, opt: { x: [4, 8] }, max: { x: [32, 8] } },
        libraries: [dir],
        deviceId: 0,
        ...more
      }
    }
  }
}

/** Waits, in the time of the processes, until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

const states = (seen: readonly EngineBuild[]): string[] => [
  ...new Set(seen.map(({ state }) => state))
]
const staging = ({ folder }: EngineStore): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('staging-'))

test('an engine is built, checked and stored, and found the next time', async (t) => {
  const { builder, store, clock, seen, builds, request } = await setting(t)
  let checked = ''
  const check: EngineRequest['check'] = async ({ dir, model, whole }) => {
    checked = readFileSync(join(dir, model), 'utf8')
    t.ok(whole)
  }
  const wanted = request('good', { check, flags: { trt_builder_optimization_level: '3' } })
  const { status, engine } = await builder.request(wanted).done
  t.match(status, { state: 'ready', progress: 1, code: null })
  t.strictSame(states(seen), ['building', 'checking', 'ready'])
  for (const build of seen) t.ok(EngineBuild.safeParse(build).success)
  t.match(checked, 'good')
  t.match(engine?.key, { computeCapability: '9.0', tensorrt: '10.6.0', onnxruntime: '1.29.0' })
  t.strictSame(staging(store), [], 'nothing half-built is left')

  const [{ options } = { options: {} }] = builds()
  t.match(options, {
    trt_fp16_enable: '1',
    trt_int8_enable: '0',
    trt_profile_min_shapes: 'x:1x8',
    trt_profile_max_shapes: 'x:32x8',
    trt_ep_context_embed_mode: '0',
    trt_builder_optimization_level: '3',
    device_id: '0'
  })
  const again = await builder.request(wanted).done
  t.equal(again.engine?.dir, engine?.dir)
  t.equal(builds().length, 1, 'the stored one was taken')
  const [stored] = await store.list()
  t.equal(stored?.record.builtAt, clock.now())
  t.equal(stored?.record.gpu, 'NVIDIA H200')
})

test('timings of one build serve the next on the same GPU', async (t) => {
  const { builder, builds, request } = await setting(t)
  await builder.request(request('good')).done
  const int8 = await builder.request(request('good', { precision: 'int8' })).done
  t.equal(int8.status.state, 'ready')
  t.strictSame(
    builds().map(({ before }) => before),
    ['', 't']
  )
  t.equal(builds()[1]?.options['trt_int8_enable'], '1')
  t.equal(builds()[1]?.options['trt_fp16_enable'], '1')
})

test('another GPU, TensorRT or shape is another engine', async (t) => {
  const { builder, store, builds, request } = await setting(t)
  const wanted = request('good')
  await builder.request(wanted).done
  writeFileSync(join(wanted.libraries[0] ?? '', 'facts.json'), '{"computeCapability":"8.7"}')
  await builder.request(wanted).done
  await builder.request({ ...wanted, profile: { min: {}, opt: {}, max: {} } }).done
  t.equal(builds().length, 3)
  t.equal((await store.list()).length, 3)
  t.notOk('trt_profile_opt_shapes' in (builds()[2]?.options ?? {}), 'fixed shapes need no profile')
})

test('progress follows the log and the clock, and never falls', async (t) => {
  const { builder, clock, seen, builds, request } = await setting(t)
  const handle = builder.request(request('hang'))
  await until(() => builds().length === 1)
  await until(() => {
    clock.advance(1000)
    return handle.status.progress > 0.45 // half of the recorded layers were tried
  })
  clock.advance(600_000)
  const steps = seen.map(({ progress }) => progress)
  t.strictSame(
    steps,
    [...steps].sort((a, b) => a - b)
  )
  t.ok(handle.status.progress < 0.85, 'the search is not over')
  handle.cancel()
  t.equal((await handle.done).status.code, 'NS_JOB_CANCELLED')
})

test('a cancelled build leaves no process and no file', async (t) => {
  const { builder, store, builds, request } = await setting(t)
  const handle = builder.request(request('hang'))
  const waiting = builder.request(request('good'))
  t.equal(builder.request(request('hang')), handle, 'asked for twice, built once')
  await until(() => builds().length === 1)
  t.equal(waiting.status.state, 'waiting')
  t.ok(builder.cancel('tiny', 'fp16'), 'both')
  t.match((await handle.done).status, { state: 'cancelled', code: 'NS_JOB_CANCELLED' })
  t.match((await waiting.done).status, { state: 'cancelled' })
  await builder.close()
  t.notOk(existsSync(`/proc/${builds()[0]?.pid}`))
  t.strictSame(staging(store), [])
  t.strictSame(await store.list(), [])
  t.notOk(builder.cancel('tiny'), 'nothing is left to cancel')
  handle.cancel()
  t.equal(builder.list().length, 2)
})

test('a builder that is killed from outside is told as what it is', async (t) => {
  const { builder, store, builds, request } = await setting(t)
  const handle = builder.request(request('hang'))
  await until(() => builds().length === 1)
  process.kill(builds()[0]?.pid ?? 0, 'SIGKILL')
  const { status, engine } = await handle.done
  t.match(status, { state: 'failed', code: 'NS_ENGINE_BUILD', sentence: /ended by SIGKILL/ })
  t.equal(engine, null)
  const crash = await builder.request(request('crash')).done
  t.match(crash.status.sentence, /ended by SIGSEGV/)
  t.strictSame(staging(store), [])
})

test('what the library refuses reaches the status with its own words', async (t) => {
  const { builder, store, request } = await setting(t)
  const failed = await builder.request(request('fail')).done
  t.match(failed.status, { state: 'failed', code: 'NS_ENGINE_BUILD' })
  t.match(failed.status.sentence, /Could not find any implementation for node/)
  const partial = await builder.request(request('no-plan')).done
  t.match(partial.status.sentence, /no plan beside its model/)
  const unreadable = await builder.request(request('unreadable')).done
  t.match(unreadable.status.sentence, /built but cannot be opened/)
  const fault = await builder.request(request('fault')).done
  t.match(fault.status.sentence, /unexpected fault.*no such thing/)
  t.strictSame(await store.list(), [])
  const split = await builder.request(request('split')).done
  t.equal(split.engine?.whole, false, 'needs CUDA beside TensorRT')
})

test('a file that changed and a GPU without TensorRT are refused', async (t) => {
  const { builder, builds, request } = await setting(t)
  const changed = await builder.request(request('good', { sha256: '0'.repeat(64) })).done
  t.equal(changed.status.code, 'NS_BUNDLE_DIGEST')
  const wanted = request('good')
  writeFileSync(join(wanted.libraries[0] ?? '', 'facts.json'), '{"tensorrt":null}')
  const without = await builder.request(wanted).done
  t.match(without.status, { code: 'NS_RUNG_LIBRARY', sentence: /libnvinfer cannot be loaded/ })
  t.equal(builds().length, 0)
})

test('an engine that fails its check is removed', async (t) => {
  const { builder, store, request } = await setting(t)
  const check = async (): Promise<void> => {
    throw new NearsideError('NS_RUNG_GOLDEN', 'Wrong numbers.')
  }
  const { status } = await builder.request(request('good', { check })).done
  t.match(status, { state: 'failed', code: 'NS_RUNG_GOLDEN', sentence: 'Wrong numbers.' })
  t.strictSame(await store.list(), [])

  const cancelling = builder.request(
    request('good', { check: async () => void builder.cancel('tiny') })
  )
  t.equal((await cancelling.done).status.state, 'cancelled', 'cancelled while it was checked')
})

test('a build does not start without its memory, and ends when the machine runs out', async (t) => {
  let free = 2 ** 30
  const { builder, clock, builds, request } = await setting(t, {
    availableMemory: async () => free
  })
  const refused = await builder.request(request('good')).done
  t.match(refused.status.sentence, /needs about 7\.5 GB of memory and 1\.1 GB are available/)
  t.equal(buildMemory(438_000_000) > 8e9, true)
  free = PLENTY
  const handle = builder.request(request('hang'))
  await until(() => builds().length === 1)
  free = 2 ** 20
  clock.advance(1000)
  t.match((await handle.done).status.sentence, /for its memory: the machine ran out/)
})

test('a build that takes more than its budget is ended', async (t) => {
  const { builder, clock, builds, request } = await setting(t)
  const handle = builder.request(request('hang', { budgetBytes: 2 ** 20 }))
  await until(() => builds().length === 1)
  clock.advance(1000)
  t.match((await handle.done).status.sentence, /took more than its 0\.0 GB/)
  t.ok(builder.peakBytes > 2 ** 20)
})

test('the real builder says which libraries are missing', async (t) => {
  const { builder: _, store, clock } = await setting(t)
  const builder = new EngineBuilder({ store, clock })
  t.equal(builder.peakBytes, 0)
  const folder = t.testdir()
  const expected = { code: 'NS_RUNG_LIBRARY', message: /libonnxruntime_providers_tensorrt\.so/ }
  await t.rejects(builder.facts([folder], 0), expected)
})

test('the facts of the machine are asked for in a process of their own', async (t) => {
  const { builder } = await setting(t)
  t.match(await builder.facts([], 0), { name: 'NVIDIA H200', onnxruntime: '1.29.0' })
})
