// Which rung of the ladder tensorrt → cuda → webgpu → cpu a model takes on this machine, and why the others
// were refused. Climbs, remembers, falls back; the trials themselves are in `ladder-climb.ts`.

import {
  type ModelManifest,
  type ModelVariant,
  NearsideError,
  RUNGS,
  type Rung,
  type RungStatus,
  toNearsideError
} from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type Bundle, readGolden } from '../../models/index.ts'
import { engineDigest } from './engine-key.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { type LadderCache, type LadderRecord, ladderKey } from './ladder-cache.ts'
import { Climber, type Taken, untried } from './ladder-climb.ts'
import { inMs } from './rung-duel.ts'
import type { RungFacts } from './rung-facts.ts'
import { machineObstacle } from './rung-obstacle.ts'
import { devicesFor, variantsFor } from './rung-plan.ts'
import { type OpenTrial, processTrials, RUNG_NAMES, refusalOf } from './rung-probe.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'

export type RungReport = RungStatus
export type { Taken } from './ladder-climb.ts'
export { hasNvidiaGpu } from './rung-machine.ts'

export interface Climb {
  readonly model: { readonly name: string; readonly version: string }
  readonly manifestSha256: string
  /** Undefined when the model runs on no rung of this machine. */
  readonly taken: Taken | undefined
  /** All four, best rung first. */
  readonly statuses: readonly RungStatus[]
  /** True when nothing was tried: an earlier climb on the same machine found this. */
  readonly cached: boolean
  /** The rung that was taken when the model was last climbed for or fell back; null when none is known. */
  readonly before: Rung | null
}

export interface ClimbDeps {
  readonly settings?: Partial<InferenceSettings> | undefined
  readonly clock?: Clock | undefined
  /** Default: child processes. */
  readonly openTrial?: OpenTrial | undefined
  /**
   * The built engine of a variant.
   * @throws NearsideError NS_ENGINE_MISSING, NS_ENGINE_FOREIGN
   */
  readonly engine?: ((variant: ModelVariant) => Promise<EnginePlan>) | undefined
  /** Where the answer is kept and looked up; without it every call tries every rung. */
  readonly cache?: LadderCache | undefined
  /** True to try every rung although the answer is known. */
  readonly again?: boolean | undefined
  /** Called after each rung, from the CPU upwards, so that a better one can be used before the rest is tried. */
  readonly onProgress?: ((climb: Climb) => void) | undefined
  /** Ends the climb and its trials. */
  readonly signal?: AbortSignal | undefined
  /** Time that measuring one file of the bundle may take, ms; default 6 s. */
  readonly budgetMs?: number | undefined
}

type Engines = Map<ModelVariant, EnginePlan | NearsideError>

async function findEngines(
  { manifest }: Bundle,
  facts: RungFacts,
  { engine }: ClimbDeps
): Promise<Engines> {
  const found: Engines = new Map()
  if (!engine || machineObstacle('tensorrt', facts)) return found
  for (const variant of variantsFor(manifest, 'tensorrt')) {
    const result = await engine(variant).catch(toNearsideError)
    found.set(variant, result)
  }
  return found
}

const engineNames = (engines: Engines): string[] =>
  [...engines.values()].map((engine) =>
    engine instanceof NearsideError ? engine.code : engineDigest(engine.key)
  )

/** The key of this bundle on this machine, and what an earlier climb found under it. */
async function lookUp(bundle: Bundle, facts: RungFacts, deps: ClimbDeps) {
  const { manifest, manifestSha256 } = bundle
  const { threads } = { ...DEFAULT_INFERENCE_SETTINGS, ...deps.settings }
  const engines = await findEngines(bundle, facts, deps)
  const key = ladderKey({ facts, manifestSha256, threads, engines: engineNames(engines) })
  const record = await deps.cache?.read(manifest.name)
  const before = record?.taken?.rung ?? null
  const model = { name: manifest.name, version: manifest.version }
  const about = { model, manifestSha256, before }
  const use = record?.key === key ? remembered(record, manifest, engines) : undefined
  const known = record && use && { ...about, ...use, statuses: record.statuses, cached: true }
  return { engines, key, about, known }
}

/** The rung that a record names, if the bundle and the engine for it are there. */
function remembered(
  { taken }: LadderRecord,
  manifest: ModelManifest,
  engines: Engines
): Pick<Climb, 'taken'> | undefined {
  if (!taken) return { taken: undefined }
  const { rung, file, deviceIds } = taken
  const variant = variantsFor(manifest, rung).find((candidate) => candidate.file === file)
  if (!variant) return undefined
  const use = { rung, variant, deviceId: deviceIds[0] ?? 0, deviceIds }
  if (rung !== 'tensorrt') return { taken: use }
  const engine = engines.get(variant)
  if (!engine || engine instanceof NearsideError) return undefined
  return { taken: { ...use, engine } }
}

/**
 * What an earlier climb found for this very bundle on this very machine, trying nothing.
 * @returns undefined when nothing is known or something changed
 */
export async function recall(
  bundle: Bundle,
  facts: RungFacts,
  deps: ClimbDeps = {}
): Promise<Climb | undefined> {
  const { known } = await lookUp(bundle, facts, deps)
  return known
}

function keep(cache: LadderCache | undefined, climb: Climb, key: string | null): Promise<void> {
  const { taken, statuses, manifestSha256, model } = climb
  const use = taken && {
    rung: taken.rung,
    file: taken.variant.file,
    precision: taken.engine?.key.precision ?? taken.variant.precision,
    deviceIds: [...taken.deviceIds]
  }
  const record = { key, manifestSha256, taken: use ?? null, statuses: [...statuses] }
  return cache?.write(model.name, { schemaVersion: 1, ...record }) ?? Promise.resolve()
}

/**
 * Finds the best rung for a verified bundle on this machine. Each rung is tried in a child process of its own,
 * from the CPU upwards; it counts when its session loads, the golden outputs match within the tolerance of
 * the precision, and the 95th percentile of the golden runs is below that of the best rung beneath it.
 * A cached answer is given at once; whoever loads the model on it proves it again and calls `fallBack`
 * when that fails.
 * @throws NearsideError NS_JOB_CANCELLED, NS_BUNDLE_INVALID for a golden file that cannot be read
 */
export async function climb(
  bundle: Bundle,
  facts: RungFacts,
  deps: ClimbDeps = {}
): Promise<Climb> {
  const { clock = systemClock, cache, again = false, signal, budgetMs } = deps
  const settings = { ...DEFAULT_INFERENCE_SETTINGS, ...deps.settings }
  const { engines, key, about, known } = await lookUp(bundle, facts, deps)
  if (known && !again) return known
  const climber = new Climber({
    ...{ bundle, facts, clock, settings, engines, signal, budgetMs },
    golden: await readGolden(bundle.dir),
    openTrial: deps.openTrial ?? processTrials({ clock, settings }),
    onProgress: (statuses, taken) => deps.onProgress?.({ ...about, taken, statuses, cached: false })
  })
  await climber.climb()
  const { taken, statuses } = climber
  const result = { ...about, taken, statuses, cached: false }
  await keep(cache, result, key)
  return result
}

/** True for a rung that was tried and found good, whether it is used or a better one. */
export const passed = ({ code, precision }: RungStatus): boolean =>
  code === null && precision !== null

/** The file of a bundle that a rung of a climb passed with. */
function takenFrom(
  status: RungStatus,
  manifest: ModelManifest,
  facts: RungFacts
): Taken | undefined {
  const variant = variantsFor(manifest, status.rung).find(
    ({ precision }) => precision === status.precision
  )
  if (!variant) return undefined
  const deviceIds = devicesFor(status.rung, facts)
  return { rung: status.rung, variant, deviceId: deviceIds[0] ?? 0, deviceIds }
}

export interface FallDeps {
  readonly bundle: Bundle
  readonly facts: RungFacts
  readonly clock?: Clock | undefined
  readonly cache?: LadderCache | undefined
}

/**
 * Gives up the rung in use, because the model could not be loaded or proved on it, for the next lower one that
 * passed. The answer is not trusted at the next start: the ladder is climbed again then.
 * @param reason what loading failed with
 */
export async function fallBack(former: Climb, reason: unknown, deps: FallDeps): Promise<Climb> {
  const { bundle, facts, clock = systemClock, cache } = deps
  const lost = former.taken
  if (!lost) return former
  const precision = lost.engine?.key.precision ?? lost.variant.precision
  const refusal = refusalOf(reason, { rung: lost.rung, precision })
  const at = Math.round(clock.now())
  const lower = RUNGS.slice(RUNGS.indexOf(lost.rung) + 1)
  const next = former.statuses.find((status) => lower.includes(status.rung) && passed(status))
  const taken = next && takenFrom(next, bundle.manifest, facts)
  const statuses = former.statuses.map((status): RungStatus => {
    if (status.rung === lost.rung) return { ...untried(lost.rung), ...refusal, precision, at }
    if (!taken || status.rung !== taken.rung) return status
    const p95 =
      status.p95Ms === null
        ? ''
        : ` with ${inMs(status.p95Ms)} (95th percentile of the golden runs)`
    const kind = taken.variant.precision.toUpperCase()
    const sentence = `Runs as ${kind} on ${RUNG_NAMES[taken.rung]}${p95}, because ${RUNG_NAMES[lost.rung]} was lost.`
    return { ...status, taken: true, sentence, at }
  })
  const fallen = { ...former, taken, statuses, cached: false, before: lost.rung }
  await keep(cache, fallen, null)
  return fallen
}

/** A model that runs on a lower rung than before, in words for an alarm. */
export interface RungDrop {
  readonly model: string
  /** The rung that it ran on. */
  readonly from: Rung
  readonly title: string
  /** Why that rung was left. */
  readonly cause: string
}

/**
 * Whether a model runs on a lower rung than before.
 * @param before the rung of the last start, null when it is not known
 */
export function rungDropped(
  before: Rung | null,
  { model, taken, statuses }: Climb
): RungDrop | null {
  if (before === null) return null
  if (taken && RUNGS.indexOf(taken.rung) <= RUNGS.indexOf(before)) return null
  const cause = statuses.find(({ rung }) => rung === before)?.sentence ?? ''
  const now = taken ? `runs on ${RUNG_NAMES[taken.rung]}` : 'runs on no rung'
  const title = `${model.name} ${model.version} ${now} now instead of ${RUNG_NAMES[before]}`
  return { model: model.name, from: before, title, cause }
}

/**
 * Chooses the file of a bundle that a rung runs before anything is measured.
 * @throws NearsideError NS_INFERENCE_FAILED when the bundle has none
 */
export function chooseVariant(manifest: ModelManifest, rung: Rung = 'cpu'): ModelVariant {
  const [variant] = variantsFor(manifest, rung)
  if (variant) return variant
  const { name, version } = manifest
  const sentence = `${name} ${version} has no variant for ${RUNG_NAMES[rung]}; install a version that has one.`
  throw new NearsideError('NS_INFERENCE_FAILED', sentence)
}

interface Serving {
  readonly code: string | null
  readonly sentence: string
}

const NO_NVIDIA = { nvidia: false, gpus: [], vulkan: { loader: null, drivers: [] } }

/**
 * The state of all four rungs before the ladder was climbed, while the CPU serves.
 * @param cpu what is known of the rung that runs
 * @param nvidia whether an NVIDIA GPU was found
 */
export function describeLadder(cpu: Serving, nvidia: boolean): RungStatus[] {
  return RUNGS.map((rung) => {
    if (rung === 'cpu') return { ...untried(rung), taken: cpu.code === null, ...cpu }
    const lacking = rung === 'webgpu' || nvidia ? undefined : machineObstacle(rung, NO_NVIDIA)
    return { ...untried(rung), ...lacking }
  })
}
