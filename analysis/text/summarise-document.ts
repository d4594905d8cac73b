// One document with the roles of its sentences → its part of the report: summary, key findings, figures.
// Pure and extractive: every sentence that comes out stands in the document at the given place.

import type { DocumentResult, SentenceRole } from '../../contract/index.ts'
import type { TextDocument } from '../definition.ts'
import { chooseDomain, type Domain } from './choose-domain.ts'
import { confidences, scoreSentences } from './rank-sentences.ts'
import { type Length, selectSentences } from './select-sentences.ts'
import { sentenceFeatures } from './sentence-features.ts'
import { shortenSentence } from './shorten-sentence.ts'
import { documentTerms } from './term-vectors.ts'
import type { Span } from './text-blocks.ts'
import type { TextOptions } from './text-options.ts'
import { wholeSentences } from './whole-sentences.ts'
import { contentWords, countWords, wordsOf } from './words.ts'

/** What the model said of one sentence, in the roles that reports share. */
export interface RoleJudgement {
  readonly role: SentenceRole
  readonly confidence: number
  /** Background, methods, results, conclusions, other. */
  readonly probabilities: readonly number[]
}

/**
 * A document with its sentences, before the model has judged them.
 * `spans` and `sentences` have one entry each for every sentence, in reading order.
 */
export interface ReadDocument {
  readonly input: number
  readonly document: TextDocument
  readonly spans: readonly Span[]
  readonly sentences: readonly string[]
}

type KeyFindings = DocumentResult['keyFindings']

/** Sentences beyond this many of one document are not read: about a thousand pages. */
export const MOST_SENTENCES = 20_000
/** Wanted length in words when the document asks for none: a tenth, as abstracts have. */
const AUTO_SHARE = 0.1
const AUTO_RANGE = [60, 300] as const
const LONGEST_TITLE = 140

/** Summary, key findings and figures of one document. */
export function summariseDocument(
  read: ReadDocument,
  roles: readonly RoleJudgement[],
  options: TextOptions
): DocumentResult {
  const { document, sentences, spans } = read
  const title = titleOf(read)
  const domain: Domain =
    options.domain === 'auto' ? chooseDomain(`${title} ${document.text}`) : options.domain
  const content = sentences.map(contentWords)
  const terms = documentTerms(content)
  const rows = sentenceFeatures({
    title: document.title ?? '',
    sentences,
    content,
    terms,
    roles: roles.map(({ probabilities }) => probabilities)
  })
  const scores = scoreSentences(rows, domain)
  const words = sentences.map(wordsOf)
  const lengths = sentences.map((sentence) => sentence.split(/\s+/).length)
  const whole = wholeSentences(sentences, words)
  const summary = selectSentences(
    { scores: scores.summary, vectors: terms.sentences, words, lengths, whole },
    lengthOf(document, options)
  )
  return {
    input: read.input,
    title,
    words: countWords(document.text),
    sentences: spans.map(({ start, end }, i) => ({
      start,
      end,
      role: roles[i]?.role ?? 'other',
      confidence: clamp(roles[i]?.confidence ?? 0)
    })),
    summary,
    summaryText: summaryText(
      summary.map((i) => sentences[i] ?? ''),
      options
    ),
    keyFindings: keyFindings({ sentences, scores: scores.finding, whole }, options.findings)
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/** Words win over sentences; “auto” asks the document, and takes a tenth of it when that is silent. */
function lengthOf(document: TextDocument, options: TextOptions): Length {
  if (options.words === undefined) return { by: 'sentences', count: options.sentences }
  if (options.words !== 'auto') return { by: 'words', count: options.words }
  const [least, most] = AUTO_RANGE
  const share = Math.round(countWords(document.text) * AUTO_SHARE)
  return { by: 'words', count: document.wantedWords ?? Math.min(most, Math.max(least, share)) }
}

/** Sentences as they stand, on one line; only a lone sentence is freed of what tied it to its neighbours. */
function summaryText(sentences: readonly string[], options: TextOptions): string {
  const [only] = sentences
  const alone = only !== undefined && sentences.length === 1 && options.sentences === 1
  return (alone && options.words === undefined ? [shortenSentence(only)] : sentences)
    .map((sentence) => sentence.replace(/\s+/g, ' '))
    .join(' ')
}

interface Candidates {
  readonly sentences: readonly string[]
  readonly scores: readonly number[]
  readonly whole: readonly boolean[]
}

/** Best first; fragments only after all whole sentences, a repeated sentence once. */
function keyFindings({ sentences, scores, whole }: Candidates, count: number): KeyFindings {
  const chances = confidences(scores)
  const seen = new Set<string>()
  const found: KeyFindings = []
  const value = (i: number): number => (whole[i] ? 1000 : 0) + (scores[i] ?? 0)
  const order = scores.map((_, i) => i).sort((a, b) => value(b) - value(a) || a - b)
  for (const sentence of order) {
    const text = (sentences[sentence] ?? '').replace(/\s+/g, ' ')
    if (seen.has(text.toLowerCase())) continue
    seen.add(text.toLowerCase())
    const last = found.at(-1)?.score ?? 1
    const score = Math.min(last, Number((chances[sentence] ?? 0).toFixed(4)))
    found.push({ sentence, score, text })
    if (found.length === count) break
  }
  return found
}

/** The document's own title, else its first short line, else its file name. */
function titleOf({ document, sentences }: ReadDocument): string {
  const own = document.title?.trim().replace(/\s+/g, ' ')
  if (own) return own.slice(0, LONGEST_TITLE)
  const [first = ''] = sentences
  const heading = first.length <= 90 && !/[.!?]$/.test(first) ? first.replace(/^#+\s*/, '') : ''
  return heading || document.name
}
