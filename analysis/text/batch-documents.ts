// Groups documents into batches for the model: enough to fill it, little enough to show progress and to lose
// little when the process is killed.

import type { DocumentItem } from '../definition.ts'

const MOST_DOCUMENTS = 32
/** Characters of text after which a batch is full, whatever its number of documents. */
const MOST_CHARACTERS = 400_000

/** Batches in input order. */
export async function* batchDocuments(
  items: AsyncIterable<DocumentItem>
): AsyncGenerator<DocumentItem[], void, void> {
  let batch: DocumentItem[] = []
  let characters = 0
  for await (const item of items) {
    batch.push(item)
    characters += item.ok ? item.document.text.length : 0
    if (batch.length < MOST_DOCUMENTS && characters < MOST_CHARACTERS) continue
    yield batch
    batch = []
    characters = 0
  }
  if (batch.length > 0) yield batch
}

/** The same items, the next one being made while the last one is worked on. */
export async function* oneAhead<Item>(
  items: AsyncIterable<Item>
): AsyncGenerator<Item, void, void> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    let next = iterator.next()
    for (let result = await next; !result.done; result = await next) {
      next = iterator.next()
      next.catch(() => undefined) // thrown again when it is awaited
      yield result.value
    }
  } finally {
    // Not awaited: an item that is being made may wait for a paused job.
    void iterator.return?.().catch(() => undefined)
  }
}
