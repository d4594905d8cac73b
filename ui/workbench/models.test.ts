// The words of a model: its figures, what each rung says, builds of engines, batches, accuracy.

import { test } from 'tap'
import type { DeviceModel, RungStatus } from '../../contract/index.ts'
import { telemetry } from '../../test/harness/fake-device-readings.ts'
import { models, traces } from '../../test/harness/fake-device-runtime.ts'
import { accuracyColumns, accuracyRows } from './system/model-accuracy.ts'
import {
  BUILD_STATES,
  canBuild,
  figuresOf,
  isBuilding,
  MODEL_STATES,
  reasonWords,
  rungMeasure,
  rungSentence,
  rungShape,
  shapeWords,
  stacksOf,
  tracesSentence
} from './system/model-words.ts'

const NOW = 1_764_320_000_000
const known = models(NOW, 'normal')
const [model, cold] = known.models as [DeviceModel, DeviceModel]
const rung = (name: RungStatus['rung']): RungStatus =>
  model.ladder.find((step) => step.rung === name) as RungStatus
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')

test('figures are live where they are measured, else counted since the start', async (t) => {
  const live = figuresOf(model, telemetry(NOW, 'normal').series).map(({ value }) => plain(value))
  t.match(live, [/^4\d\d \/s$/, /ms$/, /ms$/, /ms$/, /^\d\.\d$/])
  t.same(
    figuresOf(model, []).map(({ value }) => plain(value)),
    ['12,408', '11.2 ms', '18.4 ms', '–', '8.0']
  )
  t.same(
    figuresOf(cold, []).map(({ value }) => value),
    ['0', '–', '–', '–', '–']
  )
  for (const state of ['cold', 'loading', 'ready', 'failed'] as const)
    t.ok(MODEL_STATES[state]()[1])
})

test('every rung says something', async (t) => {
  t.equal(rungSentence(rung('cuda'), 'ready'), 'In use.')
  t.match(rungSentence(rung('webgpu'), 'ready'), /^WebGPU takes 9.1 ms/)
  t.equal(rungSentence(rung('cpu'), 'ready'), 'Stands by.')
  t.match(rungSentence(rung('cpu'), 'cold'), /^Not tried yet/)
  t.equal(rungSentence({ ...rung('cpu'), code: 'NS_RUNG_GOLDEN' }, 'ready'), 'Refused.')
  t.equal(plain(rungMeasure(rung('cuda'))), 'FP16, 1.9 ms')
  t.equal(rungMeasure(rung('tensorrt')), '')
  t.same([rung('cuda'), rung('tensorrt'), rung('webgpu'), rung('cpu')].map(rungShape), [
    'done',
    'waiting',
    'off',
    'normal'
  ])
  t.equal(rungShape({ ...rung('cpu'), code: 'NS_RUNG_CRASHED' }), 'warning')
})

test('an engine is offered when there is none and none is being built', async (t) => {
  t.equal(canBuild(model, known.builds), false, 'one is being built')
  t.equal(canBuild(model, []), true)
  t.equal(canBuild({ ...model, ladder: [] }, []), false)
  t.same(known.builds.map(isBuilding), [true, false])
  for (const state of [
    'waiting',
    'building',
    'checking',
    'ready',
    'failed',
    'cancelled'
  ] as const) {
    t.ok(BUILD_STATES[state]()[1])
  }
})

test('batches: oldest first, with their rows and the reason', async (t) => {
  const last = traces(NOW, model.name)
  const stacks = stacksOf(last)
  t.equal(stacks.length, 60)
  t.equal(stacks.at(-1)?.base, last[0]?.computeMs)
  t.match(
    plain(tracesSentence(last)),
    /^The last 60 batches held \d+\.\d rows on average, waited \d\.\d ms/
  )
  t.equal(tracesSentence([]), 'No batch has run yet.')
  const [first] = last
  if (!first) throw new Error('no batch')
  const reasons = ['full', 'deadline', 'no-gain', 'only', 'throttled'] as const
  t.equal(new Set(reasons.map((reason) => reasonWords({ ...first, reason }))).size, 5)
})

test('shapes and accuracy', async (t) => {
  t.equal(shapeWords([-1, 128]), 'any × 128')
  const rows = accuracyRows(model.accuracy)
  t.equal(rows.length, 1)
  const columns = accuracyColumns({ ...model, precision: 'int8' })
  t.same(
    columns.map(({ head }) => head),
    ['Data', 'Measure', 'INT8', 'FP16', 'FP32', 'INT8 less FP32']
  )
  const cells = rows.map((row) => columns.map(({ cell, value }) => cell?.(row) ?? value?.(row)))
  t.same(cells, [
    ['abstracts, validation', 'weighted F1', '0.9637', '0.9641', '0.9641', '\u22120.0004']
  ])
  const better = accuracyColumns({ ...model, precision: 'fp16' }).at(-1)
  const [row] = rows
  t.equal(row && better?.cell?.({ ...row, fp32: 0.96 }), '+0.0041')
  const unknown = accuracyColumns({ ...model, precision: 'int4' }).at(-1)
  t.equal(row && unknown?.cell?.(row), '–')
})
