// Which setting of a benchmark a device can use, why it cannot use the best, and what using it changes.

import { test } from 'tap'
import type {
  BenchmarkCell,
  BenchmarkReport,
  DeviceModel,
  TuningSetting
} from '../../contract/index.ts'
import { benchmarks } from '../../test/harness/fake-device-benchmarks.ts'
import type { FakeState } from '../../test/harness/fake-device-readings.ts'
import { models, tuning } from '../../test/harness/fake-device-runtime.ts'
import { bestCell, bestWithinGoal } from './benchmarks/benchmark-grid.ts'
import { changesOf, isInUse, offerOf, wishOf } from './benchmarks/usable-setting.ts'

const NOW = Date.UTC(2026, 10, 28, 9, 0)

/** The finished run of a device in a state, its best cell, and the models of the device. */
function on(state: FakeState): [BenchmarkReport, BenchmarkCell, readonly DeviceModel[]] {
  const report = benchmarks(NOW, state).find(({ id }) => id === 'run-41') as BenchmarkReport
  return [report, bestCell(report) as BenchmarkCell, models(NOW, state).models]
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
  t.same(offerOf(report, best, null), { kind: 'nothing' }, 'nor before the models are known')
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
  t.match(instead?.setting, { rung: 'cuda', precision: 'fp16' })
  t.match(offerOf(report, instead as BenchmarkCell, known), { kind: 'act' }, 'that one is offered')
  const int8 = known.map((model) => ({ ...model, precision: 'int8' as const }))
  t.match(offerOf(report, instead as BenchmarkCell, int8), { kind: 'nothing' })
})

test('no setting within the goal, another server, or no such model: said, and no act', async (t) => {
  const [report, best, slow] = on('fallen')
  const sentence = (known: readonly DeviceModel[]): string => {
    const offer = offerOf(report, best, known)
    t.notOk('instead' in offer)
    return offer.kind === 'reason' ? offer.sentence : offer.kind
  }
  t.equal(
    sentence(slow),
    'This device runs sentence-roles on CPU in INT8, so it cannot use this setting. Of that the run has no setting within the goal.'
  )
  t.equal(sentence([]), 'sentence-roles is not on this device any more.')
  const remote = slow.map((model) => ({ ...model, rung: 'remote' as const }))
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
