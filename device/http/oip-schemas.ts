// The JSON of the Open Inference Protocol v2 with Triton's extensions, as zod schemas: what requests may hold
// and what answers look like (kserve/open-inference-protocol, open_inference_rest.yaml).

import { z } from 'zod'
import { DataType } from '../../contract/index.ts'

const Name = z.string().min(1).max(300)
const ParameterMap = z.record(Name, z.union([z.string(), z.number(), z.boolean()]))

/** Tensors of one request: far more than any model has. */
const MOST_TENSORS = 1000
const MOST_DIMENSIONS = 32

export const RequestInput = z.object({
  name: Name,
  datatype: z.string().max(20),
  shape: z.array(z.number().int()).max(MOST_DIMENSIONS),
  parameters: ParameterMap.optional(),
  /** Missing when the tensor follows as binary data. */
  data: z.unknown().optional()
})

/** Body of `POST /v2/models/{model}/infer`. */
export const InferRequest = z.object({
  id: z.string().max(1000).optional(),
  parameters: ParameterMap.optional(),
  inputs: z.array(RequestInput).min(1).max(MOST_TENSORS),
  outputs: z
    .array(z.object({ name: Name, parameters: ParameterMap.optional() }))
    .max(MOST_TENSORS)
    .optional()
})
export type InferRequest = z.infer<typeof InferRequest>

export const ServerMetadata = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string())
})

const TensorMetadata = z.object({
  name: z.string(),
  datatype: DataType,
  shape: z.array(z.number().int())
})

export const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(TensorMetadata),
  outputs: z.array(TensorMetadata),
  /** Where and how the model runs, and what speaks against the faster rungs. */
  parameters: z.object({
    rung: z.string(),
    precision: z.string(),
    state: z.string(),
    refused: z.array(z.object({ rung: z.string(), code: z.string(), sentence: z.string() }))
  })
})
export type ModelMetadata = z.infer<typeof ModelMetadata>

const ConfigTensor = z.object({
  name: z.string(),
  data_type: z.string(),
  /** Without the rows, as `max_batch_size` implies. */
  dims: z.array(z.number().int()),
  reshape: z.object({ shape: z.array(z.number().int()) }).optional()
})

export const ModelConfig = z.object({
  name: z.string(),
  platform: z.string(),
  backend: z.string(),
  max_batch_size: z.number().int(),
  input: z.array(ConfigTensor),
  output: z.array(ConfigTensor)
})
export type ModelConfig = z.infer<typeof ModelConfig>

const StatisticDuration = z.object({ count: z.number().int(), ns: z.number().int() })

export const ModelStatisticsAnswer = z.object({
  model_stats: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      last_inference: z.number().int(),
      inference_count: z.number().int(),
      execution_count: z.number().int(),
      inference_stats: z.object({
        success: StatisticDuration,
        fail: StatisticDuration,
        queue: StatisticDuration,
        compute_input: StatisticDuration,
        compute_infer: StatisticDuration,
        compute_output: StatisticDuration,
        cache_hit: StatisticDuration,
        cache_miss: StatisticDuration
      }),
      batch_stats: z.array(
        z.object({
          batch_size: z.number().int(),
          compute_input: StatisticDuration,
          compute_infer: StatisticDuration,
          compute_output: StatisticDuration
        })
      )
    })
  )
})
export type ModelStatisticsAnswer = z.infer<typeof ModelStatisticsAnswer>

/** Body of `POST /v2/repository/index`; may be empty. */
export const IndexRequest = z.object({ ready: z.boolean().default(false) })

export const RepositoryIndex = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    state: z.enum(['READY', 'LOADING', 'UNAVAILABLE']),
    reason: z.string()
  })
)
export type RepositoryIndex = z.infer<typeof RepositoryIndex>

/** Body of load and unload; may be empty. */
export const RepositoryRequest = z.object({
  parameters: z.record(Name, z.unknown()).default({})
})
