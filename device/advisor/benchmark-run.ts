// Runs a benchmark: round after round over the cells that are still in the race, each repeat in fresh
// executors and in an order of its own, so that neither a warm processor nor a lucky load favours a cell.

import {
  type BenchmarkReport,
  type BenchmarkSetting,
  type GoldenFile,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import type { Bundle } from '../../models/index.ts'
import type { Tensors } from '../inference/index.ts'
import { baselineOf, cellsOf, withinGoal } from './benchmark-cells.ts'
import { type BenchmarkFile, type BenchmarkRun, checkResumable } from './benchmark-file.ts'
import { findingsOf } from './benchmark-findings.ts'
import { dropSlower, repeatsAfter } from './benchmark-halving.ts'
import { type InputMaker, inputMaker } from './benchmark-inputs.ts'
import {
  type BenchmarkPlan,
  executorsOf,
  lineUpId,
  type Machine,
  type PlannedCell,
  planCells
} from './benchmark-plan.ts'
import { seededRandom, shuffled } from './benchmark-statistics.ts'
import { type BenchTrial, type Gauges, measureWindow, type SentBatch } from './benchmark-window.ts'

/** Opens executors; the real one is benchmark-trials.ts. */
export interface TrialPort {
  /** Why the rung cannot be used here; empty when it can be tried. */
  refusal(rung: BenchmarkSetting['rung']): string
  /**
   * Starts all executors of a setting and proves their answers.
   * @throws NearsideError with the sentence that the report shows in place of figures
   */
  open(setting: BenchmarkSetting): Promise<readonly BenchTrial[]>
}

export interface BenchmarkRunOptions {
  readonly bundle: Bundle
  readonly golden: GoldenFile
  readonly plan: BenchmarkPlan
  readonly machine: Machine
  readonly trials: TrialPort
  readonly gauges: Gauges
  readonly powerSource: string | null
  readonly clock: Clock
  readonly id?: string | undefined
  /** A run to go on with. */
  readonly previous?: BenchmarkFile | undefined
  readonly signal?: AbortSignal | undefined
  /** After each window. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** After each round over the cells. */
  readonly onRound?: ((file: BenchmarkFile) => Promise<void>) | undefined
  readonly onBatch?: ((cell: string, batch: SentBatch) => void) | undefined
}

/** The idle power of GPUs says nothing of a setting on the CPU. */
const forCpu = (gauges: Gauges): Gauges =>
  gauges.coversProcessor ? gauges : { ...gauges, readPowerW: () => null }

/** Different batches that are sent in turn, so that no cache holds the only one. */
const BATCHES_IN_TURN = 4

/**
 * Measures what the plan asks for and is not there yet.
 * @throws NearsideError NS_OPTIONS_INVALID when the plan or the earlier run does not fit
 * @public
 */
export function runBenchmark(options: BenchmarkRunOptions): Promise<BenchmarkFile> {
  return new BenchmarkRunner(options).run()
}

/** One run, from its plan to its report. */
export class BenchmarkRunner {
  #options: BenchmarkRunOptions
  #cells: readonly PlannedCell[]
  #inputs: InputMaker
  #run: BenchmarkRun
  #id: string
  #startedAt: number
  #random: () => number

  constructor(options: BenchmarkRunOptions) {
    const { bundle, golden, plan, machine, powerSource, previous, clock, trials } = options
    const { manifest, manifestSha256 } = bundle
    this.#options = options
    const { name: model, version } = manifest
    if (previous) checkResumable(previous, { model, version, manifestSha256, machine, plan })
    this.#inputs = inputMaker({ manifest, golden, shape: plan.shape, seed: plan.seed })
    this.#cells = planCells(plan, manifest, { machine, refusal: trials.refusal })
    const fresh = { windows: {}, refused: {}, details: {}, dropped: {}, rounds: 0 }
    this.#run = { ...fresh, ...previous?.run, plan, manifestSha256, powerSource }
    this.#id = options.id ?? previous?.id ?? newId(clock.now())
    this.#startedAt = previous?.startedAt ?? clock.now()
    // Another order each time the run is gone on with.
    this.#random = seededRandom(plan.seed + 7919 * this.#windowsDone())
  }

  /** Measures what is missing; ends after the window under way when it is cancelled. */
  async run(): Promise<BenchmarkFile> {
    for (let due = this.#due(); due.length > 0 && !this.#aborted; due = this.#due()) {
      await this.#repeat(due)
      if (this.#options.plan.method === 'halving') this.#endRound()
      if (!this.#aborted) await this.#options.onRound?.(this.file('running'))
    }
    return this.file(this.#aborted ? 'cancelled' : 'done')
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted ?? false
  }

  #windows(id: string) {
    return this.#run.windows[id] ?? []
  }

  #windowsDone(): number {
    return Object.values(this.#run.windows).reduce((sum, { length }) => sum + length, 0)
  }

  #racing(): PlannedCell[] {
    const { refused, dropped } = this.#run
    return this.#cells.filter(
      ({ id, refusal }) => refusal === '' && refused[id] === undefined && dropped[id] === undefined
    )
  }

  /** Repeats that a racing cell is to have before anything is decided. */
  #target(): number {
    const { method, repeats } = this.#options.plan
    return method === 'grid' ? repeats : repeatsAfter(this.#run.rounds, repeats)
  }

  /** The cells with the fewest repeats that need one more. */
  #due(): PlannedCell[] {
    const open = this.#racing().filter(({ id }) => this.#windows(id).length < this.#target())
    const fewest = Math.min(...open.map(({ id }) => this.#windows(id).length))
    return open.filter(({ id }) => this.#windows(id).length === fewest)
  }

  #expected(): number {
    const { method, repeats } = this.#options.plan
    let racing = this.#racing().length
    if (method === 'grid') return racing * repeats
    let total = this.#windowsDone()
    let reached = Math.min(...this.#racing().map(({ id }) => this.#windows(id).length), repeats)
    for (let round = this.#run.rounds; reached < repeats && racing > 0; round += 1) {
      const target = repeatsAfter(round, repeats)
      total += racing * Math.max(0, target - reached)
      reached = Math.max(reached, target)
      racing = Math.ceil(racing / 2)
    }
    return total
  }

  /** One more window for each of the cells. */
  async #repeat(due: readonly PlannedCell[]): Promise<void> {
    const groups = Map.groupBy(due, ({ setting }) => lineUpId(setting))
    for (const group of shuffled([...groups.values()], this.#random)) {
      if (this.#aborted) return
      await this.#measureGroup(shuffled(group, this.#random))
    }
  }

  async #measureGroup(group: readonly PlannedCell[]): Promise<void> {
    const [first] = group
    if (!first) return
    let trials: readonly BenchTrial[]
    try {
      trials = await this.#options.trials.open(first.setting)
    } catch (error) {
      for (const { id } of group) this.#refuse(id, error)
      return
    }
    try {
      for (const cell of group) if (!this.#aborted) await this.#measure(cell, trials)
    } finally {
      await Promise.all(trials.map((trial) => trial.close()))
    }
  }

  async #measure({ id, setting }: PlannedCell, trials: readonly BenchTrial[]): Promise<void> {
    const { plan, clock, gauges, signal, onBatch, onProgress } = this.#options
    try {
      const window = await measureWindow({
        trials: trials.slice(0, executorsOf(setting)),
        batches: this.#batches(setting.batch),
        rows: setting.batch,
        seconds: plan.seconds,
        ...{ clock, signal, gauges: setting.rung === 'cpu' ? forCpu(gauges) : gauges },
        ...(onBatch ? { onBatch: (batch: SentBatch) => onBatch(id, batch) } : {})
      })
      if (this.#aborted) return // it was cut short
      this.#run.windows[id] = [...this.#windows(id), window]
    } catch (error) {
      this.#refuse(id, error)
    }
    onProgress?.(this.#windowsDone(), Math.max(this.#windowsDone(), this.#expected()))
  }

  #batches(rows: number): Tensors[] {
    return Array.from({ length: BATCHES_IN_TURN }, () => this.#inputs.make(rows))
  }

  /** A cell that failed once is out: a setting that works sometimes is none to recommend. */
  #refuse(id: string, error: unknown): void {
    const known = toNearsideError(error)
    if (known.code === 'NS_INTERNAL') throw error
    this.#run.refused[id] = known.message
    const detail = known.details['detail']
    if (typeof detail === 'string') this.#run.details[id] = detail
    delete this.#run.windows[id]
  }

  #endRound(): void {
    const racing = this.#racing()
    const { plan } = this.#options
    if (this.#aborted || racing.some(({ id }) => this.#windows(id).length < this.#target())) return
    if (this.#target() >= plan.repeats) return
    this.#run.rounds += 1
    if (racing.length < 2) return
    const dropped = dropSlower(
      racing.map(({ id }) => ({ id, windows: this.#windows(id) })),
      {
        kept: baselineOf(this.#cells.filter(({ refusal }) => refusal === ''))?.id,
        goalMs: plan.goalMs,
        round: this.#run.rounds
      }
    )
    Object.assign(this.#run.dropped, dropped)
  }

  /** The report as it stands. */
  file(state: BenchmarkReport['state']): BenchmarkFile {
    const { bundle, machine, plan, clock } = this.#options
    const { name: model, version } = bundle.manifest
    const cells = cellsOf(this.#cells, this.#run)
    const ended = state !== 'running'
    const expected = Math.max(1, this.#expected())
    const report: BenchmarkReport = {
      ...{ schemaVersion: 1, id: this.#id, model, version, state, machine, cells },
      shape: this.#inputs.shape,
      startedAt: this.#startedAt,
      endedAt: ended ? clock.now() : null,
      progress: state === 'done' ? 1 : Math.min(1, this.#windowsDone() / expected),
      latencyGoalMs: plan.goalMs,
      best: withinGoal({ cells, latencyGoalMs: plan.goalMs })[0]?.id ?? null,
      findings: []
    }
    const run = structuredClone(this.#run)
    return { ...report, findings: findingsOf(report, run), run }
  }
}

/**
 * @throws NearsideError NS_INFERENCE_FAILED when no cell could be measured at all
 * @public
 */
export function requireFigures({ cells }: BenchmarkReport): void {
  if (cells.some(({ throughput }) => throughput !== null)) return
  const reasons = [...new Set(cells.map(({ sentence }) => sentence))].slice(0, 3).join(' ')
  throw new NearsideError('NS_OPTIONS_INVALID', `No setting could be measured. ${reasons}`)
}
