// Inference without a running device, for the command line: the bundles that ship, and those that a home
// folder holds. Whoever opens it closes it.

import type { InferencePort } from '../../analysis/index.ts'
import { toNearsideError } from '../../contract/index.ts'
import type { Logger } from '../../kernel/logger.ts'
import {
  BUILTIN_MODELS,
  findBundles,
  loadTrustedKeys,
  trustedKeyFolders
} from '../../models/index.ts'
import { ModelPool } from './model-pool.ts'
import { createInferencePort } from './sentence-classifier.ts'
import type { InferenceSettings } from './settings.ts'

interface LocalInferenceOptions {
  /** Home folder of the device, whose trusted keys count. */
  readonly home: string
  readonly logger?: Logger
  readonly settings?: Partial<InferenceSettings>
}

export interface LocalInference {
  readonly port: InferencePort
  readonly pool: ModelPool
  close(): Promise<void>
}

/**
 * Opens the models that ship. A bundle that cannot be verified, or a trusted key that cannot be read, is
 * logged and the bundle left out.
 */
export async function openLocalInference(options: LocalInferenceOptions): Promise<LocalInference> {
  const trustedKeys = () => loadTrustedKeys(trustedKeyFolders(options.home))
  const pool = new ModelPool({ trustedKeys, settings: options.settings ?? {} })
  await registerBuiltin(pool, options.logger)
  return { port: createInferencePort(pool), pool, close: () => pool.close() }
}

/** Registers every bundle that ships; a damaged one is logged and left out, the others serve. */
export async function registerBuiltin(
  pool: ModelPool,
  logger?: Logger,
  folder = BUILTIN_MODELS
): Promise<void> {
  for (const { name, dir } of await findBundles(folder)) {
    try {
      await pool.register(dir, 'builtin')
    } catch (error) {
      const { code, message } = toNearsideError(error)
      pool.leaveOut(name, message)
      logger?.error({ dir, code, sentence: message }, 'a shipped model is left out')
    }
  }
}
