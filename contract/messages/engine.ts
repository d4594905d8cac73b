// Built TensorRT engines as devices and their fleet manager exchange them: what one was built for, which files
// it has, who built it. The files themselves travel by digest and are no message.

import { z } from 'zod'
import { DeviceId } from '../topics.ts'
import { Timestamp } from './envelope.ts'
import { ModelName, ModelVersion, Sha256 } from './model-manifest.ts'

const Shapes = z.record(
  z.string().min(1).max(200),
  z.array(z.number().int().positive()).max(16).readonly()
)

/** What an engine was built for. Provider options that change it, DLA among them, are in `flags`. */
export const EngineKeySchema = z.object({
  modelSha256: Sha256,
  precision: z.enum(['fp32', 'fp16', 'int8']),
  flags: z.record(z.string().regex(/^trt_[a-z0-9_]+$/), z.string().max(200)),
  profile: z.object({ min: Shapes, opt: Shapes, max: Shapes }),
  computeCapability: z.string().regex(/^\d{1,2}\.\d{1,2}$/),
  tensorrt: z.string().regex(/^\d{1,2}\.\d{1,2}\.\d{1,3}$/),
  onnxruntime: z.string().max(40)
})

/**
 * The machine that built an engine. TensorRT ties a plan to platform and exact GPU, beyond what the key says
 * (TensorRT documentation, "Engine compatibility"), so an engine goes to equal machines only.
 */
export const EngineMachine = z.object({
  /** Operating system and processor, as in linux-arm64. */
  platform: z.string().regex(/^[a-z0-9]{2,20}-[a-z0-9_]{2,20}$/),
  /** Release of Jetson Linux, as in 36.4.3; null elsewhere. */
  l4t: z.string().min(1).max(40).nullable(),
  gpu: z.string().min(1).max(200)
})
export type EngineMachine = z.infer<typeof EngineMachine>

/** What must be equal for an engine to be handed on: its digest is the id of the engine at the manager. */
export const EngineShareKey = z.object({ key: EngineKeySchema, machine: EngineMachine })
export type EngineShareKey = z.infer<typeof EngineShareKey>

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
  /** Name of the GPU, for people. */
  gpu: z.string().max(200),
  /** Where it was built; engines of earlier versions lack it and stay on their device. */
  machine: EngineMachine.optional(),
  builtAt: Timestamp,
  buildMs: z.number().nonnegative()
})
export type EngineRecord = z.infer<typeof EngineRecord>

/** What the builder of an engine signs. */
export const EngineStatement = z.object({
  model: z.object({ name: ModelName, version: ModelVersion }),
  record: EngineRecord.required({ machine: true }),
  builder: DeviceId
})
export type EngineStatement = z.infer<typeof EngineStatement>

/** What a device signs when an engine of the manager does not do on it. */
export const EngineFault = z.object({
  /** Digest of the share key, and of the payload of the statement that came with the engine. */
  id: Sha256,
  statementSha256: Sha256,
  device: DeviceId,
  at: Timestamp,
  code: z.string().regex(/^NS_[A-Z_]+$/),
  sentence: z.string().min(1).max(500)
})
export type EngineFault = z.infer<typeof EngineFault>

/** A DSSE envelope (Dead Simple Signing Envelope 1.0) with the certificate that the fleet gave the signer. */
export const DeviceEnvelope = z.object({
  payloadType: z.string().max(200),
  payload: z.base64().max(512 * 1024),
  signatures: z.array(z.object({ keyid: DeviceId, sig: z.base64().max(200) })).length(1),
  /** PEM. */
  certificate: z.string().max(8192)
})
export type DeviceEnvelope = z.infer<typeof DeviceEnvelope>

/** Answer to an offer: what is still wanted of the files, and how much of each is there. */
export const EngineOfferAnswer = z.object({
  id: Sha256,
  /** `here`: nothing to do. `wanted`: send what is missing. `declined`: for the reason of the sentence. */
  state: z.enum(['here', 'wanted', 'declined']),
  missing: z.array(
    z.object({ sha256: Sha256, size: z.number().int(), received: z.number().int().nonnegative() })
  ),
  sentence: z.string()
})
export type EngineOfferAnswer = z.infer<typeof EngineOfferAnswer>

/** Answer to a piece of a file. */
export const EngineUploadAnswer = z.object({
  received: z.number().int().nonnegative(),
  /** The file is whole and has its digest. */
  complete: z.boolean(),
  /** The engine has all its files and is handed out. */
  ready: z.boolean()
})
export type EngineUploadAnswer = z.infer<typeof EngineUploadAnswer>

/** One engine in `GET /api/v1/engines` of the manager. */
export const SharedEngine = z.object({
  id: Sha256,
  state: z.enum(['receiving', 'ready']),
  model: z.string(),
  version: z.string(),
  modelSha256: Sha256,
  precision: EngineKeySchema.shape.precision,
  computeCapability: z.string(),
  tensorrt: z.string(),
  onnxruntime: z.string(),
  machine: EngineMachine,
  bytes: z.number().int(),
  builder: DeviceId,
  builtAt: Timestamp,
  offeredAt: Timestamp,
  /** When a device last took it. */
  usedAt: Timestamp.nullable(),
  /** How often a device took it. */
  taken: z.number().int()
})
export type SharedEngine = z.infer<typeof SharedEngine>
