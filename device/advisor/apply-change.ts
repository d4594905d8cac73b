// "Apply and measure": measures a model as it is, changes one setting, measures again, and keeps the change only
// when it helped. The change is told before it is made, so that a restart can find what was under way.

import { type AppliedChange, toNearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Tuning } from '../inference/index.ts'
import { milliseconds, rounded } from './advice-figures.ts'
import type { RememberedChange } from './advisor-memory.ts'
import {
  type Measured,
  type MeasuredPool,
  type MeasurePlan,
  measure,
  pause
} from './throughput-measure.ts'

export interface TunedPool extends MeasuredPool {
  /** @throws NearsideError NS_MODEL_UNKNOWN, or what new executors could not be loaded with */
  tune(name: string, change: Tuning): Promise<void>
}

export interface TrialOfChange {
  readonly pool: TunedPool
  readonly clock: Clock
  readonly plan: MeasurePlan
  /** Time that a change is given to settle before it is measured, ms: fresh executors run their first batches. */
  readonly settleMs: number
  readonly latencyGoalMs: number
  readonly signal: AbortSignal
  /** Called with the change right before it is made. */
  readonly onApply: (change: RememberedChange) => Promise<void>
}

/** Less is not worth a change; it also is about what repeated measurements of an idle machine differ by. */
export const WORTH = 0.03
/** A fall of the 95th percentile that counts, where it also is more than the noise. */
const P95_WORTH = 0.05

/** How a setting is named to the pool; null takes a fixed wait away. */
export function tuningOf(setting: AppliedChange['setting'], value: number | null): Tuning {
  if (setting === 'max-wait-ms') return { maxWaitMs: value ?? undefined }
  const number = value ?? 1
  if (setting === 'instances') return { instances: number }
  return setting === 'max-batch' ? { maxBatch: number } : { threads: number }
}

/**
 * Runs one change to its end; failures are states, not exceptions.
 * @returns its last state: kept, reverted or failed; on abort the state it was in, for the next start
 */
export async function applyChange(
  change: RememberedChange,
  trial: TrialOfChange
): Promise<RememberedChange> {
  const { signal, plan } = trial
  const before = await measureModel(change, trial)
  if (signal.aborted) return change
  if (!before) {
    const sentence = `${change.model} was asked too little in ${rounded(plan.longestMs / 1000)} s to measure (${plan.fewest} answers are needed); nothing was changed.`
    return { ...change, state: 'failed', again: true, sentence }
  }
  const measured = { ...change, before: shown(before) }
  const sentence = `It did ${sideOf(before)} before; the change is applied and measured.`
  const next: RememberedChange = { ...measured, state: 'measuring-after', sentence }
  await trial.onApply(next)
  try {
    await trial.pool.tune(change.model, tuningOf(change.setting, change.to))
  } catch (error) {
    const { message } = toNearsideError(error)
    const sentence = `The change could not be made and everything is as it was: ${message}`
    return { ...next, state: 'failed', sentence }
  }
  await pause(trial.clock, trial.settleMs, signal)
  const after = await measureModel(change, trial)
  if (signal.aborted) return next
  return conclude(next, { before, after }, trial)
}

async function measureModel(
  { model, version }: RememberedChange,
  { pool, clock, plan, signal }: TrialOfChange
): Promise<Measured | undefined> {
  try {
    const measured = await measure({ pool, model, clock, plan, signal })
    // Another version has other figures: they compare with nothing.
    return pool.statistics(model)[0]?.version === version ? measured : undefined
  } catch {
    return undefined // the model was removed meanwhile
  }
}

interface Sides {
  readonly before: Measured
  readonly after: Measured | undefined
}

async function conclude(
  change: RememberedChange,
  { before, after }: Sides,
  trial: TrialOfChange
): Promise<RememberedChange> {
  if (!after) {
    const sentence =
      'The load ended or the model changed while it was measured; the change was taken back.'
    return revert({ ...change, again: true, sentence }, trial)
  }
  const { kept, because } = verdict(before, after, trial.latencyGoalMs)
  const sentence = `From ${sideOf(before)} to ${sideOf(after)}: ${because}.`
  const measured = { ...change, after: shown(after), sentence }
  return kept ? { ...measured, state: 'kept' } : revert(measured, trial)
}

async function revert(change: RememberedChange, trial: TrialOfChange): Promise<RememberedChange> {
  try {
    await trial.pool.tune(change.model, tuningOf(change.setting, change.former))
    return { ...change, state: 'reverted' }
  } catch (error) {
    const sentence = `${change.sentence} Taking it back failed: ${toNearsideError(error).message}`
    return { ...change, state: 'failed', sentence }
  }
}

const shown = ({ throughput, p95Ms }: Measured) => ({ throughput, p95Ms })

const sideOf = ({ throughput, p95Ms }: Measured): string =>
  `${rounded(throughput)} requests/s with 95 % within ${milliseconds(p95Ms)}`

/**
 * Whether a change helped: 3 % more requests a second and more than the noise (two standard errors of the
 * difference), with the 95th percentile within the goal or no worse than before; or a percentile that
 * fell by 5 % and more than its noise, without losing throughput.
 */
export function verdict(
  before: Measured,
  after: Measured,
  latencyGoalMs: number
): { readonly kept: boolean; readonly because: string } {
  const gained = after.throughput - before.throughput
  const part = before.throughput > 0 ? gained / before.throughput : 0
  const noise = 2 * Math.hypot(before.error, after.error)
  const percent = `${part >= 0 ? '+' : ''}${rounded(100 * part)} %`
  const revertedFor = (because: string) => ({ kept: false, because: `${because}; taken back` })
  if (after.failed > before.failed) return revertedFor(`${after.failed} requests failed`)
  if (part >= WORTH && gained > noise) {
    if (after.p95Ms <= Math.max(latencyGoalMs, before.p95Ms))
      return { kept: true, because: `${percent} throughput; kept` }
    return revertedFor(`95 % took longer than the goal of ${milliseconds(latencyGoalMs)}`)
  }
  const fell = before.p95Ms - after.p95Ms
  const p95Noise = 2 * Math.hypot(before.p95Error, after.p95Error)
  if (fell >= P95_WORTH * before.p95Ms && fell > p95Noise && part > -WORTH)
    return { kept: true, because: 'answers come sooner without a loss of throughput; kept' }
  return revertedFor(`${percent} throughput is no gain beyond the noise`)
}
