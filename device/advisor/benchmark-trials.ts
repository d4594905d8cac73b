// Opens real executors for a benchmark: as many as the setting says, spread over its GPUs. Each pair of rung
// and precision proves its golden outputs once.

import { type BenchmarkSetting, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import {
  openTrial,
  type RungFacts,
  rungRefusal,
  type Trial,
  type TrialOptions
} from '../inference/index.ts'
import { executorsOf } from './benchmark-plan.ts'
import type { TrialPort } from './benchmark-run.ts'

export interface BenchTrialOptions {
  readonly bundle: Bundle
  readonly clock: Clock
  /** What the machine has for each rung. */
  readonly facts: RungFacts
  /** Finds the TensorRT engine of a variant; without it the rung is refused. */
  readonly engine?: TrialOptions['engine']
  /** Beginning of the paths of profiles; set, every run is profiled. */
  readonly profile?: string | undefined
}

/**
 * Executors of device/inference as the bench uses them.
 * @public
 */
export function benchTrials(options: BenchTrialOptions): TrialPort {
  const proved = new Set<string>()
  let opened = 0
  return {
    refusal: (rung) => rungRefusal(rung, options.facts)?.message ?? '',
    open: async (setting) => {
      const trials: Trial[] = []
      try {
        for (let index = 0; index < executorsOf(setting); index += 1) {
          const profile =
            options.profile === undefined ? undefined : `${options.profile}-${opened}-${index}`
          trials.push(await openOne(setting, { ...options, profile, index }))
        }
        const key = `${setting.rung}/${setting.precision}`
        if (!proved.has(key)) await trials[0]?.prove()
        proved.add(key)
        opened += 1
        return trials
      } catch (error) {
        await Promise.all(trials.map((trial) => trial.close()))
        throw error
      }
    }
  }
}

function openOne(
  setting: BenchmarkSetting,
  { index, ...options }: BenchTrialOptions & { readonly index: number }
): Promise<Trial> {
  const { bundle, clock, facts, engine, profile } = options
  const { rung, precision, gpus, threads } = setting
  const variant = bundle.manifest.variants.find(
    (candidate) => candidate.precision === precision && candidate.rungs.includes(rung)
  )
  if (!variant) {
    const sentence = `The bundle has no ${precision.toUpperCase()} variant for this rung.`
    throw new NearsideError('NS_RUNG_NO_VARIANT', sentence)
  }
  const deviceId = gpus > 0 ? index % gpus : 0
  return openTrial({ bundle, variant, rung, deviceId, threads, profile }, { facts, clock, engine })
}
