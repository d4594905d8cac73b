// Climbing over trials that a test makes up: every reason for which a rung is refused, and who is measured
// against whom.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { NearsideError, type Precision, type Rung } from '../../contract/index.ts'
import {
  type Behaviour,
  climbed,
  madeUpEngine,
  status,
  Trials,
  trialError,
  VARIANTS
} from '../../test/harness/fake-trials.ts'
import { fullMachine, machine, writeLadderBundle } from '../../test/harness/ladder-bundle.ts'
import {
  chooseVariant,
  climb,
  describeLadder,
  hasNvidiaGpu,
  passed,
  rungDropped
} from './provider-ladder.ts'

test('the fastest file of the best rung is taken, from the bottom upwards', async (t) => {
  const times = { 'cpu/int8': { ms: 8 }, 'cpu/fp16': { ms: 16 }, 'webgpu/fp16': { ms: 4 } }
  const steps: (Rung | undefined)[] = []
  const { found, trials } = await climbed(
    t,
    { ...times, 'cuda/fp16': { ms: 2 }, 'tensorrt/fp16': { ms: 1 } },
    {
      deps: {
        engine: async () => madeUpEngine(),
        onProgress: ({ taken, cached }) => {
          t.notOk(cached)
          steps.push(taken?.rung)
        }
      }
    }
  )
  t.strictSame(steps, ['cpu', 'webgpu', 'cuda', 'tensorrt'])
  t.match(found, { cached: false, before: null, model: { name: 'tiny', version: '1.0.0' } })
  t.match(found.taken, {
    rung: 'tensorrt',
    deviceId: 0,
    deviceIds: [0, 1],
    engine: { whole: true }
  })
  t.strictSame(
    found.statuses.map(({ rung, taken, code, precision, p95Ms }) => [
      rung,
      taken,
      code,
      precision,
      p95Ms
    ]),
    [
      ['tensorrt', true, null, 'fp16', 1],
      ['cuda', false, null, 'fp16', 2],
      ['webgpu', false, null, 'fp16', 4],
      ['cpu', false, null, 'int8', 8]
    ]
  )
  t.match(
    status(found, 'tensorrt')?.sentence,
    /^Runs as FP16 on the GPU by TensorRT with 1 ms .* All 3 golden/
  )
  t.match(
    status(found, 'cuda')?.sentence,
    /^Works as FP16 .* with 2 ms .*; FP16 on the GPU by TensorRT is faster with 1 ms/
  )
  t.ok(found.statuses.every(passed))
  // The plans: CUDA and TensorRT through the C API, the others as npm has them.
  t.match(
    trials.plans.map(({ rung, binding, variant }) => [rung, variant.file, binding]),
    [
      ['cpu', 'int8.onnx', 'stock'],
      ['cpu', 'fp16.onnx', 'stock'],
      ['webgpu', 'fp16.onnx', 'stock'],
      ['cuda', 'fp16.onnx', 'ffi'],
      ['tensorrt', 'fp16.onnx', 'ffi']
    ]
  )
  // A contender and the best below it run in turn, so that both see the same load.
  // Three runs of the new one prove it first.
  const from = trials.runs.indexOf('cuda/fp16') + 3
  const turns = trials.runs.slice(from, trials.runs.lastIndexOf('webgpu/fp16'))
  t.ok(turns.length > 10 && turns.every((key, at) => at === 0 || key !== turns[at - 1]))
})

test('the file of a rung is chosen by measurement, not by its precision', async (t) => {
  const { found } = await climbed(
    t,
    { 'cpu/int8': { ms: 9 }, 'cpu/fp16': { ms: 3 } },
    { facts: machine() }
  )
  t.match(found.taken, { rung: 'cpu', variant: { precision: 'fp16' } })
  t.match(status(found, 'cpu'), { precision: 'fp16', p95Ms: 3 })
})

test('a rung that is no faster is refused with both figures', async (t) => {
  const { found } = await climbed(t, {
    'cpu/int8': { ms: 2 },
    'cpu/fp16': { ms: 4 },
    'webgpu/fp16': { ms: 2 }
  })
  t.match(status(found, 'webgpu'), {
    code: 'NS_RUNG_SLOWER',
    sentence: /FP16 on the GPU by WebGPU takes 2 ms .* no less than INT8 on the CPU with 2 ms/,
    p95Ms: 2
  })
  t.equal(found.taken?.rung, 'cuda', 'the next rung is measured against the CPU')
})

test('each refusal of a trial has its code, a sentence and a detail', async (t) => {
  const cases: readonly [Behaviour, object][] = [
    [
      {
        open: trialError(
          'NS_RUNG_LIBRARY',
          'libcudnn.so.9: cannot open shared object file: No such file'
        )
      },
      {
        code: 'NS_RUNG_LIBRARY',
        sentence: /^libcudnn\.so\.9, which the GPU by CUDA needs, is missing/
      }
    ],
    [
      { open: trialError('NS_RUNG_LIBRARY') },
      { code: 'NS_RUNG_LIBRARY', sentence: 'It is NS_RUNG_LIBRARY.' }
    ],
    [
      { open: trialError('NS_RUNG_NO_GPU') },
      { code: 'NS_RUNG_NO_GPU', sentence: 'It is NS_RUNG_NO_GPU.' }
    ],
    [
      { open: trialError('NS_WORKER_FAILED') },
      { code: 'NS_RUNG_CRASHED', sentence: /^The trial of FP16 on the GPU by CUDA ended/ }
    ],
    [
      { fails: { from: 1, error: trialError('NS_WORKER_FAILED') }, words: 'Segmentation fault' },
      { code: 'NS_RUNG_CRASHED', detail: 'Segmentation fault' }
    ],
    [
      { fails: { from: 9, error: trialError('NS_INFERENCE_DEADLINE') } },
      { code: 'NS_INFERENCE_DEADLINE', sentence: /did not answer in time/, detail: /It is/ }
    ],
    [
      { fails: { from: 1, error: trialError('NS_INFERENCE_INPUT') }, words: 'requires f16' },
      { code: 'NS_RUNG_GOLDEN', sentence: /cannot run the golden inputs/, detail: 'requires f16' }
    ],
    [
      { scale: 2.5 },
      { code: 'NS_RUNG_GOLDEN', sentence: /Golden case 1: output y differs at 0 by 0\.5/ }
    ],
    [{ scale: Number.NaN }, { code: 'NS_RUNG_GOLDEN', sentence: /an unknown amount/ }],
    [
      {
        open: new NearsideError('NS_INTERNAL', 'A fault.', {
          cause: new Error('first line\nsecond')
        })
      },
      { code: 'NS_INTERNAL', sentence: 'A fault.', detail: 'first line' }
    ]
  ]
  for (const [behaviour, expected] of cases) {
    const { found } = await climbed(t, { 'cpu/int8': { ms: 3 }, 'cuda/fp16': behaviour })
    t.match(status(found, 'cuda'), { taken: false, precision: 'fp16', p95Ms: null, ...expected })
    t.not(found.taken?.rung, 'cuda')
    t.not(found.taken, undefined)
  }
})

test('a runtime that was built without WebGPU says so', async (t) => {
  const words = 'no available backend found. ERR: [webgpu] backend not found.'
  const { found } = await climbed(t, {
    'webgpu/fp16': { open: trialError('NS_RUNG_LIBRARY', words) }
  })
  t.match(status(found, 'webgpu'), { code: 'NS_RUNG_NOT_OFFERED', sentence: /has no WebGPU/ })
})

test('what machine or bundle lack is said without a trial', async (t) => {
  const only = [{ precision: 'fp32', rungs: ['cpu', 'webgpu'] }] as const
  const drivers = ['/etc/vulkan/icd.d/test.json']
  const facts = machine({ vulkan: { loader: null, drivers } })
  const { found, trials } = await climbed(t, {}, { facts, variants: only })
  t.match(status(found, 'cuda'), {
    code: 'NS_RUNG_NO_GPU',
    sentence: /^No NVIDIA GPU was found\. .*driver/
  })
  t.match(status(found, 'tensorrt'), { code: 'NS_RUNG_NO_GPU' })
  t.match(status(found, 'webgpu'), {
    code: 'NS_RUNG_LIBRARY',
    sentence: /install the package libvulkan1/
  })
  t.equal(trials.plans.length, 1)
  const bare = await climbed(t, {}, { facts: machine(), variants: only })
  t.match(status(bare.found, 'webgpu'), { code: 'NS_RUNG_NO_GPU', sentence: /No Vulkan driver/ })
  const full = await climbed(t, {}, { variants: only })
  t.match(status(full.found, 'cuda'), {
    code: 'NS_RUNG_NO_VARIANT',
    sentence: /tiny 1\.0\.0 has no file for/
  })
})

test('TensorRT needs its library first, then an engine that fits', async (t) => {
  const none = await climbed(t, {})
  t.match(status(none.found, 'tensorrt'), {
    code: 'NS_RUNG_LIBRARY',
    sentence: /providers_tensorrt\.so/
  })
  const folder = join(t.testdir({ empty: {} }), 'empty')
  const libraryFolders = [folder]
  for (const name of [
    'libonnxruntime.so.1',
    ...['shared', 'cuda', 'tensorrt'].map((part) => `libonnxruntime_providers_${part}.so`)
  ])
    writeFileSync(join(folder, name), '')
  const kept = readdirSync(folder)
  const refuse = async (code: 'NS_ENGINE_MISSING' | 'NS_ENGINE_FOREIGN' | undefined) => {
    const trials = new Trials({})
    const bundle = await writeLadderBundle({
      dir: join(folder, '..', String(code)),
      variants: VARIANTS
    })
    const lookUp = code && (async () => Promise.reject(trialError(code)))
    const { openTrial, clock } = trials
    const facts = fullMachine({ libraryFolders })
    return status(await climb(bundle, facts, { openTrial, clock, engine: lookUp }), 'tensorrt')
  }
  t.equal(kept.length, 4)
  t.match(await refuse(undefined), { code: 'NS_ENGINE_MISSING', sentence: /No TensorRT engine/ })
  t.match(await refuse('NS_ENGINE_MISSING'), { code: 'NS_ENGINE_MISSING' })
  t.match(await refuse('NS_ENGINE_FOREIGN'), { code: 'NS_ENGINE_FOREIGN', sentence: /It is/ })
})

test('an engine is proved at its own precision, on the GPUs of its kind', async (t) => {
  const old = { name: 'Old GPU', uuid: null, computeCapability: '7.5', memoryMb: 1 }
  const [newer = old] = fullMachine().gpus
  const { found, trials } = await climbed(
    t,
    { 'tensorrt/fp16': { ms: 0.5 } },
    {
      facts: fullMachine({ gpus: [old, newer, { ...newer, computeCapability: null }] }),
      deps: { engine: async () => madeUpEngine('int8') }
    }
  )
  t.match(found.taken, { rung: 'tensorrt', deviceId: 1, deviceIds: [1, 2] })
  t.equal(status(found, 'tensorrt')?.precision, 'int8')
  t.equal(trials.plans.at(-1)?.deviceId, 1)
  const unnamed = await climbed(
    t,
    { 'cuda/fp16': { ms: 0.5 } },
    { facts: fullMachine({ gpus: [] }) }
  )
  t.match(unnamed.found.taken, { rung: 'cuda', deviceIds: [0] })
})

test('a bundle without a file for the CPU is measured alone', async (t) => {
  const variants = [{ precision: 'fp16', rungs: ['webgpu'] }] as const
  const { found } = await climbed(t, { 'webgpu/fp16': { ms: 7 } }, { variants })
  t.match(found.taken, { rung: 'webgpu' })
  t.match(status(found, 'cpu'), { code: 'NS_RUNG_NO_VARIANT' })
  t.match(status(found, 'webgpu'), { p95Ms: 7 })
})

test('when the best so far is lost while it is the measure, its rung is refused', async (t) => {
  const lost = { from: 75, error: trialError('NS_WORKER_FAILED') }
  const variants = [{ precision: 'fp16', rungs: ['cpu', 'webgpu'] }] as const
  const { found } = await climbed(
    t,
    { 'cpu/fp16': { fails: lost, words: 'Killed' }, 'webgpu/fp16': { ms: 30 } },
    { variants }
  )
  t.match(found.taken, { rung: 'webgpu' })
  t.match(status(found, 'cpu'), { code: 'NS_RUNG_CRASHED', taken: false, detail: 'Killed' })
})

test('a climb can be cancelled and leaves no trial', async (t) => {
  const control = new AbortController()
  const ms = (run: number): number => {
    if (run === 20) control.abort()
    return 1
  }
  const trials = new Trials({ 'webgpu/fp16': { ms } })
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'bundle'), variants: VARIANTS })
  const { openTrial, clock } = trials
  const deps = { openTrial, clock, signal: control.signal }
  await t.rejects(climb(bundle, fullMachine(), deps), { code: 'NS_JOB_CANCELLED' })
  await t.rejects(climb(bundle, fullMachine(), deps), { code: 'NS_JOB_CANCELLED' })
  t.equal(trials.open, 0)
})

test('only a lower rung is a drop', async (t) => {
  const { found } = await climbed(t, { 'cuda/fp16': { ms: 0.5 } })
  t.equal(rungDropped(null, found), null)
  t.equal(rungDropped('cpu', found), null)
  t.equal(rungDropped('cuda', found), null)
  t.match(rungDropped('tensorrt', found), {
    ...{ model: 'tiny', from: 'tensorrt', title: /runs on the GPU by CUDA now/ }
  })
  t.match(rungDropped('tensorrt', { ...found, statuses: [] }), {
    ...{ title: /instead of the GPU by TensorRT$/, cause: '' }
  })
})

test('before a climb the CPU serves and the rest is not tried', async (t) => {
  const cpu = { code: null, sentence: 'Fine.' }
  const bare = describeLadder(cpu, false)
  t.match(
    bare.map(({ code }) => code),
    ['NS_RUNG_NO_GPU', 'NS_RUNG_NO_GPU', null, null]
  )
  t.match(bare[3], { taken: true, sentence: 'Fine.' })
  const gpu = describeLadder({ code: 'NS_INFERENCE_FAILED', sentence: 'Broken.' }, true)
  t.match(
    gpu.map(({ code }) => code),
    [null, null, null, 'NS_INFERENCE_FAILED']
  )
  t.notOk(gpu.some(({ taken }) => taken))
  t.notOk(gpu.some(passed))
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'b'), variants: VARIANTS })
  const choice = (rung: Rung): Precision => chooseVariant(bundle.manifest, rung).precision
  t.strictSame([choice('cpu'), choice('cuda')], ['int8', 'fp16'])
  const cpuOnly = { ...bundle.manifest, variants: bundle.manifest.variants.slice(0, 1) }
  t.throws(() => chooseVariant(cpuOnly, 'webgpu'), {
    code: 'NS_INFERENCE_FAILED',
    message: /no variant for/
  })
  t.ok(hasNvidiaGpu((path) => path === '/dev/nvidia3'))
})
