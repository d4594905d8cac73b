// The 95th percentile of the golden runs of one or two trials. Two are run in turn, so that both saw the same
// load of the machine; which of them is used is decided elsewhere.

import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { RungTrial } from './rung-probe.ts'
import type { Tensors } from './tensors.ts'

/** Rounds over all golden cases that do not count: first runs allocate, compile shaders and choose kernels. */
const WARM_UP_ROUNDS = 2
/** Runs of each side below which no percentile is believed, whatever the time. */
const LEAST = 5
/** Runs after which a percentile may be called stable; with 40, the p95 is the third slowest. */
const ENOUGH = 40
const MOST = 400
/** Between two looks at the percentile, runs. */
const STEP = 20
/** Change between two looks that counts as stable. */
const STABLE = 0.03
/** Time that measuring may take, ms. */
const BUDGET_MS = 6_000

/** A side of a measurement was lost: which, and why. */
export class SideLost extends Error {
  readonly side: number

  constructor(side: number, cause: unknown) {
    super('A trial was lost while it was measured.', { cause })
    this.side = side
  }
}

export interface MeasureOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Time that measuring may take, ms; default 6 s. */
  readonly budgetMs?: number | undefined
}

/** A percentile by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** A duration as sentences state it: three digits, as in 0.335 ms, 12.3 ms, 1230 ms. */
export function inMs(value: number): string {
  return `${Number(value.toPrecision(3))} ms`
}

/** @throws NearsideError NS_JOB_CANCELLED */
export function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new NearsideError('NS_JOB_CANCELLED', 'The trial of the rungs was cancelled.')
}

async function runOnce(sides: readonly RungTrial[], side: number, inputs: Tensors) {
  try {
    const { computeMs } = (await sides[side]?.run(inputs)) ?? { computeMs: Number.NaN }
    return computeMs
  } catch (error) {
    throw new SideLost(side, error)
  }
}

/** True when nothing that follows is likely to change which side is faster. */
function clear(times: readonly (readonly number[])[]): boolean {
  const [a, b] = times
  if (!a || !b || a.length < 2 * LEAST) return false
  return Math.min(...a) > 2 * Math.max(...b) || Math.min(...b) > 2 * Math.max(...a)
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= STABLE * Math.max(a, b)

/**
 * Runs the golden inputs on each side in turn until both percentiles are stable, one side is clearly slower,
 * or time is up.
 * @param cases inputs of the golden cases, in order
 * @returns p95 of each side, ms
 * @throws SideLost with the reason as its cause, NearsideError NS_JOB_CANCELLED
 */
export async function measure(
  sides: readonly RungTrial[],
  cases: readonly Tensors[],
  { clock, signal, budgetMs = BUDGET_MS }: MeasureOptions
): Promise<number[]> {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1)
    for (const inputs of cases)
      for (const side of sides.keys()) {
        refuseCancelled(signal)
        await runOnce(sides, side, inputs)
      }
  const times = sides.map((): number[] => [])
  const endMs = clock.monotonicMs() + budgetMs
  let last: number[] = []
  for (let count = 1; count <= MOST; count += 1) {
    const inputs = cases[(count - 1) % cases.length] ?? {}
    for (const [side, list] of times.entries()) {
      refuseCancelled(signal)
      list.push(await runOnce(sides, side, inputs))
    }
    if (count >= LEAST && clock.monotonicMs() >= endMs) break
    if (clear(times)) break
    if (count < ENOUGH || count % STEP !== 0) continue
    const now = times.map((list) => percentile(list, 0.95))
    if (last.length > 0 && now.every((value, side) => near(value, last[side] ?? 0))) break
    last = now
  }
  return times.map((list) => percentile(list, 0.95))
}
