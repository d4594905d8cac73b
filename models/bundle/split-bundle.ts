// Makes a bundle whose variants are also there in parts that run one behind the other, and proves that the parts
// together give what the whole gives. Running is the caller's business; signing is a step of its own.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import {
  type GoldenFile,
  type GoldenTensor,
  type ModelPart,
  type ModelVariant,
  NearsideError,
  type TensorSpec
} from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import {
  checkOnnxFile,
  type ModelDescription,
  type ObservedValue,
  observable,
  observe,
  type PartPlan,
  planSplit,
  type SeenRun,
  writeOnnx
} from '../onnx/index.ts'
import { goldenCheck, type ObservedTensor, readGolden } from './golden-check.ts'
import { fillNewFolder, refuseInside } from './new-folder.ts'
import { type Bundle, MANIFEST_FILE } from './read-bundle.ts'
import { copyBundle, writeManifest } from './write-manifest.ts'

/** A model file that is loaded somewhere. */
export interface LoadedFile<T> {
  /** @throws NearsideError when the inputs do not fit */
  run(inputs: Readonly<Record<string, T>>): Promise<Readonly<Record<string, T>>>
  close(): Promise<void>
}

/** Who loads and runs model files, with tensors of its own. */
export interface ModelOpener<T extends ObservedTensor> {
  open(folder: string, file: string): Promise<LoadedFile<T>>
  tensor(golden: GoldenTensor): T
}

export interface SplitRequest<T extends ObservedTensor> {
  /** A bundle that was read, so that its models are known to be harmless. */
  readonly bundle: Bundle
  readonly out: string
  readonly parts: number
  readonly by: 'memory' | 'time'
  readonly opener: ModelOpener<T>
}

export interface SplitVariant {
  readonly file: string
  readonly parts: readonly (ModelPart & Omit<PartPlan, 'model' | 'inputs' | 'outputs'>)[]
  /** Largest difference between the outputs of the parts and of the whole. */
  readonly maxDifference: number
}

type GoldenInputs = Readonly<Record<string, GoldenTensor>>

/** The golden inputs, and each with its rows twice, so that the dimension of rows is seen to vary. */
function inputsOf({ cases }: GoldenFile): GoldenInputs[] {
  const single = cases.map(({ inputs }) => inputs)
  const twice = single.map((inputs) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { datatype, shape, data }]) => {
        const [rows = 1, ...rest] = shape
        if (shape.length === 0) return [name, { datatype, shape, data }]
        return [name, { datatype, shape: [rows * 2, ...rest], data: [...data, ...data] }]
      })
    )
  )
  return [...single, ...twice]
}

function tensorsFrom<T extends ObservedTensor>(inputs: GoldenInputs, opener: ModelOpener<T>) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, opener.tensor(tensor)])
  )
}

/** Runs the golden inputs through a file; those with doubled rows may be refused, as by a model of fixed rows. */
async function runAll<T extends ObservedTensor>(
  { folder, file, golden }: { folder: string; file: string; golden: GoldenFile },
  opener: ModelOpener<T>
) {
  const loaded = await opener.open(folder, file)
  const seen: { inputs: GoldenInputs; outputs: Readonly<Record<string, T>> }[] = []
  try {
    for (const [index, inputs] of inputsOf(golden).entries()) {
      try {
        seen.push({ inputs, outputs: await loaded.run(tensorsFrom(inputs, opener)) })
      } catch (error) {
        if (index < golden.cases.length) throw error
      }
    }
  } finally {
    await loaded.close()
  }
  return seen
}

async function watch<T extends ObservedTensor>(
  { model, folder, file }: { model: ModelDescription; folder: string; file: string },
  golden: GoldenFile,
  opener: ModelOpener<T>
): Promise<ReadonlyMap<string, ObservedValue>> {
  const scratch = await mkdtemp(join(tmpdir(), 'nearside-split-'))
  try {
    await writeOnnx(join(folder, file), observable(model), join(scratch, 'observed.onnx'))
    const seen = await runAll({ folder: scratch, file: 'observed.onnx', golden }, opener)
    return observe(
      model,
      seen.map(({ inputs, outputs }) => ({ inputs, values: outputs }) as SeenRun)
    )
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function partFile(file: string, index: number, parts: number): string {
  const name = basename(file).replace(/\.onnx$/, '')
  const path = `${name}.part${index + 1}of${parts}.onnx`
  return dirname(file) === '.' ? path : `${dirname(file)}/${path}`
}

/** What a part takes or gives, as the manifest states it. */
function specsOf(
  names: readonly string[],
  known: readonly TensorSpec[],
  observed: ReadonlyMap<string, ObservedValue>
): TensorSpec[] {
  return names.map((name) => {
    const stated = known.find((spec) => spec.name === name)
    const seen = observed.get(name)
    if (stated) return stated
    if (seen) return { name, datatype: seen.datatype, shape: [...seen.shape] }
    throw new NearsideError(
      'NS_MODEL_INDIVISIBLE',
      `The model reads ${name}, which its manifest does not state; bring the manifest up to date.`
    )
  })
}

/** Runs files one behind the other, as a device would. */
async function openChain<T extends ObservedTensor>(
  folder: string,
  parts: readonly ModelPart[],
  opener: ModelOpener<T>
): Promise<LoadedFile<T>> {
  const opened: LoadedFile<T>[] = []
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((part) => part.close()))
  }
  try {
    for (const { file } of parts) opened.push(await opener.open(folder, file))
  } catch (error) {
    await close()
    throw error
  }
  const run = async (inputs: Readonly<Record<string, T>>) => {
    const values = new Map(Object.entries(inputs))
    for (const [index, part] of opened.entries()) {
      const needed = parts[index]?.inputs ?? []
      const given = needed.flatMap(({ name }) => {
        const value = values.get(name)
        return value ? [[name, value] as const] : []
      })
      const outputs = await part.run(Object.fromEntries(given))
      for (const [name, value] of Object.entries(outputs)) values.set(name, value)
    }
    return Object.fromEntries(values)
  }
  return { run, close }
}

/** Compares the parts with golden.json and with the whole, within the tolerance of the precision. */
async function prove<T extends ObservedTensor>(
  {
    folder,
    variant,
    parts
  }: { folder: string; variant: ModelVariant; parts: readonly ModelPart[] },
  golden: GoldenFile,
  opener: ModelOpener<T>
): Promise<number> {
  const whole = await runAll({ folder, file: variant.file, golden }, opener)
  const cases = whole.map(({ inputs, outputs }) => ({
    inputs,
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { datatype, shape, data }]) => [
        name,
        { datatype, shape: [...shape], data: Array.from(data, Number) } as GoldenTensor
      ])
    )
  }))
  const chain = await openChain(folder, parts, opener)
  try {
    let maxDifference = 0
    for (const file of [{ ...golden, cases }, golden]) {
      const result = await goldenCheck(file, variant.precision, (inputs) =>
        chain.run(tensorsFrom(inputs, opener))
      )
      if (!result.ok)
        throw new NearsideError(
          'NS_GOLDEN_MISMATCH',
          `${variant.file}: the parts do not give what the whole gives. ${result.sentence}`
        )
      if (file !== golden) maxDifference = result.maxDifference
    }
    return maxDifference
  } finally {
    await chain.close()
  }
}

async function splitVariant<T extends ObservedTensor>(
  folder: string,
  variant: ModelVariant,
  { bundle, parts, by, opener }: SplitRequest<T>
): Promise<SplitVariant> {
  const { file } = variant
  const { manifest } = bundle
  const golden = await readGolden(folder)
  const model = await checkOnnxFile(folder, file)
  const observed = await watch({ model, folder, file }, golden, opener)
  const written: SplitVariant['parts'][number][] = []
  for (const [index, plan] of (await planSplit(model, { parts, by, observed })).entries()) {
    const path = partFile(file, index, parts)
    const digest = await writeOnnx(join(folder, file), plan.model, join(folder, path))
    await checkOnnxFile(folder, path)
    const { nodes, weightBytes, operations, crossingBytes } = plan
    written.push({
      file: path,
      ...digest,
      inputs: specsOf(plan.inputs, manifest.inputs, observed),
      outputs: specsOf(plan.outputs, manifest.outputs, observed),
      nodes,
      weightBytes,
      operations,
      crossingBytes
    })
  }
  const maxDifference = await prove({ folder, variant, parts: written }, golden, opener)
  return { file, parts: written, maxDifference }
}

/**
 * Copies a bundle and adds each variant in parts; the whole stays, for devices that have room for it. Nothing
 * is left behind on failure. The copy is not signed.
 * @throws NearsideError NS_USAGE_INVALID, NS_MODEL_INDIVISIBLE, NS_GOLDEN_MISMATCH, NS_INFERENCE_*
 */
export async function splitBundle<T extends ObservedTensor>(
  request: SplitRequest<T>
): Promise<SplitVariant[]> {
  const { bundle, out } = request
  refuseInside(out, bundle.dir)
  return fillNewFolder(out, async (folder) => {
    await copyBundle(bundle.dir, folder)
    const split: SplitVariant[] = []
    for (const variant of bundle.manifest.variants) {
      if (variant.parts)
        throw new NearsideError('NS_USAGE_INVALID', `${bundle.dir} is in parts already.`)
      split.push(await splitVariant(folder, variant, request))
    }
    const variants = bundle.manifest.variants.map((variant, index) => ({
      ...variant,
      parts: split[index]?.parts.map(({ file, sha256, size, inputs, outputs }) => ({
        file,
        sha256,
        size,
        inputs,
        outputs
      }))
    }))
    const manifest = JSON.stringify({ ...bundle.manifest, variants })
    await writeFileAtomic(join(folder, MANIFEST_FILE), manifest, 0o644)
    await writeManifest(folder)
    return split
  })
}
