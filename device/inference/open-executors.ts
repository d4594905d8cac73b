// Opens the executors of one version of a model: all of them, proved with the golden inputs, with the memory that
// they take on each device held; or none. What batches they get is not their business.

import { type GoldenTensor, NearsideError, type Precision } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Bundle, type GoldenResult, goldenCheck, readGolden } from '../../models/index.ts'
import type { DeviceArbiter } from './device-arbiter.ts'
import type { Executor } from './executor.ts'
import { executorFor } from './executor-for.ts'
import { type ExecutorPlan, ON_CPU, type Work } from './executor-protocol.ts'
import { pipelinesOver } from './part-placement.ts'
import { cpuChoice, deviceName, type RungChoice, type Tuning } from './rung-choice.ts'
import { rungPlan } from './rung-plan.ts'
import type { InferenceSettings } from './settings.ts'
import { tensorFrom } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

export interface LoadOptions {
  readonly settings: InferenceSettings
  readonly clock: Clock
  /** Default the CPU. */
  readonly choice?: RungChoice
  /** Shares slots and memory of the devices among the models. */
  readonly arbiter?: DeviceArbiter | undefined
  readonly tuning?: Tuning
}

/** Batches that are on their way to another server at a time: while one computes there, the next is sent. */
const REMOTE_INSTANCES = 2

async function runGolden(
  bundle: Bundle,
  executor: Executor,
  how: { precision: Precision; deadlineMs: number }
) {
  const golden = await readGolden(bundle.dir)
  return goldenCheck(golden, how.precision, async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, tensor]: [string, GoldenTensor]) => [
      name,
      tensorFrom(tensor)
    ])
    const work: Work = { kind: 'tensors', inputs: Object.fromEntries(tensors) }
    const { result } = await executor.run(work, how.deadlineMs)
    return result.kind === 'tensors' ? result.outputs : {}
  })
}

function mismatch({ manifest }: Bundle, { remote }: RungChoice, said: string): NearsideError {
  const { name, version } = manifest
  const where = remote ? `at ${remote.url}` : 'on this device'
  const advice = remote ? 'Serve this version there.' : 'Install another version.'
  const sentence = `${name} ${version} does not give its golden outputs ${where}. ${said} ${advice}`
  return new NearsideError('NS_GOLDEN_MISMATCH', sentence)
}

/** Opens an executor and proves it; closed again when it is not what the bundle's makers meant. */
async function openProved(
  bundle: Bundle,
  plan: ExecutorPlan,
  { settings, clock, choice = cpuChoice(bundle) }: LoadOptions
): Promise<{ executor: Executor; golden: GoldenResult }> {
  const { startDeadlineMs, batchDeadlineMs, shell } = settings
  const executor = executorFor({ plan, shell, clock, startDeadlineMs })
  await executor.start()
  try {
    const { precision } = choice.variant
    const golden = await runGolden(bundle, executor, { precision, deadlineMs: batchDeadlineMs })
    if (golden.ok) return { executor, golden }
    throw mismatch(bundle, choice, golden.sentence)
  } catch (error) {
    await executor.close()
    // Whoever asks for the model has sent nothing wrong: the bundle does not fit itself.
    if (error instanceof NearsideError && error.code === 'NS_INFERENCE_INPUT')
      throw mismatch(bundle, choice, `It cannot take its golden inputs: ${error.message}`)
    throw error
  }
}

/** What each executor of a choice is to load: one an instance and device, for a model in parts one a pipeline. */
export function plansOf(
  bundle: Bundle,
  { settings, choice = cpuChoice(bundle), tuning = {} }: LoadOptions
): ExecutorPlan[] {
  const { manifest, dir } = bundle
  const { threads = settings.threads, maxBatch = manifest.batching.maxBatch } = tuning
  const windows = windowSettings(manifest.pre)
  const { libraries: libraryFolders, rung, remote, variant, engine, deviceIds } = choice
  const copies = (plan: ExecutorPlan, count: number): ExecutorPlan[] =>
    Array.from({ length: count }, () => plan)
  if (rung === 'remote') {
    const { runtime } = settings
    const plan = { dir, variant, windows, maxBatch, threads, runtime, ...ON_CPU }
    return copies({ ...plan, ...(remote ? { remote } : {}) }, tuning.instances ?? REMOTE_INSTANCES)
  }
  const shared = { bundle, rung, variant, engine, libraryFolders, windows }
  const groups = variant.parts
    ? pipelinesOver(variant.parts.length, deviceIds)
    : deviceIds.map((deviceId) => [deviceId])
  return groups.flatMap((group) => {
    const devices = { deviceId: group[0] ?? 0, deviceIds: group }
    const plan = rungPlan({ ...shared, ...devices, settings: { ...settings, threads } })
    return copies({ ...plan, maxBatch }, tuning.instances ?? 1)
  })
}

/** Memory that an executor takes, by device: of a model in parts as much of the whole as each part is of the file. */
export function memoryOf(plan: ExecutorPlan, { rung, variant }: RungChoice): [string, number][] {
  if (rung === 'remote') return []
  const { memoryMb } = variant
  if (!plan.parts) return [[deviceName(rung, plan.deviceId), memoryMb]]
  const { parts } = plan.parts
  const bytes = parts.reduce((sum, { part }) => sum + part.size, 0)
  return parts.map(({ part, deviceId }) => [
    deviceName(rung, deviceId),
    (memoryMb * part.size) / bytes
  ])
}

export interface OpenedExecutor {
  readonly executor: Executor
  readonly golden: GoldenResult
  /** Where its batches go in, as the arbiter counts devices; undefined when that is another machine. */
  readonly device: string | undefined
}

/** The executors of a model with the memory that they hold; opened all, or none. */
export class Executors {
  readonly opened: OpenedExecutor[] = []
  #held: (() => void)[] = []

  /** @throws NearsideError NS_GOLDEN_MISMATCH, NS_INFERENCE_MEMORY, or what an executor could not be started with */
  async open(bundle: Bundle, options: LoadOptions): Promise<void> {
    const { arbiter, choice = cpuChoice(bundle) } = options
    const { name } = bundle.manifest
    try {
      // One after the other: the first that fails spares the others, and loading needs the most memory.
      for (const plan of plansOf(bundle, options)) {
        const needed = memoryOf(plan, choice)
        for (const [device, memoryMb] of needed)
          if (arbiter) this.#held.push(arbiter.reserve(device, name, memoryMb))
        this.opened.push({ ...(await openProved(bundle, plan, options)), device: needed[0]?.[0] })
      }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map(({ executor }) => executor.close()))
    for (const release of this.#held.splice(0)) release()
  }
}
