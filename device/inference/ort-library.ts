// The library and the file behind a plan, compared with what they must be before anything is loaded. Runs in
// an executor.

import { join } from 'node:path'
import { readGpuFacts } from './cuda-driver.ts'
import { foreignEngine } from './engine-key.ts'
import type { EnginePlan, ExecutorPlan } from './executor-protocol.ts'
import { fileDigest } from './file-digest.ts'
import { missingProviders, ortLibrary } from './gpu-libraries.ts'
import { openOrtApi } from './ort-c-api.ts'
import type { OrtApi } from './ort-port.ts'
import { Refusal } from './refusal.ts'

/** @throws Refusal NS_RUNG_LIBRARY when a provider or the library itself cannot be used */
export function openLibrary({ rung, libraries }: ExecutorPlan): OrtApi {
  if (rung === 'cuda' || rung === 'tensorrt') {
    const missing = missingProviders(rung, libraries)
    if (missing) throw new Refusal('NS_RUNG_LIBRARY', missing)
  }
  return openOrtApi(ortLibrary(libraries))
}

async function verifyEngine({ dir, files, key, model }: EnginePlan, api: OrtApi): Promise<string> {
  for (const { path, sha256 } of files) {
    if ((await fileDigest(join(dir, path))) === sha256) continue
    const sentence = `The TensorRT engine is damaged or incomplete (${path}); it has to be built again.`
    throw new Refusal('NS_ENGINE_MISSING', sentence)
  }
  // A plan for another GPU makes TensorRT only warn, so this comparison is ours.
  const { computeCapability, tensorrt } = readGpuFacts()
  const here = { computeCapability, tensorrt: tensorrt ?? key.tensorrt, onnxruntime: api.version }
  const foreign = foreignEngine(key, { ...key, ...here })
  if (foreign) throw new Refusal('NS_ENGINE_FOREIGN', foreign)
  return join(dir, model)
}

/**
 * What is loaded for a plan: its engine on the rung tensorrt, else its variant, verified.
 * @throws Refusal NS_BUNDLE_DIGEST, NS_ENGINE_MISSING or NS_ENGINE_FOREIGN
 */
export async function verifyPlan(plan: ExecutorPlan, api: OrtApi): Promise<string> {
  const { dir, variant, rung, engine } = plan
  if (rung === 'tensorrt') {
    if (engine) return verifyEngine(engine, api)
    const sentence = `No TensorRT engine of ${variant.file} was built yet; build one first.`
    throw new Refusal('NS_ENGINE_MISSING', sentence)
  }
  const path = join(dir, variant.file)
  const digest = await fileDigest(path)
  if (digest === variant.sha256) return path
  const sentence = `${variant.file}: ${digest ? 'sha256 differs from the manifest' : 'is missing'}; install the bundle again.`
  throw new Refusal('NS_BUNDLE_DIGEST', sentence)
}
