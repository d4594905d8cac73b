// What a benchmark measures: the grid of settings, and in advance why a cell cannot run. It opens nothing;
// whether a rung works on this machine is found out by trying.

import { z } from 'zod'
import {
  type BenchmarkReport,
  type BenchmarkSetting,
  type ModelManifest,
  NearsideError,
  Precision,
  RUNGS,
  Rung
} from '../../contract/index.ts'

export type Machine = BenchmarkReport['machine']

/** Where it runs, and why a rung cannot be used there; empty when it can be tried. */
export interface Site {
  readonly machine: Machine
  readonly refusal: (rung: Rung) => string
}

const counts = (most: number) => z.array(z.number().int().min(1).max(most)).min(1).max(16)

/**
 * A whole plan; it is kept with the figures, so that a run can be gone on with.
 * @public
 */
export const BenchmarkPlanSchema = z.object({
  rungs: z.array(Rung).min(1),
  precisions: z.array(Precision).min(1),
  batches: counts(4096),
  /** Executors on each GPU, or on the CPU. */
  instances: counts(64),
  /** Threads of one CPU instance; empty: the cores shared out among the instances. */
  threads: z.array(z.number().int().min(1).max(1024)).max(16),
  /** Numbers of GPUs to use; of no meaning on a CPU rung. */
  gpus: counts(64),
  /** Length of one measured window, s. */
  seconds: z.number().min(0.01).max(120),
  repeats: z.number().int().min(1).max(30),
  method: z.enum(['grid', 'halving']),
  goalMs: z.number().positive(),
  /** Input → sizes behind the rows, instead of what the model suggests. */
  shape: z.record(z.string(), z.array(z.number().int().min(1).max(65_536))),
  /** Of the order of the cells and of the inputs. */
  seed: z.number().int().nonnegative()
})
/** @public */
export type BenchmarkPlan = z.infer<typeof BenchmarkPlanSchema>

/**
 * What of a plan was asked for; the rest is filled in.
 * @public
 */
export type PlanWishes = { readonly [Key in keyof BenchmarkPlan]?: BenchmarkPlan[Key] | undefined }

const DEFAULT_BATCHES = [1, 4, 16]
/** A run without --seconds shares this among its windows, s: with loading, about a minute. */
const WINDOWS_BUDGET_S = 42

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)]

/**
 * Fills in what was not asked for, so that the run takes about a minute on a small machine.
 * @throws NearsideError NS_OPTIONS_INVALID that names what is out of its range
 * @public
 */
export function completePlan(
  manifest: ModelManifest,
  wishes: PlanWishes,
  site: Site
): BenchmarkPlan {
  const { maxBatch } = manifest.batching
  const { machine } = site
  const many = machine.gpus.length
  const plan = {
    rungs: wishes.rungs ?? [...RUNGS],
    precisions: wishes.precisions ?? unique(manifest.variants.map(({ precision }) => precision)),
    batches: wishes.batches ?? unique(DEFAULT_BATCHES.map((batch) => Math.min(batch, maxBatch))),
    instances: wishes.instances ?? (machine.cores > 1 ? [1, 2] : [1]),
    threads: wishes.threads ?? [],
    gpus: wishes.gpus ?? (many > 1 ? [1, many] : [1]),
    repeats: wishes.repeats ?? 5,
    method: wishes.method ?? 'grid',
    goalMs: wishes.goalMs ?? manifest.latencyGoalMs,
    shape: wishes.shape ?? {},
    seed: wishes.seed ?? 1
  } as const
  const cells = planCells({ ...plan, seconds: 1 }, manifest, site)
  const windows = Math.max(1, cells.filter(({ refusal }) => refusal === '').length * plan.repeats)
  const share = Math.min(2, Math.max(0.1, WINDOWS_BUDGET_S / windows))
  const parsed = BenchmarkPlanSchema.safeParse({
    ...plan,
    seconds: wishes.seconds ?? Math.round(share * 100) / 100
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const sentence = `${issue?.path.join('.')}: ${issue?.message}; choose another value.`
  throw new NearsideError('NS_OPTIONS_INVALID', sentence)
}

export interface PlannedCell {
  readonly id: string
  readonly setting: BenchmarkSetting
  /** Why it cannot run; empty when it can be tried. */
  readonly refusal: string
}

/** `cpu/int8/g0/i1/b8/t2`. */
export const cellId = ({ rung, precision, gpus, instances, batch, threads }: BenchmarkSetting) =>
  `${rung}/${precision}/g${gpus}/i${instances}/b${batch}/t${threads}`

/** Settings that differ in the batch only share their executors. */
export const lineUpId = (setting: BenchmarkSetting): string => cellId(setting).replace(/\/b\d+/, '')

/** Executors that a setting runs. */
export const executorsOf = ({ gpus, instances }: BenchmarkSetting): number =>
  Math.max(1, gpus) * instances

/** All cells of the grid in the order of the ladder, those that cannot run with the reason. */
export function planCells(
  plan: BenchmarkPlan,
  manifest: ModelManifest,
  { machine, refusal }: Site
): PlannedCell[] {
  const settings = RUNGS.filter((rung) => plan.rungs.includes(rung)).flatMap((rung) =>
    plan.precisions.flatMap((precision) =>
      (rung === 'cpu' ? [0] : plan.gpus).flatMap((gpus) =>
        plan.instances.flatMap((instances) =>
          threadsOf(plan, rung, { instances, cores: machine.cores }).flatMap((threads) =>
            plan.batches.map((batch) => ({ rung, precision, gpus, instances, batch, threads }))
          )
        )
      )
    )
  )
  const cells = settings.map((setting) => ({
    id: cellId(setting),
    setting,
    refusal: refusal(setting.rung) || refusalOf(setting, manifest, machine)
  }))
  return [...new Map(cells.map((cell) => [cell.id, cell])).values()]
}

/** A GPU instance needs one thread to feed it; a CPU instance gets its share of the cores. */
function threadsOf(
  plan: BenchmarkPlan,
  rung: Rung,
  { instances, cores }: { instances: number; cores: number }
): readonly number[] {
  if (rung !== 'cpu') return [1]
  if (plan.threads.length > 0) return plan.threads
  return [Math.max(1, Math.floor(cores / instances))]
}

const RUNG_NAMES: Readonly<Record<Rung, string>> = {
  tensorrt: 'TensorRT',
  cuda: 'CUDA',
  webgpu: 'WebGPU',
  cpu: 'CPU'
}

/** `TensorRT`, `CUDA`, `WebGPU`, `CPU`. */
export const rungName = (rung: Rung): string => RUNG_NAMES[rung]

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

function refusalOf(
  setting: BenchmarkSetting,
  { name, version, variants, batching }: ModelManifest,
  { cores, gpus }: Machine
): string {
  const { rung, precision, instances, threads, batch } = setting
  if (!variants.some((variant) => variant.precision === precision && variant.rungs.includes(rung)))
    return `${name} ${version} has no ${precision.toUpperCase()} variant for ${rungName(rung)}.`
  if (batch > batching.maxBatch) return `The bundle allows batches of at most ${batching.maxBatch}.`
  if (rung === 'cpu' && instances * threads > cores)
    return `${counted(instances, 'instance')} of ${counted(threads, 'thread')} need ${instances * threads} cores; this machine has ${cores}.`
  if (rung === 'webgpu' && setting.gpus > 1) return 'WebGPU reaches one GPU only.'
  if (rung !== 'cpu' && setting.gpus > 1 && setting.gpus > gpus.length)
    return `${setting.gpus} GPUs are asked for; this machine has ${gpus.length}.`
  return ''
}

/** `CPU, INT8, 2 instances of 1 thread, batch 8`. */
export function settingName(setting: BenchmarkSetting): string {
  return `${lineUpName(setting)}, batch ${setting.batch}`
}

/** `CPU, INT8, 2 instances of 1 thread`; GPU settings name the GPUs. */
export function lineUpName(setting: BenchmarkSetting): string {
  return [placeName(setting), setting.precision.toUpperCase(), shareName(setting)].join(', ')
}

/** `CPU`, `CUDA`, `CUDA, 2 GPUs`. */
export function placeName({ rung, gpus }: BenchmarkSetting): string {
  return gpus > 1 ? `${rungName(rung)}, ${gpus} GPUs` : rungName(rung)
}

/** `2 instances of 1 thread`, `2 instances a GPU`. */
export function shareName({ rung, gpus, instances, threads }: BenchmarkSetting): string {
  if (rung === 'cpu') return `${counted(instances, 'instance')} of ${counted(threads, 'thread')}`
  return gpus > 1 ? `${counted(instances, 'instance')} a GPU` : counted(instances, 'instance')
}
