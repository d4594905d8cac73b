// Writes a bundle as an entry of a Triton model repository, so that whoever outgrows a device can leave with the
// model. Pre- and postprocessing of documents stay behind: Triton gets the tensors.
// (triton-inference-server/common, protobuf/model_config.proto; docs/user_guide/model_repository.md)

import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import {
  type DataType,
  type ModelManifest,
  type ModelVariant,
  NearsideError,
  type Precision,
  type TensorSpec
} from '../../contract/index.ts'
import { checkOnnxFile, externalFiles } from '../onnx/index.ts'
import { fillNewFolder, refuseInside } from './new-folder.ts'
import type { Bundle } from './read-bundle.ts'

export interface TritonRequest {
  /** A bundle that was read, so that its files are what its manifest says. */
  readonly bundle: Bundle
  /** The model repository; the entry becomes a folder in it. */
  readonly out: string
  /** Default: the first variant for a GPU, else the first. */
  readonly precision?: Precision | undefined
  /** Number of the version's folder, from 1; Triton knows whole numbers only. */
  readonly number?: number
}

export interface TritonEntry {
  readonly dir: string
  readonly precision: Precision
  /** Paths in `dir`, sorted. */
  readonly files: readonly string[]
}

const GPU_RUNGS: ReadonlySet<string> = new Set(['tensorrt', 'cuda'])
const runsOnGpu = ({ rungs }: ModelVariant): boolean => rungs.some((rung) => GPU_RUNGS.has(rung))

function chooseVariant({ name, variants }: ModelManifest, precision?: Precision): ModelVariant {
  const found = precision
    ? variants.find((variant) => variant.precision === precision)
    : (variants.find(runsOnGpu) ?? variants[0])
  if (found) return found
  const there = variants.map((variant) => variant.precision).join(', ')
  const sentence = `${name} has no variant of precision ${precision}; it has: ${there}.`
  throw new NearsideError('NS_USAGE_INVALID', sentence)
}

const tritonType = (datatype: DataType): string =>
  datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

interface Labels {
  /** Output → labels of its last dimension, in order. */
  readonly [output: string]: readonly string[]
}

/** Labels that the bundle's postprocessing states for outputs, in the manner of `sentence-labels`. */
function labelsOf({ post, outputs }: ModelManifest): Labels {
  const heads = post.settings['heads']
  if (typeof heads !== 'object' || heads === null) return {}
  const labels: Record<string, readonly string[]> = {}
  for (const [name, head] of Object.entries(heads as Record<string, unknown>)) {
    const { output = name, labels: list } = head as { output?: unknown; labels?: unknown }
    if (!Array.isArray(list) || !outputs.some((spec) => spec.name === output)) continue
    labels[String(output)] = list.map((label) => String(label).replaceAll('\n', ' '))
  }
  return labels
}

const labelFile = (output: string): string => `${output.replaceAll(/[^\w.-]/g, '_')}.labels.txt`

function tensorText(kind: string, specs: readonly TensorSpec[], options: TensorOptions): string {
  const entries = specs.map(({ name, datatype, shape }) => {
    const dims = options.batched ? shape.slice(1) : shape
    const label = options.labels?.[name] ? `\n    label_filename: ${quote(labelFile(name))}` : ''
    // Triton wants at least one dimension; one of 1 that it takes away again stands for none.
    const scalar = dims.length === 0 ? '\n    reshape { shape: [ ] }' : ''
    return `  {
    name: ${quote(name)}
    data_type: ${tritonType(datatype)}
    dims: [ ${(dims.length === 0 ? [1] : dims).join(', ')} ]${scalar}${label}
  }`
  })
  return `${kind} [\n${entries.join(',\n')}\n]`
}

interface TensorOptions {
  readonly batched: boolean
  readonly labels?: Labels
}

/** Batches that Triton waits for: a quarter, half and all of the largest. */
function preferredSizes(maxBatch: number): number[] {
  const sizes = [maxBatch / 4, maxBatch / 2, maxBatch].filter((size) => Number.isInteger(size))
  return sizes.filter((size) => size > 1)
}

/** Time that Triton may hold a request back, µs: a tenth of the goal, at most 5 ms. */
const delayUs = (goalMs: number): number => Math.round(Math.min(5, goalMs / 10) * 1000)

/**
 * The text of config.pbtxt. Batching is left to Triton only when the first dimension of all tensors varies.
 * Pure.
 */
export function tritonConfig(manifest: ModelManifest, variant: ModelVariant): string {
  const { name, version, inputs, outputs, batching, latencyGoalMs } = manifest
  const batched =
    batching.maxBatch > 1 && [...inputs, ...outputs].every(({ shape }) => shape[0] === -1)
  const sizes = preferredSizes(batching.maxBatch).join(', ')
  const dynamic = `dynamic_batching {
  preferred_batch_size: [ ${sizes} ]
  max_queue_delay_microseconds: ${delayUs(latencyGoalMs)}
}`
  return `${[
    `name: ${quote(name)}`,
    'platform: "onnxruntime_onnx"',
    `max_batch_size: ${batched ? batching.maxBatch : 0}`,
    tensorText('input', inputs, { batched }),
    tensorText('output', outputs, { batched, labels: labelsOf(manifest) }),
    ...(batched ? [dynamic] : []),
    `instance_group [\n  {\n    count: 1\n    kind: ${runsOnGpu(variant) ? 'KIND_AUTO' : 'KIND_CPU'}\n  }\n]`,
    'version_policy { latest { num_versions: 1 } }',
    parameter('nearside_version', version),
    parameter('nearside_precision', variant.precision)
  ].join('\n')}\n`
}

const parameter = (key: string, value: string): string =>
  `parameters {\n  key: ${quote(key)}\n  value: { string_value: ${quote(value)} }\n}`

async function copyModel(
  bundle: Bundle,
  variant: ModelVariant,
  version: string
): Promise<string[]> {
  const from = join(bundle.dir, variant.file)
  await copyFile(from, join(version, 'model.onnx'))
  const beside = externalFiles(await checkOnnxFile(bundle.dir, variant.file))
  for (const path of beside) {
    await mkdir(dirname(join(version, path)), { recursive: true })
    await copyFile(join(dirname(from), path), join(version, path))
  }
  return ['model.onnx', ...beside]
}

/**
 * Writes the entry `<out>/<name>/`; it appears whole or not at all, and nothing is overwritten.
 * @throws NearsideError NS_USAGE_INVALID when there is no such variant or the entry exists
 */
export async function exportToTriton(request: TritonRequest): Promise<TritonEntry> {
  const { bundle, out, precision, number = 1 } = request
  const { manifest } = bundle
  const variant = chooseVariant(manifest, precision)
  const dir = join(resolve(out), manifest.name)
  refuseInside(dir, bundle.dir)
  const files = await fillNewFolder(dir, async (folder) => {
    const version = join(folder, String(number))
    await mkdir(version)
    const models = await copyModel(bundle, variant, version)
    await writeFile(join(folder, 'config.pbtxt'), tritonConfig(manifest, variant))
    const labels = Object.entries(labelsOf(manifest))
    for (const [output, list] of labels)
      await writeFile(join(folder, labelFile(output)), `${list.join('\n')}\n`)
    return [
      'config.pbtxt',
      ...labels.map(([output]) => labelFile(output)),
      ...models.map((path) => `${number}/${path}`)
    ]
  })
  return { dir, precision: variant.precision, files: files.sort() }
}
