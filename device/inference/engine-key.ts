// What a TensorRT engine was built for, as one key: an engine is loaded only where every part of its key is
// the same. Pure; where the facts come from is the caller's business.

import { canonicalDigest, canonicalText } from '../../kernel/canonical-digest.ts'

/** Shapes that an engine accepts, as input name → dimensions; all three name the same inputs. */
export interface EngineProfile {
  readonly min: Readonly<Record<string, readonly number[]>>
  readonly opt: Readonly<Record<string, readonly number[]>>
  readonly max: Readonly<Record<string, readonly number[]>>
}

/** What the GPU and its libraries say of themselves. */
export interface EngineFacts {
  /** Major and minor, as in 9.0. */
  readonly computeCapability: string
  /** Of the loaded libnvinfer, as in 10.6.0. */
  readonly tensorrt: string
  readonly onnxruntime: string
}

export interface EngineKey extends EngineFacts {
  readonly modelSha256: string
  readonly precision: 'fp32' | 'fp16' | 'int8'
  /** Provider options that change the engine; sorted by name in the digest. */
  readonly flags: Readonly<Record<string, string>>
  readonly profile: EngineProfile
}

/** Digest of a key: 64 hexadecimal digits, equal for equal keys whatever the order of their parts. */
export function engineDigest(key: EngineKey): string {
  return canonicalDigest(key)
}

const PARTS: readonly { name: keyof EngineKey; words: string; shown: boolean }[] = [
  { name: 'modelSha256', words: 'another model file', shown: false },
  { name: 'precision', words: 'another precision', shown: true },
  { name: 'computeCapability', words: 'a GPU of another compute capability', shown: true },
  { name: 'tensorrt', words: 'another version of TensorRT', shown: true },
  { name: 'onnxruntime', words: 'another version of ONNX Runtime', shown: true },
  { name: 'flags', words: 'other build flags', shown: false },
  { name: 'profile', words: 'another range of shapes', shown: false }
]

/**
 * Compares what an engine was built for with what is wanted.
 * @returns one sentence that names everything that differs, or null when the engine fits
 */
export function foreignEngine(built: EngineKey, wanted: EngineKey): string | null {
  const differing = PARTS.filter(
    ({ name }) => canonicalText(built[name]) !== canonicalText(wanted[name])
  )
  if (differing.length === 0) return null
  const words = differing.map(({ name, words: what, shown }) =>
    shown ? `${what} (${built[name]}, here ${wanted[name]})` : what
  )
  return `The TensorRT engine was built for ${words.join(', ')}; it has to be built again on this device.`
}

/**
 * Shapes as the provider reads them.
 * @returns as in `input_ids:1x16,attention_mask:1x16`
 */
export function profileText(shapes: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(shapes)
    .map(([name, dims]) => `${name}:${dims.join('x')}`)
    .join()
}
