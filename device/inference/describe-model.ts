// What the device says of a model: its version, its state in one sentence, its ladder, its figures.

import type {
  DeviceModel,
  NearsideError,
  RemoteModel,
  RungStatus,
  ServingRung
} from '../../contract/index.ts'
import type { GoldenResult, VerifiedBundle } from '../../models/index.ts'
import { type Climb, chooseVariant, describeLadder } from './provider-ladder.ts'
import type { RungChoice } from './rung-choice.ts'
import { RUNG_NAMES } from './rung-probe.ts'

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
  /** What the ladder gave so far; before it was climbed the model runs on the CPU. */
  readonly climb?: Pick<Climb, 'taken' | 'statuses'> | undefined
  /** What the model is loaded with; undefined while it is not loaded. */
  readonly inUse?: RungChoice | undefined
  /** Where an administrator sends its requests; state `off`: nowhere. */
  readonly remote: RemoteModel
  readonly figures: Pick<DeviceModel, 'requests' | 'batches' | 'p50Ms' | 'p95Ms'>
}

type Condition = Pick<DeviceModel, 'state' | 'sentence'> & { readonly code: string | null }

function conditionOf(facts: ModelFacts, where: string): Condition {
  const { golden, loading, fault, remote } = facts
  if (golden && remote.state === 'serving')
    return { state: 'ready', code: null, sentence: `${remote.sentence} ${golden.sentence}` }
  if (golden) {
    const sentence = `Runs as ${where}. ${golden.sentence}`
    return { state: 'ready', code: null, sentence }
  }
  if (loading) return { state: 'loading', code: null, sentence: `Loading as ${where}.` }
  if (fault) return { state: 'failed', code: fault.code, sentence: fault.message }
  if (remote.state === 'waiting') return { state: 'cold', code: null, sentence: remote.sentence }
  const sentence = `Runs as ${where}; loaded and checked against its golden outputs at first use.`
  return { state: 'cold', code: null, sentence }
}

interface Place extends Pick<DeviceModel, 'precision' | 'rung'> {
  readonly words: string
}

const PLAIN = { words: 'on another server' }

/** File and rung in use: another server, what the climb took, else the CPU's. */
function placeOf({ current, climb, inUse }: ModelFacts): Place {
  if (inUse?.rung === 'remote')
    return { ...PLAIN, precision: inUse.variant.precision, rung: 'remote' }
  const variant = climb?.taken?.variant ?? chooseVariant(current.bundle.manifest)
  const { rung = 'cpu', engine } = climb?.taken ?? {}
  const parts = variant.parts ? ` in ${variant.parts.length} parts` : ''
  const precision = engine?.key.precision ?? variant.precision
  return { precision, rung, words: `${precision.toUpperCase()}${parts} on ${RUNG_NAMES[rung]}` }
}

/** The ladder as it was climbed; a fault of the model as it is now stands on the rung in use. */
function ladderOf({ climb, nvidia }: ModelFacts, rung: ServingRung, now: Condition): RungStatus[] {
  const { code, sentence } = now
  if (!climb) return describeLadder({ code, sentence }, nvidia)
  return climb.statuses.map((status) =>
    status.rung === rung && status.taken && code !== null
      ? { ...status, taken: false, code, sentence }
      : status
  )
}

export function describeModel(facts: ModelFacts): DeviceModel {
  const { bundle, origin } = facts.current
  const { manifest } = bundle
  const { precision, rung, words } = placeOf(facts)
  const condition = conditionOf(facts, words)
  const { state, sentence } = condition
  return {
    name: manifest.name,
    version: manifest.version,
    precision,
    rung,
    manifestSha256: bundle.manifestSha256,
    origin,
    task: manifest.task,
    licence: manifest.licence,
    sizeBytes: bundle.sizeBytes,
    signer: bundle.signer.name,
    state,
    sentence,
    ladder: ladderOf(facts, rung, condition),
    accuracy: manifest.accuracy,
    ...facts.figures,
    previousVersion: facts.previous?.bundle.manifest.version ?? null,
    ...(facts.remote.state === 'off' ? {} : { remote: facts.remote })
  }
}
