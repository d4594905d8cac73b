// A benchmark on disk: the report that everybody reads, and beside it what a run needs to go on: the plan and
// every window. Written whole or not at all.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { BenchmarkReport, NearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { type BenchmarkPlan, BenchmarkPlanSchema, type Machine } from './benchmark-plan.ts'
import { BenchmarkWindow } from './benchmark-window.ts'

/** What a run found so far, cell by cell. */
export const BenchmarkRun = z.object({
  plan: BenchmarkPlanSchema,
  /** Digest of the manifest: figures of another model never mix with these. */
  manifestSha256: z.string(),
  /** What the power covers, in words; null where it is not measured. */
  powerSource: z.string().nullable(),
  windows: z.record(z.string(), z.array(BenchmarkWindow)),
  refused: z.record(z.string(), z.string()),
  /** What a library said about a cell that was refused, for an engineer. */
  details: z.record(z.string(), z.string()),
  dropped: z.record(z.string(), z.string()),
  /** Rounds of successive halving that have ended. */
  rounds: z.number().int().nonnegative()
})
export type BenchmarkRun = z.infer<typeof BenchmarkRun>

/** @public */
export const BenchmarkFileSchema = BenchmarkReport.extend({ run: BenchmarkRun })
/** @public */
export type BenchmarkFile = z.infer<typeof BenchmarkFileSchema>

/**
 * Reads a benchmark.
 * @throws NearsideError NS_INPUT_NOT_FOUND, or NS_INPUT_FORMAT when it is none
 * @public
 */
export async function readBenchmarkFile(path: string): Promise<BenchmarkFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const sentence = `${path} cannot be read; give the JSON file of an earlier benchmark.`
    throw new NearsideError('NS_INPUT_NOT_FOUND', sentence, { cause })
  }
  try {
    return BenchmarkFileSchema.parse(JSON.parse(text))
  } catch (cause) {
    const sentence = `${path} is no benchmark of this version; give a file that nearside bench wrote as JSON.`
    throw new NearsideError('NS_INPUT_FORMAT', sentence, { cause })
  }
}

/**
 * The JSON form: what is read by people ends with a line break.
 * @public
 */
export const benchmarkJson = (file: BenchmarkFile): string => `${JSON.stringify(file, null, 2)}\n`

/** @public */
export function writeBenchmarkFile(
  path: string,
  file: BenchmarkFile,
  mode?: number
): Promise<void> {
  return writeFileAtomic(path, benchmarkJson(file), mode)
}

interface Asked {
  readonly model: string
  readonly version: string
  readonly manifestSha256: string
  readonly machine: Machine
  readonly plan: BenchmarkPlan
}

/**
 * Makes sure that a run can go on with a file; more repeats than it was begun with are fine.
 * @throws NearsideError NS_OPTIONS_INVALID, naming what differs
 */
export function checkResumable(file: BenchmarkFile, asked: Asked): void {
  const differs = difference(file, asked)
  if (differs === undefined) return
  const sentence = `The file holds a benchmark of ${differs}; go on with it there, or name a new file.`
  throw new NearsideError('NS_OPTIONS_INVALID', sentence)
}

function difference({ model, version, machine, run }: BenchmarkFile, asked: Asked) {
  if (model !== asked.model || version !== asked.version) return `${model} ${version}`
  if (run.manifestSha256 !== asked.manifestSha256) return `another bundle named ${model} ${version}`
  const facts = ['cpu', 'cores', 'gpus', 'driver', 'runtime', 'platform'] as const
  const fact = facts.find((name) => String(machine[name]) !== String(asked.machine[name]))
  if (fact) return `another machine (its ${fact} is ${describe(machine[fact])})`
  const keys = Object.keys(run.plan).filter((key) => key !== 'repeats') as (keyof BenchmarkPlan)[]
  const key = keys.find((one) => JSON.stringify(run.plan[one]) !== JSON.stringify(asked.plan[one]))
  return key === undefined ? undefined : `other settings (${key} is ${describe(run.plan[key])})`
}

function describe(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none'
  return typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value)
}
