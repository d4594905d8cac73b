import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { BenchmarkReport, type ModelManifest, NearsideError } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type BenchmarkFile, readBenchmarkFile, writeBenchmarkFile } from './benchmark-file.ts'
import { type BenchmarkPlan, cellId, type Machine } from './benchmark-plan.ts'
import {
  type BenchmarkRunOptions,
  requireFigures,
  runBenchmark,
  type TrialPort
} from './benchmark-run.ts'

const MACHINE: Machine = {
  ...{ cpu: 'A CPU', cores: 2, memoryBytes: 8e9, gpus: [] },
  ...{ driver: null, runtime: 'ONNX Runtime 1.30.0', platform: 'Linux' }
}

const variant = (precision: string, rungs: string[]) => ({
  precision,
  rungs,
  file: `${precision}.onnx`
})
const MANIFEST = {
  ...{ name: 'tiny', version: '1.0.0', latencyGoalMs: 50 },
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  pre: { id: 'none', settings: {} },
  variants: [variant('int8', ['cpu']), variant('fp32', ['cpu', 'cuda'])],
  batching: { maxBatch: 16 }
} as unknown as ModelManifest

const PLAN: BenchmarkPlan = {
  ...{ rungs: ['cpu'], precisions: ['int8', 'fp32'], batches: [1, 4], instances: [1], threads: [] },
  ...{ gpus: [1], seconds: 1, repeats: 3, method: 'grid', goalMs: 50, shape: {}, seed: 1 }
}

/** A machine in which a batch takes a fixed time and some a row; time passes by running only. */
class FakeMachine {
  readonly clock = new ManualClock()
  readonly opened: string[] = []
  readonly ran: string[] = []
  /** Called before each batch. */
  onRun = (_cell: string): void => undefined
  refusals: Record<string, string> = {}
  broken: string | undefined
  closed = 0

  trials(): TrialPort {
    return {
      refusal: (rung) => this.refusals[rung] ?? '',
      open: async (setting) => {
        const line = cellId(setting).replace(/\/b\d+/, '')
        this.opened.push(line)
        if (line === this.broken)
          throw new NearsideError('NS_RUNG_GOLDEN', 'The outputs are wrong.', {
            details: { detail: 'differs at 3' }
          })
        const count = Math.max(1, setting.gpus) * setting.instances
        return Array.from({ length: count }, (_, at) => ({
          pid: 100 + at,
          run: async (inputs) => {
            const rows = inputs['x']?.shape[0] ?? 0
            const cell = `${setting.precision}/b${rows}`
            this.ran.push(cell)
            this.onRun(cell)
            const computeMs = (setting.precision === 'int8' ? 5 : 10) + 2 * rows
            this.clock.advance(computeMs + 1)
            return { computeMs, startedAtMs: this.clock.now() - computeMs }
          },
          close: async () => {
            this.closed += 1
          }
        }))
      }
    }
  }
}

function optionsFor(
  machine: FakeMachine,
  changes: Partial<BenchmarkRunOptions> = {}
): BenchmarkRunOptions {
  return {
    bundle: { dir: '/nowhere', manifest: MANIFEST, manifestSha256: 'a'.repeat(64), sizeBytes: 1 },
    golden: { cases: [], tolerance: {} } as unknown as BenchmarkRunOptions['golden'],
    ...{ plan: PLAN, machine: MACHINE, trials: machine.trials(), clock: machine.clock },
    gauges: {
      coversProcessor: true,
      readPowerW: () => 30,
      readMemoryMb: async (pids) => pids.length * 50,
      readGpuMemoryMb: async () => null
    },
    ...{ powerSource: 'a meter', id: 'run' },
    ...changes
  }
}

const cellOf = (file: BenchmarkFile, id: string) => file.cells.find((cell) => cell.id === id)

test('every cell is measured in windows, warm-up aside, and the figures are right', async (t) => {
  const machine = new FakeMachine()
  const progress: [number, number][] = []
  const file = await runBenchmark(
    optionsFor(machine, { onProgress: (done, total) => progress.push([done, total]) })
  )
  BenchmarkReport.parse(file)
  t.equal(file.state, 'done')
  t.equal(file.progress, 1)
  t.equal(file.shape, 'x[2]')
  const cell = cellOf(file, 'cpu/int8/g0/i1/b4/t2')
  const msPerBatch = 5 + 2 * 4 + 1
  t.equal(cell?.repeats, 3)
  t.ok(Math.abs((cell?.throughput?.value ?? 0) - 4000 / msPerBatch) < 1e-6)
  t.ok(Math.abs((cell?.p95Ms?.value ?? 0) - msPerBatch) < 1e-9)
  t.ok(Math.abs((cell?.throughput?.high ?? 0) - 4000 / msPerBatch) < 1e-6, 'no spread, no doubt')
  t.ok(Math.abs((cell?.shares?.compute ?? 0) - 13 / 14) < 1e-9)
  t.ok(Math.abs((cell?.shares?.copy ?? 0) - 1 / 14) < 1e-9)
  t.equal(cell?.memoryMb, 50)
  t.ok(Math.abs((cell?.joulesPer1000 ?? 0) - (30 * 1000) / (4000 / msPerBatch)) < 1e-9)
  t.equal(file.best, 'cpu/int8/g0/i1/b4/t2')
  t.equal(progress.length, 12)
  t.same(progress.at(-1), [12, 12])
  const windows = file.run.windows['cpu/int8/g0/i1/b4/t2'] ?? []
  const counted = windows.reduce((sum, { batches }) => sum + batches, 0)
  const ran = machine.ran.filter((one) => one === 'int8/b4').length
  t.equal(ran - counted, 9, 'three batches of warm-up a repeat do not count')
  t.equal(machine.closed, machine.opened.length, 'every executor was closed')
})

test('repeats run round by round, in an order of their own', async (t) => {
  const machine = new FakeMachine()
  const plan = { ...PLAN, repeats: 6 }
  await runBenchmark(optionsFor(machine, { plan }))
  const order = machine.ran.filter((cell, at) => cell !== machine.ran[at - 1])
  t.equal(order.length >= 23, true, 'no cell has its repeats in a row')
  const rounds = Array.from({ length: 6 }, (_, round) =>
    order.slice(round * 4, round * 4 + 4).join()
  )
  t.ok(new Set(rounds).size > 1, 'rounds differ in order')
  const again = new FakeMachine()
  await runBenchmark(optionsFor(again, { plan }))
  t.same(again.ran, machine.ran, 'the same seed, the same order')
})

test('instances share the work of a cell', async (t) => {
  const machine = new FakeMachine()
  const plan: BenchmarkPlan = { ...PLAN, instances: [2], batches: [1], precisions: ['int8'] }
  const file = await runBenchmark(optionsFor(machine, { plan }))
  const cell = cellOf(file, 'cpu/int8/g0/i2/b1/t1')
  t.equal(cell?.memoryMb, 100)
  t.equal(new Set(machine.opened).size, 1)
  const { shares } = cell ?? {}
  const sum = Object.values(shares ?? {}).reduce((a, b) => a + b, 0)
  t.ok(Math.abs(sum - 1) < 1e-9, 'shares add up to 1')
})

test('what cannot run is refused in its place', async (t) => {
  const machine = new FakeMachine()
  machine.refusals = { cuda: 'No NVIDIA GPU was found.' }
  machine.broken = 'cpu/fp32/g0/i1/t2'
  const plan: BenchmarkPlan = { ...PLAN, rungs: ['cuda', 'cpu'] }
  const file = await runBenchmark(optionsFor(machine, { plan }))
  t.match(cellOf(file, 'cuda/fp32/g1/i1/b1/t1'), {
    state: 'refused',
    sentence: 'No NVIDIA GPU was found.',
    throughput: null
  })
  t.match(cellOf(file, 'cpu/fp32/g0/i1/b4/t2'), {
    state: 'refused',
    sentence: 'The outputs are wrong.'
  })
  t.equal(cellOf(file, 'cpu/int8/g0/i1/b4/t2')?.state, 'measured')
  t.equal(file.run.details['cpu/fp32/g0/i1/b4/t2'], 'differs at 3', 'for an engineer')
  t.equal(machine.opened.filter((line) => line === machine.broken).length, 1, 'not tried again')
  t.match(
    file.findings.join(' '),
    /What a GPU would gain was not measured\. CUDA: No NVIDIA GPU was found\./
  )
})

test('the idle power of GPUs is none of a setting on the CPU', async (t) => {
  const { gauges } = optionsFor(new FakeMachine())
  const file = await runBenchmark(
    optionsFor(new FakeMachine(), {
      gauges: { ...gauges, coversProcessor: false },
      plan: { ...PLAN, rungs: ['cuda', 'cpu'], batches: [1] }
    })
  )
  t.equal(cellOf(file, 'cpu/fp32/g0/i1/b1/t2')?.powerW, null)
  t.equal(cellOf(file, 'cuda/fp32/g1/i1/b1/t1')?.powerW, 30)
})

test('a cell that fails on the way is out; a fault of ours is not hidden', async (t) => {
  const machine = new FakeMachine()
  let left = 100
  machine.onRun = (cell) => {
    if (cell === 'fp32/b4' && --left < 0) throw new NearsideError('NS_WORKER_FAILED', 'It died.')
  }
  const file = await runBenchmark(optionsFor(machine))
  t.match(cellOf(file, 'cpu/fp32/g0/i1/b4/t2'), {
    state: 'refused',
    sentence: 'It died.',
    repeats: 0
  })
  const faulty = new FakeMachine()
  faulty.onRun = () => {
    throw new TypeError('a fault')
  }
  await t.rejects(runBenchmark(optionsFor(faulty)), /a fault/)
  t.equal(faulty.closed, faulty.opened.length)
  const none = new FakeMachine()
  none.refusals = { cpu: 'Not here.' }
  const empty = await runBenchmark(optionsFor(none))
  t.same(empty.findings, ['No setting has been measured yet.'])
  t.throws(() => requireFigures(empty), {
    code: 'NS_OPTIONS_INVALID',
    message: /No setting could be measured\. Not here\./
  })
  t.doesNotThrow(() => requireFigures(file))
})

test('halving measures the promising cells most and keeps the one to compare with', async (t) => {
  const machine = new FakeMachine()
  const plan: BenchmarkPlan = { ...PLAN, method: 'halving', batches: [1, 2, 4, 8], repeats: 7 }
  const file = await runBenchmark(optionsFor(machine, { plan }))
  const repeats = Object.fromEntries(file.cells.map(({ id, repeats: count }) => [id, count]))
  t.equal(repeats['cpu/int8/g0/i1/b8/t2'], 7, 'the fastest was measured to the end')
  t.equal(repeats['cpu/fp32/g0/i1/b1/t2'], 7, 'the baseline too')
  t.ok(file.cells.some(({ state, repeats: count }) => state === 'dropped' && count === 1))
  t.ok(file.cells.some(({ state, repeats: count }) => state === 'dropped' && count === 3))
  const total = file.cells.reduce((sum, cell) => sum + cell.repeats, 0)
  t.ok(total < 8 * 7 * 0.7, `${total} windows instead of 56`)
  t.equal(file.best, 'cpu/int8/g0/i1/b8/t2')
  const alone = await runBenchmark(
    optionsFor(new FakeMachine(), { plan: { ...plan, batches: [1], precisions: ['int8'] } })
  )
  t.equal(alone.cells[0]?.repeats, 7, 'a single cell is nothing to halve')
})

test('a run that was cancelled goes on where it ended, and gives the same cells', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'run.json')
  const machine = new FakeMachine()
  const stop = new AbortController()
  let batches = 0
  machine.onRun = () => {
    batches += 1
    if (batches === 500) stop.abort()
  }
  const plan = { ...PLAN, repeats: 4 }
  const first = await runBenchmark(
    optionsFor(machine, {
      plan,
      signal: stop.signal,
      onRound: (file) => writeBenchmarkFile(path, file)
    })
  )
  t.equal(first.state, 'cancelled')
  t.ok(first.progress > 0 && first.progress < 1)
  const kept = await readBenchmarkFile(path)
  t.equal(kept.state, 'running', 'what the last round left')
  const done = (file: BenchmarkFile): number =>
    file.cells.reduce((sum, cell) => sum + cell.repeats, 0)
  t.ok(done(kept) > 0 && done(kept) < 16)
  const later = new FakeMachine()
  const progress: number[] = []
  const rest = await runBenchmark(
    optionsFor(later, { plan, previous: kept, onProgress: (count) => progress.push(count) })
  )
  t.equal(rest.state, 'done')
  t.equal(rest.id, first.id)
  t.equal(rest.startedAt, first.startedAt)
  t.equal(progress[0], done(kept) + 1)
  t.ok(rest.cells.every(({ repeats }) => repeats === 4))
  const more = await runBenchmark(
    optionsFor(new FakeMachine(), { plan: { ...plan, repeats: 5 }, previous: rest })
  )
  t.ok(
    more.cells.every(({ repeats }) => repeats === 5),
    'more repeats are added'
  )
  const nothing = new FakeMachine()
  await runBenchmark(optionsFor(nothing, { plan, previous: rest }))
  t.same(nothing.opened, [], 'nothing is measured twice')
})

test('a run goes on with its own model, machine and settings only', async (t) => {
  const previous = await runBenchmark(optionsFor(new FakeMachine()))
  const go = (changes: Partial<BenchmarkRunOptions>) => async () =>
    runBenchmark(optionsFor(new FakeMachine(), { previous, ...changes }))
  const { bundle } = optionsFor(new FakeMachine())
  const other = { ...bundle, manifest: { ...bundle.manifest, version: '2.0.0' } }
  const code = 'NS_OPTIONS_INVALID'
  await t.rejects(go({ bundle: other }), {
    code,
    message: /holds a benchmark of tiny 1\.0\.0; go on with it there/
  })
  await t.rejects(go({ bundle: { ...bundle, manifestSha256: 'b'.repeat(64) } }), {
    code,
    message: /another bundle named tiny/
  })
  await t.rejects(go({ machine: { ...MACHINE, cores: 8 } }), {
    code,
    message: /another machine \(its cores is 2\)/
  })
  await t.rejects(go({ machine: { ...MACHINE, gpus: ['x'] } }), {
    code,
    message: /its gpus is none/
  })
  await t.rejects(go({ plan: { ...PLAN, seconds: 2 } }), {
    code,
    message: /other settings \(seconds is 1\)/
  })
  await t.rejects(go({ plan: { ...PLAN, shape: { x: [2] } } }), { code, message: /shape is \{\}/ })
})

test('a file that is no benchmark is refused in one sentence', async (t) => {
  const dir = t.testdir()
  await t.rejects(readBenchmarkFile(join(dir, 'none.json')), { code: 'NS_INPUT_NOT_FOUND' })
  for (const text of ['{', '{}', '[]']) {
    await writeFile(join(dir, 'odd.json'), text)
    await t.rejects(readBenchmarkFile(join(dir, 'odd.json')), {
      code: 'NS_INPUT_FORMAT',
      message: /is no benchmark of this version/
    })
  }
  const file = await runBenchmark(optionsFor(new FakeMachine()))
  await writeBenchmarkFile(join(dir, 'good.json'), file)
  t.same(await readBenchmarkFile(join(dir, 'good.json')), file)
  t.match(await readFile(join(dir, 'good.json'), 'utf8'), /\n$/)
})
