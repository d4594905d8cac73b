// Trials of the provider ladder that a test makes up, on a clock that moves by the time they say they took.

import { join } from 'node:path'
import type { Test } from 'tap'
import { NearsideError, type Rung, type RungStatus } from '../../contract/index.ts'
import type { EnginePlan, ExecutorPlan } from '../../device/inference/executor-protocol.ts'
import { type Climb, type ClimbDeps, climb } from '../../device/inference/provider-ladder.ts'
import type { OpenTrial, RungTrial } from '../../device/inference/rung-probe.ts'
import { tensorFrom } from '../../device/inference/tensors.ts'
import { fullMachine, type machine, writeLadderBundle } from './ladder-bundle.ts'
import { ManualClock } from './manual-clock.ts'

export interface Behaviour {
  /** Time of a run, ms; a function of how often it ran. */
  readonly ms?: number | ((run: number) => number)
  /** What its outputs are multiplied with, where 2 is right. */
  readonly scale?: number
  readonly open?: NearsideError
  /** Thrown by the run of this number and all after it. */
  readonly fails?: { readonly from: number; readonly error: NearsideError }
  readonly words?: string
}

type Behaviours = Readonly<Record<string, Behaviour>>

/** Trials by `<rung>/<precision>`; counts those that are open. */
export class Trials {
  readonly clock = new ManualClock()
  readonly plans: ExecutorPlan[] = []
  /** Rungs in the order in which they ran. */
  readonly runs: string[] = []
  open = 0
  #behaviours: Behaviours

  constructor(behaviours: Behaviours) {
    this.#behaviours = behaviours
  }

  openTrial: OpenTrial = async (plan) => {
    this.plans.push(plan)
    const key = `${plan.rung}/${plan.variant.file.replace('.onnx', '')}`
    const behaviour = this.#behaviours[key] ?? {}
    if (behaviour.open) throw behaviour.open
    this.open += 1
    return this.#trial(key, behaviour)
  }

  #trial(key: string, { ms = 1, scale = 2, fails, words }: Behaviour): RungTrial {
    let count = 0
    let closed = false
    return {
      run: async ({ x }) => {
        count += 1
        this.runs.push(key)
        if (fails && count >= fails.from) throw fails.error
        const computeMs = typeof ms === 'number' ? ms : ms(count)
        this.clock.advance(computeMs)
        const data = [...(x?.data ?? [])].map((value) => Number(value) * scale)
        return { outputs: { y: tensorFrom({ datatype: 'FP32', shape: [1, 2], data }) }, computeMs }
      },
      close: async () => {
        if (!closed) this.open -= 1
        closed = true
      },
      lastWords: () => words ?? null
    }
  }
}

const ALL: readonly Rung[] = ['tensorrt', 'cuda', 'webgpu', 'cpu']
/** INT8 for the CPU, FP16 for every rung. */
export const VARIANTS = [
  { precision: 'int8', rungs: ['cpu'] },
  { precision: 'fp16', rungs: ALL }
] as const

interface Setting {
  readonly variants?: Parameters<typeof writeLadderBundle>[0]['variants']
  readonly deps?: ClimbDeps
  readonly facts?: ReturnType<typeof machine>
}

/** Climbs for a bundle of its own; proves that no trial is left. */
export async function climbed(
  t: Test,
  behaviours: Behaviours,
  { variants = VARIANTS, deps, facts }: Setting = {}
) {
  const trials = new Trials(behaviours)
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'bundle'), variants })
  const { openTrial, clock } = trials
  const found = await climb(bundle, facts ?? fullMachine(), { openTrial, clock, ...deps })
  t.equal(trials.open, 0, 'no trial is left behind')
  return { found, trials, bundle }
}

/** What a climb says of one rung. */
export function status({ statuses }: Pick<Climb, 'statuses'>, rung: Rung): RungStatus | undefined {
  return statuses.find((candidate) => candidate.rung === rung)
}

/** An error whose sentence names its code. */
export const trialError = (code: ConstructorParameters<typeof NearsideError>[0], detail?: string) =>
  new NearsideError(code, `It is ${code}.`, detail === undefined ? {} : { details: { detail } })

/** An engine that nothing loads. */
export function madeUpEngine(
  precision: 'fp16' | 'int8' = 'fp16',
  computeCapability = '9.0'
): EnginePlan {
  const profile = { min: {}, opt: {}, max: {} }
  const key = { modelSha256: 'a', precision, flags: {}, profile, computeCapability }
  return {
    dir: '/engines/1',
    key: { ...key, tensorrt: '10.6.0', onnxruntime: '1.30.0' },
    model: 'model.onnx',
    files: [],
    whole: true
  }
}
