// The manifest of a model bundle: names every file with its digest and says what the model is for.

import { z } from 'zod'

export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'A SHA-256 digest has 64 lower-case hexadecimal digits.')

export const ModelName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,62}$/,
    'A model name has 2 to 63 lower-case letters, digits and hyphens.'
  )

export const ModelVersion = z
  .string()
  .regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, 'A model version has three numbers, as in 1.0.1.')

/** A file inside the bundle: relative, forward slashes, no part that climbs. */
export const BundlePath = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(^|\/)\.{1,2}(\/|$))[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
    'A bundle path is relative and stays inside the bundle.'
  )

export const Precision = z.enum(['int4', 'int8', 'fp16', 'fp32'])
export type Precision = z.infer<typeof Precision>

/** Provider ladder, best first (design.md section 5). */
export const RUNGS = ['tensorrt', 'cuda', 'webgpu', 'cpu'] as const
export const Rung = z.enum(RUNGS)
export type Rung = z.infer<typeof Rung>

/** Where a model runs: on a rung of the ladder, or on another server that an administrator named. */
export const ServingRung = z.enum([...RUNGS, 'remote'])
export type ServingRung = z.infer<typeof ServingRung>

/** Tensor types of the Open Inference Protocol. */
export const DATA_TYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES'
] as const
export const DataType = z.enum(DATA_TYPES)
export type DataType = z.infer<typeof DataType>

export const TensorSpec = z.object({
  name: z.string().min(1),
  datatype: DataType,
  /** -1 stands for a variable dimension. */
  shape: z.array(z.number().int().min(-1))
})
export type TensorSpec = z.infer<typeof TensorSpec>

/** A stretch of a variant's layers in a file of its own, which is also named in `files`. */
export const ModelPart = z.object({
  file: BundlePath,
  sha256: Sha256,
  size: z.number().int().positive(),
  /** Inputs of the model, and values that earlier parts give. */
  inputs: z.array(TensorSpec),
  /** Values that later parts need, and outputs of the model. */
  outputs: z.array(TensorSpec).min(1)
})
export type ModelPart = z.infer<typeof ModelPart>

export const ModelVariant = z.object({
  file: BundlePath,
  precision: Precision,
  sha256: Sha256,
  size: z.number().int().positive(),
  /** Memory that a loaded session needs, measured, MB. */
  memoryMb: z.number().positive(),
  rungs: z.array(Rung).min(1),
  /** The same variant cut by layers, to run one part behind the other; at least two. */
  parts: z.array(ModelPart).min(2).max(64).optional()
})
export type ModelVariant = z.infer<typeof ModelVariant>

export const ModelAccuracy = z.object({
  precision: Precision,
  dataset: z.string(),
  metric: z.string(),
  value: z.number(),
  fp32: z.number(),
  date: z.iso.date()
})

export const ModelManifest = z.object({
  schemaVersion: z.literal(1),
  name: ModelName,
  version: ModelVersion,
  task: z.string().min(1),
  languages: z.array(z.string()),
  licence: z.string().min(1),
  provenance: z.object({
    recipe: z.string(),
    seed: z.number().int(),
    trainingData: z.array(z.object({ name: z.string(), licence: z.string() }))
  }),
  inputs: z.array(TensorSpec).min(1),
  outputs: z.array(TensorSpec).min(1),
  /** Ids of the code that turns a user's input into tensors and tensors into an answer, with its settings. */
  pre: z.object({ id: z.string(), settings: z.record(z.string(), z.unknown()) }),
  post: z.object({ id: z.string(), settings: z.record(z.string(), z.unknown()) }),
  variants: z.array(ModelVariant).min(1),
  /** Every other file of the folder, without manifest.json and manifest.sig. */
  files: z.array(
    z.object({ path: BundlePath, sha256: Sha256, size: z.number().int().nonnegative() })
  ),
  batching: z.object({ maxBatch: z.number().int().positive() }),
  /** Time that one request may take on a CPU, ms. */
  latencyGoalMs: z.number().positive(),
  accuracy: z.array(ModelAccuracy)
})
export type ModelManifest = z.infer<typeof ModelManifest>

export const GoldenTensor = z.object({
  datatype: DataType,
  shape: z.array(z.number().int().nonnegative()),
  /** Flat, row-major. */
  data: z.array(z.union([z.number(), z.boolean(), z.string()]))
})
export type GoldenTensor = z.infer<typeof GoldenTensor>

const Tolerance = z.object({
  atol: z.number().nonnegative().max(0.2),
  rtol: z.number().nonnegative()
})

/** golden.json: inputs and the outputs that every precision must reproduce. */
export const GoldenFile = z.object({
  cases: z
    .array(
      z.object({
        inputs: z.record(z.string(), GoldenTensor),
        outputs: z.record(z.string(), GoldenTensor)
      })
    )
    .min(3),
  tolerance: z.partialRecord(Precision, Tolerance)
})
export type GoldenFile = z.infer<typeof GoldenFile>
