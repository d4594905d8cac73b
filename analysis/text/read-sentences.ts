// Takes the sentences out of a document: those that came with it, else those that the splitter finds.

import type { TextDocument } from '../definition.ts'
import { splitSentences } from './split-sentences.ts'
import { MOST_SENTENCES, type ReadDocument } from './summarise-document.ts'

/** A document with its sentences, cut off after the most that one analysis reads. */
export function readSentences(item: { input: number; document: TextDocument }): ReadDocument {
  const { input, document } = item
  const spans = (document.sentences ?? splitSentences(document.text)).slice(0, MOST_SENTENCES)
  const sentences = spans.map(({ start, end }) => document.text.slice(start, end))
  return { input, document, spans, sentences }
}
