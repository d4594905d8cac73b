// Models in parts as models of the pool: real parts in real processes, asked, killed, exchanged and unloaded.

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { BUILTIN_MODELS, findBundles, verifyBundle } from '../../models/index.ts'
import { layeredOutputs, writeLayeredBundle } from '../../test/harness/layered-model.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { writeSplitBundle } from '../../test/harness/split-bundle.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { DeviceArbiter } from './device-arbiter.ts'
import { type InferenceSettings, ModelPool, type ModelRequest, type ServedAnswer } from './index.ts'
import { cpuChoice, loadModel, type RungChoice } from './loaded-model.ts'
import { DEFAULT_INFERENCE_SETTINGS } from './settings.ts'
import { tensorFrom } from './tensors.ts'

const KEY = testKey()
const SHAPE = { layers: 8, width: 16 }
const CRASHING = pathToFileURL(join(import.meta.dirname, '../../test/harness/crashing-runtime.ts'))

function poolOf(
  t: Test,
  settings: Partial<InferenceSettings> = {},
  clock: Clock = systemClock
): ModelPool {
  const pool = new ModelPool({
    ...{ trustedKeys: [KEY.trusted], clock, nvidia: false },
    settings: { threads: 1, ...settings }
  })
  t.teardown(() => pool.close())
  return pool
}

async function layersInParts(t: Test, parts: number): Promise<string> {
  const dir = t.testdir()
  await writeLayeredBundle({ dir: join(dir, 'whole'), key: KEY, ...SHAPE })
  const out = join(dir, 'split')
  return writeSplitBundle({ dir: join(dir, 'whole'), out, parts, key: KEY })
}

async function tinyInParts(t: Test, scale: number, version: string): Promise<string> {
  const dir = t.testdir()
  await writeTinyBundle({ dir: join(dir, 'whole'), key: KEY, scale, version })
  return writeSplitBundle({ dir: join(dir, 'whole'), out: join(dir, 'split'), parts: 2, key: KEY })
}

const rowOf = (row: number): number[] =>
  Array.from({ length: SHAPE.width }, (_, index) => Math.sin(row * SHAPE.width + index))

const layers = (...rows: number[]): ModelRequest => ({
  kind: 'tensors',
  inputs: {
    x: tensorFrom({
      ...{ datatype: 'FP32', shape: [rows.length, SHAPE.width] },
      data: rows.flatMap(rowOf)
    })
  }
})

const tiny = (x: number, spin = 1): ModelRequest => ({
  kind: 'tensors',
  inputs: {
    x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, -x] }),
    spin: tensorFrom({ datatype: 'INT64', shape: [1], data: [spin] })
  }
})

function output({ answer }: ServedAnswer, name = 'y'): number[] {
  return answer.kind === 'tensors' ? [...(answer.outputs[name]?.data ?? [])].map(Number) : []
}

/** Whether a row is answered as the layers compute it. */
function near(t: Test, given: readonly number[], row: number): void {
  const expected = [...layeredOutputs(rowOf(row), SHAPE).y]
  t.equal(given.length, expected.length)
  const off = expected.map((value, index) => Math.abs(value - (given[index] ?? Number.NaN)))
  t.ok(Math.max(...off) < 1e-3, `row ${row}`)
}

const alive = (pid: number): boolean => {
  try {
    // A zombie still takes signals; its state tells it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a model in parts is installed, proved, batched and unloaded like any other', async (t) => {
  const pool = poolOf(t)
  await pool.activate(await layersInParts(t, 3))
  t.match(pool.status()[0], {
    state: 'cold',
    sentence:
      'Runs as FP32 in 3 parts on the CPU; loaded and checked against its golden outputs at first use.'
  })
  t.same(pool.pids('layers'), [])
  near(t, output(await pool.submit('layers', layers(0))), 0)
  t.match(pool.status()[0], {
    ...{ state: 'ready', rung: 'cpu', precision: 'fp32' },
    sentence: /^Runs as FP32 in 3 parts on the CPU\. All \d+ golden cases match/
  })
  const pids = pool.pids('layers')
  t.equal(new Set(pids).size, 4, 'three parts, and who hands batches on to them')
  for (const pid of pids) t.equal(pool.modelOf(pid), 'layers')
  const many = await Promise.all(
    Array.from({ length: 40 }, (_, row) => pool.submit('layers', layers(row)))
  )
  for (const [row, served] of many.entries()) near(t, output(served), row)
  t.ok(Math.max(...many.map(({ batchSize }) => batchSize)) > 1, 'requests share batches')
  const large = output(await pool.submit('layers', layers(...Array(30).keys())))
  for (let row = 0; row < 30; row += 1)
    near(t, large.slice(row * SHAPE.width, (row + 1) * SHAPE.width), row)
  const [trace] = pool.traces(1, 'layers')
  t.match(trace, { model: 'layers', rung: 'cpu', rows: 30, requests: 1 })
  t.match(pool.statistics('layers')[0], { rung: 'cpu', success: { count: 42 } })
  await pool.unload('layers')
  t.same(pids.filter(alive), [], 'every process has gone')
})

test('a part that is killed in the middle of a batch is replaced, and the batch is answered', async (t) => {
  const pool = poolOf(t)
  await pool.register(await tinyInParts(t, 2, '1.0.0'), 'builtin')
  await pool.submit('tiny', tiny(1))
  for (const place of [1, 2]) {
    const before = pool.pids('tiny')
    const victim = before[place] ?? 0
    const answer = pool.submit('tiny', tiny(7, 1_000_000))
    process.kill(victim, 'SIGKILL')
    t.same(output(await answer), [14, -14])
    const after = pool.pids('tiny')
    t.equal(after[0], before[0], 'who hands batches on stayed')
    t.notOk(after.includes(victim))
    t.equal(after.length, 3)
  }
})

test('who hands batches on is killed with its parts, and the batch is answered by new ones', async (t) => {
  const pool = poolOf(t)
  await pool.register(await tinyInParts(t, 2, '1.0.0'), 'builtin')
  await pool.submit('tiny', tiny(1))
  const before = pool.pids('tiny')
  const answer = pool.submit('tiny', tiny(7, 1_000_000))
  process.kill(before[0] ?? 0, 'SIGKILL')
  t.same(output(await answer), [14, -14])
  const after = pool.pids('tiny')
  t.equal(new Set([...before, ...after]).size, 6)
  await pool.unload('tiny')
  t.same([...before, ...after].filter(alive), [])
})

test('a part that is lost three times in a row makes the model rest, as a whole model does', async (t) => {
  const dir = t.testdir({ crashes: '0' })
  const counter = join(dir, 'crashes')
  const pool = poolOf(t, { runtime: `${CRASHING}?crashes=${counter}` })
  await writeTinyBundle({ dir: join(dir, 'whole'), key: KEY, scale: 2, maxBatch: 1 })
  const out = join(dir, 'split')
  await writeSplitBundle({ dir: join(dir, 'whole'), out, parts: 2, key: KEY })
  await pool.register(out, 'builtin')
  writeFileSync(counter, '1')
  t.same(output(await pool.submit('tiny', tiny(666))), [1332, -1332], 'one loss is not noticed')
  writeFileSync(counter, '3')
  await t.rejects(pool.submit('tiny', tiny(666)), { code: 'NS_WORKER_FAILED' })
  t.equal(pool.status()[0]?.state, 'ready', 'two losses fail the batch only')
  await t.rejects(pool.submit('tiny', tiny(666)), { code: 'NS_WORKER_FAILED' })
  await t.rejects(pool.submit('tiny', tiny(1)), { message: /rests for 5 minutes/ })
  t.equal(pool.status()[0]?.state, 'failed')
})

test('a part that hangs is killed at its deadline, alone, and the next batch is answered', async (t) => {
  const pool = poolOf(t, { batchDeadlineMs: 400 })
  await pool.register(await tinyInParts(t, 2, '1.0.0'), 'builtin')
  await pool.submit('tiny', tiny(1))
  const [before] = pool.pids('tiny')
  await t.rejects(pool.submit('tiny', tiny(7, 2 ** 40)), { code: 'NS_INFERENCE_DEADLINE' })
  t.same(output(await pool.submit('tiny', tiny(3))), [6, -6])
  t.equal(pool.pids('tiny')[0], before, 'who hands batches on stayed')
})

test('who hands batches on and hangs is killed with all parts', async (t) => {
  const clock = new ManualClock()
  const pool = poolOf(t, {}, clock)
  await pool.register(await tinyInParts(t, 2, '1.0.0'), 'builtin')
  await pool.submit('tiny', tiny(1))
  const before = pool.pids('tiny')
  process.kill(before[0] ?? 0, 'SIGSTOP')
  const answer = pool.submit('tiny', tiny(5))
  await settle()
  clock.advance(150_000)
  t.same(output(await answer), [10, -10])
  const after = pool.pids('tiny')
  t.equal(new Set([...before, ...after]).size, 6)
  await pool.unload('tiny')
  t.same(before.filter(alive), [])
})

test('parts in a thread of the agent are processes all the same', async (t) => {
  const pool = poolOf(t, { shell: 'thread' })
  await pool.register(await tinyInParts(t, 2, '1.0.0'), 'builtin')
  t.same(output(await pool.submit('tiny', tiny(4))), [8, -8])
  const pids = pool.pids('tiny')
  t.equal(pids.length, 2)
  process.kill(pids[1] ?? 0, 'SIGKILL')
  t.same(output(await pool.submit('tiny', tiny(6))), [12, -12])
  await pool.unload('tiny')
  t.same(pids.filter(alive), [])
})

test('a part that cannot be loaded fails the model with its own sentence', async (t) => {
  const pool = poolOf(t)
  const dir = await tinyInParts(t, 2, '1.0.0')
  await pool.register(dir, 'builtin')
  const second = pool.manifest('tiny').variants[0]?.parts?.[1]?.file ?? ''
  writeFileSync(join(dir, second), 'damaged')
  await t.rejects(pool.submit('tiny', tiny(1)), {
    ...{ code: 'NS_BUNDLE_DIGEST', message: /sha256 differs from the manifest/ }
  })
  t.same(pool.pids('tiny'), [])
})

test('a version in parts takes over from one in a single piece under load, and the other way round', async (t) => {
  const pool = poolOf(t)
  const folder = t.testdir()
  const whole = async (scale: number, version: string): Promise<string> => {
    const dir = join(folder, version)
    await writeTinyBundle({ dir, key: KEY, scale, version })
    return dir
  }
  await pool.register(await whole(2, '1.0.0'), 'builtin')
  const split = await writeSplitBundle({
    ...{ dir: await whole(5, '1.0.1'), out: join(folder, 'split'), parts: 2, key: KEY }
  })
  const last = await whole(7, '1.0.2')
  const scales: Record<string, number> = { '1.0.0': 2, '1.0.1': 5, '1.0.2': 7 }
  let wrong = 0
  const client = async (x: number): Promise<void> => {
    for (let version = ''; version !== '1.0.2'; ) {
      const served = await pool.submit('tiny', tiny(x))
      version = served.about.model.version
      if (output(served)[0] !== x * (scales[version] ?? 0)) wrong += 1
    }
  }
  const clients = Array.from({ length: 20 }, (_, x) => client(x + 1))
  await pool.activate(split)
  t.match(pool.status()[0], { version: '1.0.1', sentence: /in 2 parts on the CPU/ })
  await pool.activate(last)
  await Promise.all(clients)
  t.equal(wrong, 0)
})

test('documents are tokenised before the parts, and judged as the whole judges them', async (t) => {
  const found = (await findBundles(BUILTIN_MODELS)).find(({ name }) => name === 'sentence-roles')
  if (!found) throw new Error('the shipped model')
  const split = join(t.testdir(), 'split')
  await writeSplitBundle({ dir: found.dir, out: split, parts: 2, key: KEY })
  const document: ModelRequest = {
    kind: 'document',
    sentences: [
      'Little is known about sleep.',
      'We asked 40 adults twice.',
      'They slept longer.',
      'Sleep can be improved.'
    ]
  }
  const pool = poolOf(t)
  await pool.register(split, 'builtin')
  const served = await pool.submit('sentence-roles', document)
  const whole = await loadModel(
    await verifyBundle(split, [KEY.trusted]).then((bundle) => ({
      ...bundle,
      manifest: {
        ...bundle.manifest,
        variants: bundle.manifest.variants.map(({ parts: _, ...variant }) => variant)
      }
    })),
    { settings: { ...DEFAULT_INFERENCE_SETTINGS, threads: 1 }, clock: systemClock }
  )
  t.teardown(() => whole.close())
  const expected = await whole.servers[0]?.run([document])
  const [answer] = expected?.answers ?? []
  if (answer?.kind !== 'document' || served.answer.kind !== 'document') throw new Error('documents')
  t.same(Object.keys(served.answer.tables).sort(), Object.keys(answer.tables).sort())
  for (const [name, values] of Object.entries(answer.tables)) {
    const given = served.answer.tables[name] ?? new Float32Array()
    t.equal(given.length, values.length)
    t.ok(
      values.every((value, index) => Math.abs(value - (given[index] ?? Number.NaN)) < 1e-4),
      name
    )
  }
})

test('the memory of each part is held on the device that it lies on, and given back', async (t) => {
  const bundle = await verifyBundle(await layersInParts(t, 2), [KEY.trusted])
  const [variant] = bundle.manifest.variants
  if (!variant) throw new Error('no variant')
  const open = (arbiter: DeviceArbiter, choice: RungChoice) =>
    loadModel(bundle, {
      ...{ settings: { ...DEFAULT_INFERENCE_SETTINGS, threads: 1 }, clock: systemClock },
      ...{ arbiter, choice }
    })
  const means = (cpuMb: number) =>
    new DeviceArbiter({
      clock: systemClock,
      devices: { cpu: { slots: 2, memory: 'host' } },
      memoryMb: { host: cpuMb }
    })
  const choice = { ...cpuChoice(bundle), variant: { ...variant, memoryMb: 10 } }
  const enough = means(10)
  const loaded = await open(enough, choice)
  t.equal(Math.round(enough.freeMb('cpu')), 0)
  t.equal(loaded.servers.length, 1, 'one pipeline is one server')
  t.equal(loaded.pids().length, 3)
  await loaded.close()
  t.equal(Math.round(enough.freeMb('cpu')), 10)
  const tooLittle = means(9)
  await t.rejects(open(tooLittle, choice), { code: 'NS_INFERENCE_MEMORY' })
  t.equal(tooLittle.freeMb('cpu'), 9, 'nothing is kept of what was held for the first part')
})

void once
