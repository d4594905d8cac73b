// What is remembered of a climb, what makes it worthless, and how a model falls to the next rung.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { scratchFolder } from '../../test/harness/fake-tool.ts'
import {
  climbed,
  madeUpEngine,
  status,
  Trials,
  trialError,
  VARIANTS
} from '../../test/harness/fake-trials.ts'
import { fullMachine, machine, writeLadderBundle } from '../../test/harness/ladder-bundle.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { LadderCache } from './ladder-cache.ts'
import { type ClimbDeps, climb, fallBack, recall, rungDropped } from './provider-ladder.ts'

test('an answer is remembered for as long as nothing changed', async (t) => {
  const warnings: string[] = []
  const folder = join(t.testdir(), 'ladder')
  const cache = new LadderCache(folder, { warn: (_, message) => warnings.push(message) })
  const trials = new Trials({ 'cuda/fp16': { ms: 0.5 } })
  const bundle = await writeLadderBundle({ dir: join(folder, '..', 'bundle'), variants: VARIANTS })
  const { openTrial, clock } = trials
  const deps: ClimbDeps = { openTrial, clock, cache }
  const facts = fullMachine()
  t.equal(await recall(bundle, facts, deps), undefined)
  const first = await climb(bundle, facts, deps)
  const opened = trials.plans.length
  const second = await climb(bundle, facts, deps)
  t.equal(trials.plans.length, opened, 'nothing is tried')
  t.match(second, { cached: true, before: 'cuda' })
  t.strictSame([second.taken, second.statuses], [first.taken, first.statuses])
  t.match(await recall(bundle, facts, deps), { cached: true, taken: { rung: 'cuda' } })

  const changes = [
    { driver: '581.0' },
    { onnxruntime: '1.31.0' },
    { cpu: 'Another' },
    { gpus: facts.gpus.slice(1) },
    { l4t: '36.4.3' },
    { libraries: [{ path: '/opt/libonnxruntime_providers_cuda.so', bytes: 1001, mtimeMs: 1 }] },
    { libraries: [{ path: '/opt/libonnxruntime_providers_cuda.so', bytes: 1000, mtimeMs: 2 }] },
    { libraries: [] }
  ]
  for (const change of changes)
    t.match(await climb(bundle, fullMachine(change), deps), { cached: false, before: 'cuda' })
  t.match(await climb(bundle, facts, deps), { cached: false }, 'the last answer counts only')
  t.match(await climb(bundle, facts, { ...deps, again: true }), { cached: false })
  t.match(await climb(bundle, facts, { ...deps, settings: { threads: 7 } }), { cached: false })

  writeFileSync(join(folder, 'tiny.json'), '{"schemaVersion":1')
  t.match(await climb(bundle, facts, deps), { cached: false, before: null })
  t.strictSame(warnings, ['a damaged ladder file is ignored'])
  t.match(JSON.parse(readFileSync(join(folder, 'tiny.json'), 'utf8')), { taken: { rung: 'cuda' } })
})

test('a remembered engine counts only while it is there', async (t) => {
  const folder = join(t.testdir(), 'ladder')
  const cache = new LadderCache(folder)
  const bundle = await writeLadderBundle({ dir: join(folder, '..', 'bundle'), variants: VARIANTS })
  const { openTrial, clock } = new Trials({ 'tensorrt/fp16': { ms: 0.1 } })
  const deps: ClimbDeps = { openTrial, clock, cache, engine: async () => madeUpEngine() }
  await climb(bundle, fullMachine(), deps)
  t.match(await climb(bundle, fullMachine(), deps), {
    cached: true,
    taken: { rung: 'tensorrt', engine: { dir: '/engines/1' } }
  })
  const gone = async (): Promise<EnginePlan> => Promise.reject(trialError('NS_ENGINE_MISSING'))
  const after = await climb(bundle, fullMachine(), { ...deps, engine: gone })
  t.match(after, { cached: false, before: 'tensorrt' })
  t.not(after.taken?.rung, 'tensorrt')
})

test('an answer of no rung is remembered too, a foreign or lost one is not believed', async (t) => {
  const folder = join(t.testdir(), 'ladder')
  const cache = new LadderCache(folder)
  const variants = [{ precision: 'fp16', rungs: ['cuda'] }] as const
  const bundle = await writeLadderBundle({ dir: join(folder, '..', 'bundle'), variants })
  const { openTrial, clock } = new Trials({})
  const deps: ClimbDeps = { openTrial, clock, cache }
  t.equal((await climb(bundle, machine(), deps)).taken, undefined)
  t.match(await climb(bundle, machine(), deps), { cached: true, taken: undefined })
  await climb(bundle, fullMachine(), deps)
  const path = join(folder, 'tiny.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('fp16.onnx', 'other.onnx'))
  t.match(await climb(bundle, fullMachine(), deps), { cached: false })
})

test('a cache that cannot be written costs time only', async (t) => {
  const folder = join(scratchFolder(t), 'ladder')
  writeFileSync(folder, 'a file')
  const warnings: string[] = []
  const cache = new LadderCache(folder, { warn: (_, message) => warnings.push(message) })
  const { found } = await climbed(t, {}, { facts: machine(), deps: { cache } })
  t.match(found, { taken: { rung: 'cpu' } })
  t.equal(warnings.at(-1), 'the ladder could not be kept')
  const silent = new LadderCache(folder)
  t.equal(await silent.read('tiny'), undefined)
  await silent.write('tiny', {
    schemaVersion: 1,
    key: null,
    manifestSha256: '',
    taken: null,
    statuses: []
  })
})

test('a lost rung gives way to the next that passed, and the loss is told', async (t) => {
  const times = {
    'cpu/int8': { ms: 8 },
    'cpu/fp16': { ms: 16 },
    'webgpu/fp16': { ms: 9 },
    'cuda/fp16': { ms: 2 }
  }
  const folder = join(t.testdir(), 'ladder')
  mkdirSync(folder)
  const cache = new LadderCache(folder)
  const bundle = await writeLadderBundle({ dir: join(folder, '..', 'bundle'), variants: VARIANTS })
  const { openTrial, clock } = new Trials({ ...times, 'tensorrt/fp16': { ms: 1 } })
  const facts = fullMachine()
  const top = await climb(bundle, facts, {
    openTrial,
    clock,
    cache,
    engine: async () => madeUpEngine()
  })
  t.equal(top.taken?.rung, 'tensorrt')
  const reason = trialError('NS_RUNG_LIBRARY', 'libnvinfer.so.10: cannot open shared object file')
  const down = await fallBack(top, reason, { bundle, facts, clock, cache })
  t.match(down, { before: 'tensorrt', cached: false, taken: { rung: 'cuda', deviceIds: [0, 1] } })
  t.match(status(down, 'tensorrt'), {
    code: 'NS_RUNG_LIBRARY',
    sentence: /^libnvinfer\.so\.10/,
    taken: false
  })
  t.match(status(down, 'cuda'), {
    taken: true,
    sentence: /^Runs as FP16 on the GPU by CUDA with 2 ms .*TensorRT was lost/
  })
  t.match(rungDropped('tensorrt', down), {
    title: /^tiny 1\.0\.0 runs on the GPU by CUDA now instead of the GPU by TensorRT$/,
    cause: /^libnvinfer\.so\.10/
  })
  // WebGPU was slower than the CPU and is passed over.
  const floor = await fallBack(down, trialError('NS_WORKER_FAILED'), { bundle, facts, cache })
  t.match(floor.taken, { rung: 'cpu', variant: { precision: 'int8' } })
  const nothing = await fallBack(floor, trialError('NS_WORKER_FAILED'), { bundle, facts })
  t.equal(nothing.taken, undefined)
  t.match(rungDropped('cpu', nothing), { title: /runs on no rung now/ })
  t.equal(await fallBack(nothing, trialError('NS_WORKER_FAILED'), { bundle, facts }), nothing)
  t.match(await climb(bundle, facts, { openTrial, clock, cache }), { cached: false, before: 'cpu' })
})
