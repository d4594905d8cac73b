// The port through which analyses ask for sentence labels. Sends documents to the model one by one, so that
// the scheduler can batch them with those of other jobs, and answers a call from one model version only.

import type { ClassifiedDocuments, InferencePort } from '../../analysis/index.ts'
import { NearsideError } from '../../contract/index.ts'
import type { DocumentOutputs } from './executor-protocol.ts'
import type { AnsweredBy } from './loaded-model.ts'
import type { ModelPool } from './model-pool.ts'
import { openLabeller } from './sentence-labels.ts'

/** Documents of one call that wait or run at once: two full batches keep the executor busy and leave room for others. */
const IN_FLIGHT = 64
/** A call that meets this many model switches in a row has met a fault. */
const MAX_ROUNDS = 4

type Models = Pick<ModelPool, 'submit' | 'answeredBy'>

interface Answer {
  readonly tables: DocumentOutputs
  readonly about: AnsweredBy
}

/** Maps with a bounded number at work; the first failure ends it. */
async function mapBounded<In, Out>(
  items: readonly In[],
  limit: number,
  map: (item: In) => Promise<Out>
): Promise<Out[]> {
  const results: Out[] = []
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next
      next += 1
      try {
        results[index] = await map(items[index] as In)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

interface Call {
  readonly name: string
  readonly documents: readonly (readonly string[])[]
  readonly signal: AbortSignal
}

async function askAll(pool: Models, { name, documents, signal }: Call): Promise<Answer[]> {
  const ask = async (sentences: readonly string[]): Promise<Answer> => {
    const { answer, about } = await pool.submit(name, { kind: 'document', sentences }, { signal })
    return { tables: answer.kind === 'document' ? answer.tables : {}, about }
  }
  const answers: (Answer | undefined)[] = documents.map(() => undefined)
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    // A switch in the middle of a call leaves answers of the former version: those documents are asked again.
    const version = answers.at(-1)?.about.model.version
    const stale = answers.flatMap((answer, index) =>
      answer === undefined || answer.about.model.version !== version ? [index] : []
    )
    if (stale.length === 0) return answers.flatMap((answer) => answer ?? [])
    const fresh = await mapBounded(stale, IN_FLIGHT, (index) => ask(documents[index] ?? []))
    for (const [order, index] of stale.entries()) answers[index] = fresh[order]
  }
  const sentence = `The model ${name} changed its version again and again; try again in a minute.`
  throw new NearsideError('NS_INFERENCE_FAILED', sentence)
}

/**
 * Makes the inference port over a pool. The model's name is `sentence-roles` for the roles of reports, or
 * `sentence-roles/<domain>` for the label set of one domain.
 */
export function createInferencePort(pool: Models): InferencePort {
  return {
    async classifySentences(model, documents, signal): Promise<ClassifiedDocuments> {
      if (signal.aborted)
        throw new NearsideError('NS_JOB_CANCELLED', 'The job was cancelled before it asked.')
      const [name = model, domain] = model.split('/')
      const answers = await askAll(pool, { name, documents, signal })
      const { model: answered, post } = answers[0]?.about ?? pool.answeredBy(name)
      const labeller = openLabeller(post, domain)
      return {
        labels: labeller.labels,
        documents: answers.map(({ tables }) => labeller.label(tables)),
        model: answered
      }
    }
  }
}
