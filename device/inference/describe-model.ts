// What the device says of a model: its version, its state in one sentence, its ladder, its figures.

import type { DeviceModel, NearsideError } from '../../contract/index.ts'
import type { GoldenResult, VerifiedBundle } from '../../models/index.ts'
import { chooseVariant, describeLadder } from './provider-ladder.ts'

export type Origin = 'builtin' | 'installed'

export interface ModelVersion {
  readonly bundle: VerifiedBundle
  readonly origin: Origin
}

export interface ModelFacts {
  readonly current: ModelVersion
  readonly previous: ModelVersion | undefined
  /** What the golden check found when the model was loaded; undefined while it is not loaded. */
  readonly golden: GoldenResult | undefined
  readonly loading: boolean
  readonly fault: NearsideError | undefined
  readonly nvidia: boolean
  readonly figures: Pick<DeviceModel, 'requests' | 'batches' | 'p50Ms' | 'p95Ms'>
}

type Condition = Pick<DeviceModel, 'state' | 'sentence'> & { readonly code: string | null }

function conditionOf({ golden, loading, fault }: ModelFacts, precision: string): Condition {
  const kind = precision.toUpperCase()
  if (golden) {
    const sentence = `Runs as ${kind} on the CPU. ${golden.sentence}`
    return { state: 'ready', code: null, sentence }
  }
  if (loading) return { state: 'loading', code: null, sentence: `Loading as ${kind} on the CPU.` }
  if (fault) return { state: 'failed', code: fault.code, sentence: fault.message }
  const sentence = `Runs as ${kind} on the CPU; loaded and checked against its golden outputs at first use.`
  return { state: 'cold', code: null, sentence }
}

export function describeModel(facts: ModelFacts): DeviceModel {
  const { bundle, origin } = facts.current
  const { manifest } = bundle
  const { precision } = chooseVariant(manifest)
  const { state, code, sentence } = conditionOf(facts, precision)
  return {
    name: manifest.name,
    version: manifest.version,
    precision,
    rung: 'cpu',
    manifestSha256: bundle.manifestSha256,
    origin,
    task: manifest.task,
    licence: manifest.licence,
    sizeBytes: bundle.sizeBytes,
    signer: bundle.signer.name,
    state,
    sentence,
    ladder: describeLadder({ code, sentence }, facts.nvidia),
    accuracy: manifest.accuracy,
    ...facts.figures,
    previousVersion: facts.previous?.bundle.manifest.version ?? null
  }
}
