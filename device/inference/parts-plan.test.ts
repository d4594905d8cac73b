// What is planned for a model in parts on machines with GPUs that this one may not have: devices, pipelines,
// memory, and the rungs that are tried.

import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { ModelPart } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import { climbed, status, Trials } from '../../test/harness/fake-trials.ts'
import { fullMachine, writeLadderBundle } from '../../test/harness/ladder-bundle.ts'
import { needsProcess } from './executor-protocol.ts'
import { memoryOf, plansOf } from './open-executors.ts'
import { openTrial } from './open-trial.ts'
import { climb } from './provider-ladder.ts'
import type { RungChoice } from './rung-choice.ts'
import { DEFAULT_INFERENCE_SETTINGS } from './settings.ts'

const part = (file: string, size: number): ModelPart => ({
  ...{ file, size, sha256: 'a'.repeat(64), inputs: [] },
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }]
})
const PARTS = [part('1.onnx', 30), part('2.onnx', 10)]

async function bundleInParts(t: Test): Promise<Bundle> {
  const rungs = ['tensorrt', 'cuda', 'webgpu', 'cpu'] as const
  const dir = join(t.testdir(), 'bundle')
  const bundle = await writeLadderBundle({ dir, variants: [{ precision: 'fp16', rungs }] })
  const variants = bundle.manifest.variants.map((variant) => ({
    ...{ ...variant, memoryMb: 40, parts: PARTS }
  }))
  return { ...bundle, manifest: { ...bundle.manifest, variants } }
}

test('parts go to as many GPUs as there are, in pipelines side by side', async (t) => {
  const bundle = await bundleInParts(t)
  const [variant] = bundle.manifest.variants
  if (!variant) throw new Error('no variant')
  const on = (deviceIds: number[], instances = 1) => {
    const choice: RungChoice = { rung: 'cuda', variant, deviceIds, libraries: ['/opt/gpu'] }
    const plans = plansOf(bundle, {
      ...{ settings: DEFAULT_INFERENCE_SETTINGS, clock: systemClock, choice },
      tuning: { instances }
    })
    return plans.map((plan) => ({
      plan,
      devices: plan.parts?.parts.map(({ deviceId }) => deviceId),
      memory: memoryOf(plan, choice)
    }))
  }
  const [one] = on([3])
  t.same(one?.devices, [3, 3], 'one GPU holds both')
  t.same(one?.memory, [
    ['gpu3', 30],
    ['gpu3', 10]
  ])
  t.same(
    on([0, 1, 2, 3]).map(({ devices }) => devices),
    [
      [0, 1],
      [2, 3]
    ]
  )
  t.same(
    on([0, 1], 2).map(({ devices }) => devices),
    [
      [0, 1],
      [0, 1]
    ]
  )
  const plan = one?.plan
  t.match(plan, {
    ...{ binding: 'ffi', rung: 'cuda', libraries: ['/opt/gpu'], maxBatch: 8 },
    parts: { outputs: ['y'], startDeadlineMs: 60_000, batchDeadlineMs: 30_000 }
  })
  t.equal(plan && needsProcess(plan), false, 'who hands batches on loads no library')
  t.ok(needsProcess({ rung: 'cuda', binding: 'ffi' }))
})

test('the ladder tries a model as it would be served, and TensorRT not at all', async (t) => {
  const trials = new Trials({
    'cuda/fp16': { ms: 1 },
    'webgpu/fp16': { ms: 5 },
    'cpu/fp16': { ms: 9 }
  })
  const { openTrial: open, clock } = trials
  const bundle = await bundleInParts(t)
  const found = await climb(bundle, fullMachine(), { openTrial: open, clock })
  t.match(found.taken, { rung: 'cuda', deviceIds: [0, 1] })
  t.match(status(found, 'tensorrt'), {
    ...{ code: 'NS_RUNG_NO_VARIANT', taken: false },
    sentence: /is in parts, which TensorRT does not run; install it in one piece/
  })
  const devices = trials.plans.map(({ rung, parts }) => [
    rung,
    parts?.parts.map(({ deviceId }) => deviceId)
  ])
  t.same(devices, [
    ['cpu', [0, 0]],
    ['webgpu', [0, 0]],
    ['cuda', [0, 1]]
  ])
  const { trials: whole } = await climbed(t, {})
  t.notOk(whole.plans.some(({ parts }) => parts))
})

test('a benchmark of TensorRT does not measure the whole in place of the parts', async (t) => {
  const bundle = await bundleInParts(t)
  const [variant] = bundle.manifest.variants
  if (!variant) throw new Error('no variant')
  const folders = t.testdir({
    'libonnxruntime_providers_shared.so': '',
    'libonnxruntime_providers_cuda.so': '',
    'libonnxruntime_providers_tensorrt.so': '',
    'libonnxruntime.so.1': ''
  })
  const plan = { bundle, variant, rung: 'tensorrt' as const, deviceId: 0, threads: 1 }
  await t.rejects(openTrial(plan, { facts: fullMachine({ libraryFolders: [folders] }) }), {
    ...{ code: 'NS_RUNG_NO_VARIANT', message: /is in parts, which TensorRT does not run/ }
  })
})
