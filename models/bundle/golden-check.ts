// Does a loaded model give the outputs that its makers saw? Pure comparison with the tolerance that the
// bundle states for the precision; how the model is run is the caller's business.

import { GoldenFile, type GoldenTensor, type Precision } from '../../contract/index.ts'
import { readBundleFile, refuseFile } from './bundle-files.ts'
import { GOLDEN_FILE } from './read-bundle.ts'

/** An output as a model gave it; `data` flat and row-major. */
export interface ObservedTensor {
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: ArrayLike<number | bigint | boolean | string>
}

export type RunModel = (
  inputs: Readonly<Record<string, GoldenTensor>>
) => Promise<Readonly<Record<string, ObservedTensor>>>

export interface GoldenResult {
  readonly ok: boolean
  /** Number of cases that were run. */
  readonly cases: number
  /** Largest difference from a golden number, in the unit of the output. */
  readonly maxDifference: number
  /** One sentence: what matched, or what did not. */
  readonly sentence: string
}

/** A few cases of one row; parsed they take several times as much. */
const MAX_GOLDEN_BYTES = 64 * 1024 * 1024

/**
 * Reads golden.json of a bundle that was verified.
 * @throws NearsideError NS_BUNDLE_INVALID that names the field
 */
export async function readGolden(dir: string): Promise<GoldenFile> {
  const bytes = await readBundleFile(dir, GOLDEN_FILE, MAX_GOLDEN_BYTES)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    throw refuseFile(GOLDEN_FILE, 'is not valid JSON; have the bundle made again.')
  }
  const parsed = GoldenFile.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'the document'
  const reason = issue?.message.replace(/\.$/, '')
  throw refuseFile(
    GOLDEN_FILE,
    `${field} does not fit the schema (${reason}); have the bundle made again.`
  )
}

interface Tolerance {
  readonly atol: number
  readonly rtol: number
}

/** Compares one output; returns the largest difference or the sentence that says what is wrong. */
function compareTensor(
  golden: GoldenTensor,
  observed: ObservedTensor | undefined,
  tolerance: Tolerance
): number | string {
  if (!observed) return 'is missing'
  if (observed.datatype !== golden.datatype)
    return `has type ${observed.datatype} instead of ${golden.datatype}`
  if (observed.shape.join() !== golden.shape.join())
    return `has shape [${observed.shape.join()}] instead of [${golden.shape.join()}]`
  if (observed.data.length !== golden.data.length)
    return `has ${observed.data.length} numbers instead of ${golden.data.length}`
  let largest = 0
  for (const [index, expected] of golden.data.entries()) {
    const value = observed.data[index]
    if (typeof expected === 'string' || typeof expected === 'boolean') {
      // Executors give truth as 0 and 1.
      const same =
        typeof expected === 'string' ? value === expected : Number(value) === Number(expected)
      if (!same) return `differs at ${index}`
      continue
    }
    const difference = Math.abs(Number(value) - expected)
    // Written so that NaN, which fails every comparison, fails the check.
    if (!(difference <= tolerance.atol + tolerance.rtol * Math.abs(expected)))
      return `differs at ${index} by ${Number.isNaN(difference) ? 'an unknown amount' : difference.toPrecision(3)}`
    largest = Math.max(largest, difference)
  }
  return largest
}

/** Runs every golden case and compares; |a − b| ≤ atol + rtol·|b| as NumPy's `allclose` has it. */
export async function goldenCheck(
  golden: GoldenFile,
  precision: Precision,
  run: RunModel
): Promise<GoldenResult> {
  const tolerance = golden.tolerance[precision]
  const failed = (cases: number, sentence: string): GoldenResult => ({
    ok: false,
    cases,
    maxDifference: Number.NaN,
    sentence
  })
  if (!tolerance) return failed(0, `${GOLDEN_FILE} states no tolerance for ${precision}.`)
  let maxDifference = 0
  for (const [index, { inputs, outputs }] of golden.cases.entries()) {
    const observed = await run(inputs)
    for (const [name, expected] of Object.entries(outputs)) {
      const result = compareTensor(expected, observed[name], tolerance)
      if (typeof result === 'string')
        return failed(index + 1, `Golden case ${index + 1}: output ${name} ${result}.`)
      maxDifference = Math.max(maxDifference, result)
    }
  }
  const cases = golden.cases.length
  const sentence = `All ${cases} golden cases match (largest difference ${maxDifference.toPrecision(2)}).`
  return { ok: true, cases, maxDifference, sentence }
}
