// Turns documents into runs of the session and back: tokenises, cuts windows, stacks batches. Runs inside
// an executor, because tokenising thousands of sentences is CPU work.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import type { DocumentOutputs, ExecutorPlan } from './executor-protocol.ts'
import { Refusal } from './refusal.ts'
import { AnswerTables, cutWindows, groupWindows, stackWindows } from './sentence-windows.ts'
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
    throw new Refusal('NS_INFERENCE_FAILED', sentence, { cause })
  }
}

/**
 * Prepares the pipeline of a plan.
 * @returns undefined when the model takes tensors only
 */
export async function openPipeline(plan: ExecutorPlan): Promise<DocumentPipeline | undefined> {
  const settings = plan.windows
  if (!settings) return undefined
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
