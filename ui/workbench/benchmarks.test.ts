// A benchmark as grid, bars, lines and words; comparison of two runs; what a new one asks for and costs.

import { test } from 'tap'
import type {
  BenchmarkCell,
  BenchmarkReport,
  BenchmarkSummary,
  DeviceModel,
  Measured
} from '../../contract/index.ts'
import { benchmarks, summaries } from '../../test/harness/fake-device-benchmarks.ts'
import { models } from '../../test/harness/fake-device-runtime.ts'
import {
  barsSentence,
  baseline,
  bestCell,
  bestOfEach,
  figureOf,
  firstCell,
  gridOf,
  gridSentence,
  latencyLines,
  measureHead,
  measuresOf,
  measureWord,
  speedUpBars,
  throughputBars
} from './benchmarks/benchmark-grid.ts'
import {
  canMeasure,
  costOf,
  costWords,
  firstWish,
  knownPrecisions,
  repeatsError,
  requestOf,
  secondsError,
  type Wish,
  wishError,
  wishOf
} from './benchmarks/benchmark-wish.ts'
import {
  decimalsOf,
  figureWords,
  instanceWords,
  intervalWords,
  placeWords,
  RUN_STATES,
  settingWords
} from './benchmarks/benchmark-words.ts'
import { caveats, differenceWords, differs, ratio, sameCell } from './benchmarks/compare.ts'
import { liveRuns } from './benchmarks/live-runs.ts'
import { numberError } from './number-error.ts'

const NOW = Date.UTC(2026, 10, 28, 9, 0)
const [running, done, failed, older] = benchmarks(NOW, 'normal') as [
  BenchmarkReport,
  BenchmarkReport,
  BenchmarkReport,
  BenchmarkReport
]
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')
const measured = (value: number, half: number | null): Measured => ({
  value,
  low: half === null ? null : value - half,
  high: half === null ? null : value + half
})

test('figures have three digits, intervals the decimals of their figure', async (t) => {
  t.same([0, 0.913, 9.3, 27.31, 1714].map(decimalsOf), [0, 2, 2, 1, 0])
  t.equal(figureWords(1714.2), '1,714')
  t.equal(intervalWords(measured(64, 3.26)), '± 3.3')
  t.equal(intervalWords(measured(64, null)), '')
  t.equal(intervalWords(measured(64, 0)), '', 'none by nature')
})

test('settings are named by place, precision and batch', async (t) => {
  const setting = {
    rung: 'cuda',
    precision: 'fp16',
    gpus: 2,
    instances: 1,
    batch: 32,
    threads: 1
  } as const
  t.equal(plain(settingWords(setting)), 'CUDA, 2 GPUs, FP16, batch 32')
  t.equal(placeWords({ rung: 'cpu', gpus: 0 }), 'CPU')
  t.equal(plain(instanceWords(setting)), '1 instance')
  t.equal(
    plain(instanceWords({ ...setting, rung: 'cpu', instances: 2, threads: 4 })),
    '2 instances of 4 threads'
  )
  t.same(
    (['running', 'done', 'cancelled', 'failed'] as const).map((state) => RUN_STATES[state]()[1]),
    ['Running', 'Done', 'Cancelled', 'Failed']
  )
})

test('the grid has a row for each precision of each place, and says why a cell is empty', async (t) => {
  const { columns, rows } = gridOf(done, 'throughput')
  t.same(columns, [1, 4, 8, 16, 32, 64])
  t.equal(rows.length, 12)
  t.same(
    [...new Set(rows.map(({ group }) => plain(group)))],
    ['TensorRT, 2 GPUs', 'CUDA, 2 GPUs', 'CUDA', 'CPU']
  )
  const cpu = rows.filter(({ group }) => group === 'CPU')
  t.equal(cpu[1]?.cells[0]?.value, null)
  t.match(cpu[1]?.cells[0]?.text, 'has no FP16 variant')
  t.equal(cpu[0]?.cells[5]?.unsure, true, 'one repeat only')
  t.equal(cpu[0]?.cells[0]?.unsure, false)
  const strong = rows.flatMap(({ cells }) => cells).filter((cell) => cell?.strong)
  t.same(
    strong.map((cell) => cell?.id),
    [done.best]
  )
})

test('places that differ in instances are told apart', async (t) => {
  const cells = done.cells.filter(({ setting }) => setting.rung === 'cpu')
  const twice = cells.map((cell) => ({
    ...cell,
    id: `${cell.id} twice`,
    setting: { ...cell.setting, instances: 2, threads: 4 }
  }))
  const { rows } = gridOf({ ...done, cells: [...cells, ...twice] }, 'throughput')
  t.same(
    [...new Set(rows.map(({ group }) => plain(group)))],
    ['CPU, 1 instance of 8 threads', 'CPU, 2 instances of 4 threads']
  )
  const [first] = cells
  const gap = gridOf(
    { ...done, cells: [first as BenchmarkCell, ...twice.slice(0, 2)] },
    'throughput'
  )
  t.equal(gap.rows[0]?.cells[1], null, 'nothing was asked for there')
})

test('a place that cannot run at all takes one row', async (t) => {
  const sentence = 'No NVIDIA GPU was found.'
  const cells = done.cells.map((cell) =>
    cell.setting.rung === 'cpu'
      ? cell
      : { ...cell, state: 'refused' as const, sentence, throughput: null }
  )
  const { rows } = gridOf({ ...done, cells }, 'throughput')
  t.same(
    rows.map(({ group, label }) => plain(`${group} ${label}`)),
    ['TensorRT, 2 GPUs all', 'CUDA, 2 GPUs all', 'CUDA all', 'CPU FP32', 'CPU FP16', 'CPU INT8']
  )
  t.ok(rows[0]?.cells.every((cell) => cell?.text === sentence))
})

test('energy is counted where power was measured', async (t) => {
  const gpu = bestCell(done) as BenchmarkCell
  t.equal(figureOf(gpu, 'per-joule')?.value, (gpu.throughput?.value ?? 0) / (gpu.powerW ?? 1))
  t.equal(figureOf({ ...gpu, powerW: null }, 'per-joule'), null)
  t.equal(figureOf(gpu, 'p95'), gpu.p95Ms)
  t.same(measuresOf(done), ['throughput', 'p95', 'per-joule'])
  const cpu = { ...done, cells: done.cells.filter(({ setting }) => setting.rung === 'cpu') }
  t.same(measuresOf(cpu), ['throughput', 'p95'])
  t.equal(gridOf(done, 'per-joule').rows.at(-1)?.cells[0]?.text, 'not measured here')
  for (const measure of measuresOf(done)) {
    t.ok(measureWord(measure))
    t.ok(measureHead(measure))
  }
})

test('one sentence says what the grid shows', async (t) => {
  t.match(
    gridSentence(done, 'throughput'),
    /59 settings, 15\.7 to 5,284; best within the goal is TensorRT.*13 have/
  )
  t.equal(gridSentence({ ...done, cells: [] }, 'p95'), 'No setting was measured.')
  t.equal(
    gridSentence({ ...done, state: 'running', cells: [] }, 'p95'),
    'No setting has been measured yet.'
  )
  t.notMatch(gridSentence(running, 'throughput'), 'best')
})

test('the best of each place keeps to the goal where it can', async (t) => {
  const best = bestOfEach(done)
  t.equal(best.length, 4)
  t.equal(best.at(-1)?.id, done.best)
  const strict = { ...done, latencyGoalMs: 0.001 }
  t.equal(bestOfEach(strict).length, 4, 'else the fastest')
  t.same(bestOfEach({ ...done, cells: [] }), [])
  t.equal(firstCell(done)?.id, done.best)
  t.ok(firstCell({ ...done, best: null })?.throughput, 'else the fastest')
  t.equal(
    firstCell({ ...failed, cells: failed.cells.slice(0, 1) })?.throughput,
    null,
    'else the first'
  )
})

test('bars carry whiskers where there is confidence', async (t) => {
  const bars = throughputBars(done)
  t.equal(bars.length, 4)
  t.equal(bars.at(-1)?.strong, true)
  for (const { value, low, high, note } of bars) {
    t.ok(low !== undefined && high !== undefined && low < value && value < high)
    t.match(note, /^± /)
  }
  const single = {
    ...done,
    cells: done.cells.map((cell) => ({
      ...cell,
      throughput: cell.throughput && measured(cell.throughput.value, null)
    }))
  }
  t.ok(throughputBars(single).every(({ low, unsure }) => low === undefined && unsure))
  t.match(
    plain(barsSentence(done, false)),
    /TensorRT, 2 GPUs, FP16, batch \d+ answers most.+ least, /
  )
  const alone = { ...done, cells: done.cells.filter(({ setting }) => setting.rung === 'cpu') }
  t.match(barsSentence(alone, false), /^CPU, INT8, batch \d+ answers most, \S+ rows a second\.$/)
})

test('speed-up counts from single rows on the CPU in FP32', async (t) => {
  t.equal(baseline(done)?.id, 'cpu/fp32/g0/i1/b1/t8')
  const bars = speedUpBars(done)
  t.equal(bars[0]?.value, 1)
  t.equal(bars[0]?.reference, true)
  t.ok((bars.at(-1)?.value ?? 0) > 100)
  t.match(plain(bars.at(-1)?.text ?? ''), /^\d+ ×$/)
  t.match(barsSentence(done, true), /times as much as CPU, FP32, batch 1\.$/)
  const gpus = { ...done, cells: done.cells.filter(({ setting }) => setting.rung !== 'cpu') }
  t.equal(baseline(gpus)?.id, bestOfEach(gpus)[0]?.id, 'without a CPU the slowest place')
  t.same(speedUpBars({ ...done, cells: [] }), [])
  t.equal(barsSentence({ ...done, cells: [] }, true), '')
})

test('latency by throughput has a line for each place', async (t) => {
  const lines = latencyLines(done)
  t.equal(plain(lines[0]?.label ?? ''), 'TensorRT, 2 GPUs, FP16')
  t.equal(lines[0]?.dots.length, 6)
  t.same(latencyLines({ ...done, cells: [] }), [])
})

test('a ratio has the interval of both, a difference says when it is not certain', async (t) => {
  const twice = ratio(measured(200, 10), measured(100, 5))
  t.equal(twice.value, 2)
  t.ok((twice.low ?? 0) > 1.8 && (twice.low ?? 9) < 2 && (twice.high ?? 0) < 2.2)
  t.same(ratio(measured(1, null), measured(1, 0.1)), { value: 1, low: null, high: null })
  t.equal(ratio(measured(1, 0.1), measured(0, 0)).value, 0)
  t.equal(differs(measured(112, 2), measured(100, 2)), true)
  t.equal(differs(measured(101, 2), measured(100, 2)), false)
  t.equal(differs(measured(101, null), measured(100, 2)), undefined)
  t.equal(differs(measured(101, 0), measured(100, 0)), undefined)
  t.equal(plain(differenceWords(measured(112, 2), measured(100, 2))), '+12 %')
  t.equal(plain(differenceWords(measured(96.9, 2), measured(100, 2))), '\u22123.1 %, not certain')
  t.equal(plain(differenceWords(measured(96.9, null), measured(100, 2))), '\u22123.1 %')
  t.equal(differenceWords(null, measured(1, 0)), '')
  t.equal(differenceWords(measured(1, 0), measured(0, 0)), '')
})

test('the list follows what the device tells: a run moves, a new one comes, a removed one goes', async (t) => {
  const read = summaries(NOW, 'normal')
  const [first, second] = read as [BenchmarkSummary, BenchmarkSummary]
  t.same(liveRuns(read, new Map()), read)
  const moved = { ...first, progress: 0.9 }
  const fresh = { ...first, id: 'run-43', startedAt: NOW + 1 }
  const told = new Map([
    [first.id, moved],
    [second.id, null],
    [fresh.id, fresh],
    ['never-read', null]
  ])
  t.same(liveRuns(read, told), [fresh, moved, ...read.slice(2)])
})

test('two runs are compared setting by setting, with what is not the same', async (t) => {
  const cell = bestCell(done) as BenchmarkCell
  t.equal(sameCell(older, cell)?.id, cell.id)
  t.equal(sameCell(undefined, cell), undefined)
  t.equal(sameCell(failed, cell), undefined, 'not measured there')
  t.same(caveats(done, older), [])
  const other = {
    ...older,
    model: 'other',
    shape: 'x[1]',
    machine: { ...older.machine, gpus: [], runtime: 'ONNX Runtime 1.0' }
  }
  t.equal(caveats(done, other).length, 4)
})

const model = models(NOW, 'fallen').models[0] as DeviceModel
const wish = firstWish(model)

test('a new benchmark starts from what works on this machine', async (t) => {
  t.same(wish.rungs, ['tensorrt', 'webgpu', 'cpu'], 'CUDA lacks a library')
  t.same(wish.precisions, ['fp16', 'int8'])
  t.same(knownPrecisions({ ...model, ladder: [], accuracy: [] }), ['int8'])
  t.equal(model.ladder.filter(canMeasure).length, 3)
  t.equal(wishError(wish), '')
  const again = wishOf(done)
  t.same(again.batches, [1, 4, 8, 16, 32, 64])
  t.same(again.rungs, ['tensorrt', 'cuda', 'cpu'])
  t.equal(again.repeats, '5')
  t.same(requestOf(wish), {
    model: 'sentence-roles',
    rungs: ['tensorrt', 'webgpu', 'cpu'],
    precisions: ['fp16', 'int8'],
    batches: [1, 4, 16],
    instances: [1],
    seconds: 2,
    repeats: 5,
    method: 'grid'
  })
})

test('what cannot be taken is said', async (t) => {
  t.equal(numberError('', 1, 30), 'A number is needed.')
  t.equal(numberError('x', 1, 30), 'A number is needed.')
  t.equal(numberError('0', 1, 30), 'At least 1.')
  t.equal(numberError('31', 1, 30), 'At most 30.')
  t.equal(repeatsError({ ...wish, repeats: '2.5' }), 'A whole number is needed.')
  t.equal(secondsError({ ...wish, seconds: '0.01' }), 'At least 0.1.')
  const wrong: readonly Partial<Wish>[] = [
    { model: '' },
    { rungs: [] },
    { precisions: [] },
    { batches: [] },
    { instances: [] },
    { seconds: '-1' },
    { repeats: '99' }
  ]
  for (const part of wrong) t.not(wishError({ ...wish, ...part }), '')
})

test('the cost is said before it starts; halving is cheaper; several GPUs cost more', async (t) => {
  const small: Wish = {
    ...wish,
    rungs: ['cpu'],
    precisions: ['int8'],
    batches: [1, 4],
    repeats: '5'
  }
  t.same(costOf(small, 0), { settings: 2, seconds: 2 * 5 * 2 + 3 })
  t.equal(costOf({ ...small, method: 'halving' }, 0).seconds, (2 * 1 + 1 * 2 + 1 * 2) * 2 + 3)
  const cuda: Wish = { ...small, rungs: ['cuda'] }
  t.equal(costOf(cuda, 1).settings, 2)
  t.equal(costOf(cuda, 8).settings, 4, 'one GPU and all of them')
  t.equal(plain(costWords(small, 0)), 'About 25 s for 2 settings')
  t.equal(plain(costWords({ ...wish, seconds: '10' }, 0)), 'About 16 min for 18 settings')
  t.equal(costOf({ ...small, seconds: 'x', repeats: '' }, 0).seconds, 3)
})
