// Which setting of a benchmark a device can use, why it cannot use the best, and what using it changes.

import { test } from 'tap'
import type {
  BenchmarkCell,
  BenchmarkReport,
  DeviceModel,
  TuningSetting
} from '../../contract/index.ts'
import { device } from '../../test/harness/fake-device-answers.ts'
import { benchmarks } from '../../test/harness/fake-device-benchmarks.ts'
import type { FakeState } from '../../test/harness/fake-device-readings.ts'
import { models, tuning } from '../../test/harness/fake-device-runtime.ts'
import { bestCell, bestWithinGoal } from './benchmarks/benchmark-grid.ts'
import { gpusInUse, machineCaveat } from './benchmarks/compare.ts'
import { changesOf, type Here, isInUse, offerOf, wishOf } from './benchmarks/usable-setting.ts'

const NOW = Date.UTC(2026, 10, 28, 9, 0)

/** The finished run of a device in a state, its best cell, and what the device has. */
function on(state: FakeState): [BenchmarkReport, BenchmarkCell, Here] {
  const report = benchmarks(NOW, state).find(({ id }) => id === 'run-41') as BenchmarkReport
  const here = { device: device(NOW, state), models: models(NOW, state) }
  return [report, bestCell(report) as BenchmarkCell, here]
}

/** The same device with its models changed, and none but those that are left. */
function withModels(here: Here, change: (model: DeviceModel) => DeviceModel | undefined): Here {
  const known = (here.models?.models ?? []).flatMap((model) => change(model) ?? [])
  return { ...here, models: { models: known, installs: [], builds: [] } }
}

const cellOf = ({ cells }: BenchmarkReport, id: string): BenchmarkCell =>
  cells.find((cell) => cell.id === id) as BenchmarkCell

test('the made-up runs name the fastest within the goal as the best, as a device does', async (t) => {
  for (const state of ['normal', 'no-gpu'] as const) {
    const [report, best] = on(state)
    t.equal(bestWithinGoal(report)?.id, best.id, state)
  }
})

test('the best is offered where rung and precision are those that the device runs', async (t) => {
  const [report, best, known] = on('no-gpu')
  const offer = offerOf(report, best, known)
  t.match(offer, { kind: 'act', model: { name: 'sentence-roles', rung: 'cpu', precision: 'int8' } })
  const other = cellOf(report, 'cpu/int8/g0/i1/b4/t4')
  t.same(offerOf(report, other, known), { kind: 'nothing' }, 'a worse one is not')
  for (const part of ['device', 'models'])
    t.same(
      offerOf(report, best, { ...known, [part]: null }),
      { kind: 'nothing' },
      `nor before this is known: ${part}`
    )
  t.same(
    offerOf({ ...report, state: 'cancelled' }, best, known),
    { kind: 'nothing' },
    'nor of a run that did not end'
  )
})

test('another rung or precision has a reason, and the best for what is run', async (t) => {
  const [report, best, known] = on('normal')
  const offer = offerOf(report, best, known)
  t.match(offer, {
    kind: 'reason',
    sentence: 'This device runs sentence-roles on CUDA in FP16, so it cannot use this setting.',
    instead: { place: 'CUDA, FP16' }
  })
  const instead = offer.kind === 'reason' ? offer.instead?.cell : undefined
  t.match(instead?.setting, { rung: 'cuda', precision: 'fp16', gpus: 1 }, 'on the one that it has')
  t.match(offerOf(report, instead as BenchmarkCell, known), { kind: 'act' }, 'that one is offered')
  const int8 = withModels(known, (model) => ({ ...model, precision: 'int8' }))
  t.match(offerOf(report, instead as BenchmarkCell, int8), { kind: 'nothing' })
})

test('a setting of another number of GPUs leads to that of as many, or says so', async (t) => {
  const [normal, , one] = on('normal')
  const onTwo = cellOf(normal, 'cuda/fp16/g2/i1/b32/t1')
  const report = { ...normal, best: onTwo.id }
  const offer = offerOf(report, onTwo, one)
  t.match(offer, {
    kind: 'reason',
    sentence: 'This setting was measured on 2 GPUs; this device uses 1.',
    instead: { cell: { setting: { rung: 'cuda', precision: 'fp16', gpus: 1 } }, place: '1 GPU' }
  })
  const instead = offer.kind === 'reason' ? offer.instead?.cell : undefined
  t.match(offerOf(report, instead as BenchmarkCell, one), { kind: 'act', caveats: [] })
  const alone = { ...report, cells: report.cells.filter(({ setting }) => setting.gpus !== 1) }
  t.match(offerOf(alone, onTwo, one), {
    kind: 'act',
    caveats: ['This setting was measured on 2 GPUs; this device uses 1.']
  })
  const [, , eight] = on('many-gpus')
  t.match(offerOf(report, onTwo, eight), {
    kind: 'act',
    caveats: ['This setting was measured on 2 GPUs; this device uses 8.']
  })
  const old = { ...report, version: '0.9.2' }
  t.match(offerOf(old, onTwo, eight), {
    caveats: [/2 GPUs/, 'The benchmark measured version 0.9.2; this device runs version 1.0.0.']
  })
})

test('another machine is told by what the setting uses of it', async (t) => {
  const [report, best, { device: here }] = on('normal')
  if (!here) throw new Error('no device')
  const onTwo = best.setting
  const onCpu = cellOf(report, 'cpu/int8/g0/i1/b4/t8').setting
  const board = 'NVIDIA RTX 4000 Ada, 20475 MiB'
  const two = { ...here, gpus: [board, board] }
  t.equal(machineCaveat(onTwo, report.machine, two), '', 'a device lists the memory too')
  t.equal(machineCaveat(onCpu, report.machine, here), '', 'GPUs do not matter on the CPU')
  t.equal(
    machineCaveat(onCpu, report.machine, { ...here, cores: 4 }),
    'This setting was measured on Intel Core i7-1365U, 10 cores; this device has Intel Core i7-1365U, 4 cores.'
  )
  t.equal(
    machineCaveat(onTwo, report.machine, { ...here, gpus: ['NVIDIA H200, 143771 MiB'] }),
    'This setting was measured on 2 × NVIDIA RTX 4000 Ada; this device has NVIDIA H200.'
  )
  t.equal(
    machineCaveat(onTwo, report.machine, { ...here, gpus: [] }),
    'This setting was measured on 2 GPUs; this device uses 1.',
    'a GPU that no tool names'
  )
  const webgpu = { ...onTwo, rung: 'webgpu', gpus: 1 } as const
  t.equal(machineCaveat(webgpu, report.machine, two), '', 'it reaches one of them only')
  t.same(
    (['cuda', 'tensorrt', 'webgpu', 'cpu', 'remote'] as const).map((rung) => gpusInUse(rung, two)),
    [2, 2, 1, 0, 0]
  )
})

test('no setting within the goal, another server, or no such model: said, and no act', async (t) => {
  const [report, best, slow] = on('fallen')
  const sentence = (known: Here): string => {
    const offer = offerOf(report, best, known)
    t.notOk('instead' in offer)
    return offer.kind === 'reason' ? offer.sentence : offer.kind
  }
  t.equal(
    sentence(slow),
    'This device runs sentence-roles on CPU in INT8, so it cannot use this setting. Of that the run has no setting within the goal.'
  )
  const none = withModels(slow, () => undefined)
  t.equal(sentence(none), 'sentence-roles is not on this device any more.')
  const remote = withModels(slow, (model) => ({ ...model, rung: 'remote' }))
  t.equal(sentence(remote), 'Another server runs sentence-roles; there is nothing to set here.')
})

test('executors and batch are taken over, threads on the CPU only, the wait never', async (t) => {
  const [, best] = on('no-gpu')
  t.same(wishOf(best), { instances: 2, threads: 2, maxBatch: 4 })
  const [, onGpu] = on('normal')
  t.same(wishOf(onGpu), { instances: 1, maxBatch: 32 })
  const used = (set: TuningSetting): boolean => isInUse(tuning(set, 'no-gpu'), wishOf(best))
  t.ok(used({ instances: 2, threads: 2, maxBatch: 4, maxWaitMs: 5 }))
  t.notOk(used({ instances: 2, threads: 2 }))
  t.notOk(used({}), 'what is in force by chance is not set')
})

test('each change says what is now, who decides it, and what comes', async (t) => {
  const [, best] = on('no-gpu')
  const changes = changesOf(tuning({ threads: 2, maxWaitMs: 5 }, 'no-gpu'), wishOf(best), 'cpu')
  t.same(
    changes.map((change) => Object.values(change).join(' | ').replaceAll('\u00A0', ' ')),
    [
      'Instances | 1 | one | 2',
      'Threads of each | 2 | set | ',
      'Largest batch | 32 rows | as the bundle says | 4 rows',
      'Longest wait | 5 ms | set | '
    ]
  )
})
