// What lies beside a stored TensorRT engine: its key, its files with digests, where and when it was built.
// A record may come from another device, so it is parsed before anything of it is believed.

import { z } from 'zod'
import { Sha256, Timestamp } from '../../contract/index.ts'

const Shapes = z.record(
  z.string().min(1).max(200),
  z.array(z.number().int().positive()).max(16).readonly()
)

export const EngineKeySchema = z.object({
  modelSha256: Sha256,
  precision: z.enum(['fp32', 'fp16', 'int8']),
  flags: z.record(z.string().regex(/^trt_[a-z0-9_]+$/), z.string().max(200)),
  profile: z.object({ min: Shapes, opt: Shapes, max: Shapes }),
  computeCapability: z.string().regex(/^\d{1,2}\.\d{1,2}$/),
  tensorrt: z.string().regex(/^\d{1,2}\.\d{1,2}\.\d{1,3}$/),
  onnxruntime: z.string().max(40)
})

/** A file of an engine: a plain name, so that nothing is read or written outside its folder. */
const FileName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$/)

export const EngineRecord = z.object({
  schemaVersion: z.literal(1),
  key: EngineKeySchema,
  /** The EPContext model, one of `files`. */
  model: FileName,
  /** True when TensorRT took every node. */
  whole: z.boolean(),
  files: z
    .array(z.object({ path: FileName, sha256: Sha256, size: z.number().int().nonnegative() }))
    .min(2)
    .max(64),
  /** Name of the GPU, for people: an engine also runs on others of its compute capability. */
  gpu: z.string().max(200),
  builtAt: Timestamp,
  buildMs: z.number().nonnegative()
})
export type EngineRecord = z.infer<typeof EngineRecord>

/** Name of the file that holds the record. */
export const RECORD_FILE = 'key.json'
