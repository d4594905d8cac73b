// Chooses sentences that are good and do not repeat each other: maximal marginal relevance (Carbonell and
// Goldstein 1998) with trigram blocking (Paulus 2018), up to a number of sentences or of words.

import { similarity, type TermVector } from './term-vectors.ts'

/** Sentences to choose from; all lists have one entry a sentence. */
export interface Choice {
  readonly scores: readonly number[]
  readonly vectors: readonly TermVector[]
  /** All words of each sentence in order, lower case. */
  readonly words: readonly (readonly string[])[]
  /** Length of each sentence in words, as an editor counts them. */
  readonly lengths: readonly number[]
  /** False for headings and fragments: chosen only when there is nothing else. */
  readonly whole: readonly boolean[]
}

export type Length =
  | { readonly by: 'sentences'; readonly count: number }
  | { readonly by: 'words'; readonly count: number }

/** Weight of the score against likeness to what was chosen; 1 would ignore repetition. */
const RELEVANCE = 0.75
/** A sentence that shares this part of its trigrams with the chosen ones is a repetition. */
const REPEATED_SHARE = 0.3
/** Only this many of the best are weighed against each other, so that a book costs no more than a chapter. */
const CANDIDATES = 400
/** A summary may be longer than asked by this factor rather than end too early. */
const TOLERANCE = 1.08

/** Sentence numbers in reading order. */
export function selectSentences(choice: Choice, length: Length): number[] {
  const pool = candidates(choice, length)
  const chosen: number[] = []
  const trigrams = new Set<string>()
  const likeness = new Map<number, number>()
  let room = length.count
  while (pool.size > 0 && room > 0) {
    const best = bestOf(pool, choice, likeness)
    pool.delete(best)
    const words = choice.words[best] ?? []
    const cost = length.by === 'words' ? (choice.lengths[best] ?? 0) : 1
    if (chosen.length > 0 && (cost > room + slack(length) || repeats(words, trigrams))) continue
    chosen.push(best)
    room -= cost
    for (const trigram of trigramsOf(words)) trigrams.add(trigram)
    const own = choice.vectors[best] ?? new Map()
    for (const other of pool.keys()) {
      const alike = similarity(own, choice.vectors[other] ?? new Map())
      likeness.set(other, Math.max(likeness.get(other) ?? 0, alike))
    }
  }
  return chosen.sort((a, b) => a - b)
}

const slack = (length: Length): number =>
  length.by === 'words' ? length.count * (TOLERANCE - 1) : 0

/** The best sentences with scores from 0 to 1; fragments only when there is nothing else. */
function candidates({ scores, whole }: Choice, length: Length): Map<number, number> {
  const all = scores.map((_, i) => i)
  const usable = all.filter((i) => whole[i])
  const best = (usable.length > 0 ? usable : all)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    .slice(0, Math.max(CANDIDATES, length.by === 'sentences' ? 2 * length.count : 0))
  const high = scores[best[0] ?? 0] ?? 0
  const low = scores[best.at(-1) ?? 0] ?? 0
  return new Map(best.map((i) => [i, ((scores[i] ?? 0) - low) / (high - low || 1)]))
}

/** Linear scan: the pool is bounded, and likeness changes with every choice. */
function bestOf(
  pool: ReadonlyMap<number, number>,
  choice: Choice,
  likeness: ReadonlyMap<number, number>
): number {
  let best = -1
  let most = Number.NEGATIVE_INFINITY
  for (const [i, score] of pool) {
    const value = RELEVANCE * score - (1 - RELEVANCE) * (likeness.get(i) ?? 0)
    if (value > most || (value === most && (choice.scores[i] ?? 0) > (choice.scores[best] ?? 0))) {
      best = i
      most = value
    }
  }
  return best
}

function trigramsOf(words: readonly string[]): string[] {
  return words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`)
}

/** Trigram blocking with a share instead of a single hit: technical texts repeat their terms. */
function repeats(words: readonly string[], seen: ReadonlySet<string>): boolean {
  const own = trigramsOf(words)
  if (own.length === 0) return false
  return own.filter((trigram) => seen.has(trigram)).length >= REPEATED_SHARE * own.length
}
