// Turns documents into runs of the session and back: tokenises, cuts windows, stacks batches. Runs inside
// an executor, because tokenising thousands of sentences is CPU work.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { NearsideError } from '../../contract/index.ts'
import type { DocumentOutputs, ExecutorPlan } from './executor-protocol.ts'
import {
  AnswerTables,
  cutWindows,
  groupWindows,
  stackWindows,
  WindowSettings
} from './sentence-windows.ts'
import type { Tensors } from './tensors.ts'

export type DocumentPipeline = (
  documents: readonly (readonly string[])[],
  run: (inputs: Tensors) => Promise<Tensors>
) => Promise<readonly DocumentOutputs[]>

/** Characters of a sentence that are tokenised: far more than `maxTokens` can hold, so that one endless line costs no minutes. */
const MAX_SENTENCE_CHARACTERS = 20_000

async function loadTokenizer(dir: string): Promise<Tokenizer> {
  try {
    return new Tokenizer(JSON.parse(await readFile(join(dir, 'tokenizer.json'), 'utf8')), {})
  } catch (cause) {
    const sentence = 'tokenizer.json: cannot be used; install the bundle again.'
    throw new NearsideError('NS_INFERENCE_FAILED', sentence, { cause })
  }
}

/**
 * Prepares the pipeline that a manifest's `pre` names.
 * @returns undefined when the model takes tensors only
 */
export async function openPipeline(plan: ExecutorPlan): Promise<DocumentPipeline | undefined> {
  if (plan.pre.id !== 'sentence-windows') return undefined
  const parsed = WindowSettings.safeParse(plan.pre.settings)
  if (!parsed.success) {
    const sentence =
      'manifest.json: the settings of the preprocessing cannot be used; have the bundle made again.'
    throw new NearsideError('NS_INFERENCE_FAILED', sentence, { cause: parsed.error })
  }
  const settings = parsed.data
  const tokenizer = await loadTokenizer(plan.dir)
  const encode = (sentence: string): readonly number[] =>
    tokenizer.encode(sentence.slice(0, MAX_SENTENCE_CHARACTERS), { add_special_tokens: false }).ids
  return async (documents, run) => {
    const windows = documents.flatMap((sentences, document) =>
      sentences.length === 0 ? [] : cutWindows(document, sentences.map(encode), settings)
    )
    const tables = new AnswerTables(
      documents.map(({ length }) => length),
      settings
    )
    for (const group of groupWindows(windows, plan.maxBatch))
      tables.add(group, await run(stackWindows(group, settings)))
    return tables.documents
  }
}
