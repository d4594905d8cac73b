// Settings of the `sentence-windows` preprocessing, as a manifest states them.

import { z } from 'zod'
import { type ModelManifest, NearsideError } from '../../contract/index.ts'

const WindowSettings = z.object({
  maxTokens: z.number().int().positive(),
  maxSentences: z.number().int().positive(),
  /** Sentences between the starts of two windows. */
  stride: z.number().int().positive(),
  /** Stands for a sentence that gives no ids, so that every sentence owns a token. */
  unkId: z.number().int().positive(),
  tokenBucket: z.number().int().positive().default(1),
  sentenceBucket: z.number().int().positive().default(1)
})
export type WindowSettings = z.infer<typeof WindowSettings>

/**
 * Reads the settings of a manifest.
 * @returns undefined for a model that takes tensors only
 * @throws NearsideError NS_BUNDLE_INVALID when they cannot be used
 */
export function windowSettings({ id, settings }: ModelManifest['pre']): WindowSettings | undefined {
  if (id !== 'sentence-windows') return undefined
  const parsed = WindowSettings.safeParse(settings)
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.')
  const sentence = `manifest.json: pre.settings.${field} cannot be used; have the bundle made again.`
  throw new NearsideError('NS_BUNDLE_INVALID', sentence, { cause: parsed.error })
}
