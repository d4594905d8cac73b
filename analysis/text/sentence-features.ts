// What the rankers know of each sentence of a document: place, likeness to the whole and to the title,
// cue phrases, numbers, and what role the model gives it. Pure numbers, about 0 to 1 each.

import { CUE_NAMES, cuesOf, numbersOf } from './cue-classes.ts'
import { TELLING_NAMES, tellingFeatures } from './telling-words.ts'
import { type DocumentTerms, similarity } from './term-vectors.ts'
import { contentWords, wordsOf } from './words.ts'

export interface FeatureInput {
  readonly title: string
  readonly sentences: readonly string[]
  readonly terms: DocumentTerms
  /** Content words of each sentence. */
  readonly content: readonly (readonly string[])[]
  /** One list a sentence: probability of background, methods, results, conclusions, other. */
  readonly roles: readonly (readonly number[])[]
}

/** Where the sentence stands: abstracts end with what they found. */
const PLACE = ['first', 'second', 'last', 'nextToLast', 'place', 'placeSquared', 'early', 'late']
/** How long it is, how close to the whole text, and how much of the title it takes up. */
const SHAPE = [
  'tiny',
  'short',
  'long',
  'length',
  'centroid',
  'centroidRank',
  'titleCovered',
  'titleShare'
]
const NUMBERS = ['numbers', 'percentages', 'tests']
const ROLES = ['background', 'methods', 'results', 'conclusions', 'other']
const CROSSED = [
  'resultsSignificant',
  'resultsDirection',
  'resultsComparison',
  'conclusionsDirection',
  'conclusionsComparison',
  'conclusionsFirst',
  'resultsFirst',
  'noTitle'
]

/** Names of the features in their order. */
export const FEATURE_NAMES: readonly string[] = [
  ...PLACE,
  ...SHAPE,
  ...CUE_NAMES.map((name) => `cue.${name}`),
  ...NUMBERS,
  ...ROLES.map((name) => `role.${name}`),
  ...CROSSED,
  ...TELLING_NAMES
]

/** One row a sentence, in the order of FEATURE_NAMES. */
export function sentenceFeatures(input: FeatureInput): number[][] {
  const { sentences, terms } = input
  const central = terms.sentences.map((vector) => similarity(vector, terms.centroid))
  const ranks = ranksOf(central)
  const title = new Set(contentWords(input.title))
  return sentences.map((sentence, index) => {
    const cues = cuesOf(sentence)
    const roles = input.roles[index] ?? [0.2, 0.2, 0.2, 0.2, 0.2]
    const likeness = central[index] ?? 0
    const rank = (ranks.get(likeness) ?? 0) / Math.max(1, central.length - 1)
    return [
      ...placeOf(index, sentences.length),
      ...shapeOf(sentence),
      likeness,
      1 - rank,
      ...titleOverlap(title, input.content[index] ?? []),
      ...cues,
      ...numbersOf(sentence).map((count) => Math.min(1, count / 6)),
      ...roles,
      ...crossed({ cues, index, roles: input.roles, title: title.size }),
      ...tellingFeatures(sentence, sentences[index - 1])
    ]
  })
}

/** The rank of each value, 0 for the highest; equal values share the better one. */
function ranksOf(values: readonly number[]): ReadonlyMap<number, number> {
  const ranks = new Map<number, number>()
  for (const [rank, value] of [...values].sort((a, b) => b - a).entries()) {
    if (!ranks.has(value)) ranks.set(value, rank)
  }
  return ranks
}

/** Both ends of a text tell more than its middle, hence squares and reciprocals. */
function placeOf(index: number, count: number): number[] {
  const place = count > 1 ? index / (count - 1) : 0
  return [
    index === 0 ? 1 : 0,
    index === 1 ? 1 : 0,
    index === count - 1 ? 1 : 0,
    index === count - 2 ? 1 : 0,
    place,
    place * place,
    1 / (1 + index),
    1 / (count - index)
  ]
}

/** Fragments and endless sentences make poor quotes. */
function shapeOf(sentence: string): number[] {
  const words = wordsOf(sentence).length
  return [words < 6 ? 1 : 0, words < 12 ? 1 : 0, words > 40 ? 1 : 0, Math.min(1, words / 50)]
}

/** Share of the title that the sentence covers, and share of the sentence that the title covers. */
function titleOverlap(title: ReadonlySet<string>, content: readonly string[]): number[] {
  if (title.size === 0 || content.length === 0) return [0, 0]
  const shared = [...new Set(content)].filter((word) => title.has(word)).length
  return [shared / title.size, shared / content.length]
}

interface CrossInput {
  readonly cues: readonly number[]
  readonly index: number
  readonly roles: readonly (readonly number[])[]
  readonly title: number
}

/** Products of a role and a cue, which a linear ranker cannot make itself. */
function crossed({ cues, index, roles, title }: CrossInput): number[] {
  const cue = (name: (typeof CUE_NAMES)[number]): number => cues[CUE_NAMES.indexOf(name)] ?? 0
  const [, , results = 0, conclusions = 0] = roles[index] ?? []
  const [, , resultsBefore = 0, conclusionsBefore = 0] = roles[index - 1] ?? []
  return [
    results * cue('significance'),
    results * cue('direction'),
    results * cue('comparison'),
    conclusions * cue('direction'),
    conclusions * cue('comparison'),
    conclusions * (1 - conclusionsBefore),
    results * (1 - resultsBefore),
    title === 0 ? 1 : 0
  ]
}
