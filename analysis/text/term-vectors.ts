// Weighted word vectors of sentences and of the whole document, and how alike two of them are.
// Weights come from the document alone, so nothing has to be shipped or learned.

export type TermVector = ReadonlyMap<string, number>

export interface DocumentTerms {
  readonly sentences: readonly TermVector[]
  /** Length-normalised sum of the sentence vectors. */
  readonly centroid: TermVector
}

/**
 * TF-IDF with the sentences of the document in the part of documents; a word in most sentences keeps some
 * weight, since in one text a repeated word is what the text is about.
 */
export function documentTerms(sentences: readonly (readonly string[])[]): DocumentTerms {
  const frequency = new Map<string, number>()
  for (const words of sentences) {
    for (const word of new Set(words)) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  }
  const weight = (word: string): number =>
    Math.log(2 + sentences.length / (frequency.get(word) ?? 1)) * (/^\d/.test(word) ? 0.3 : 1)
  const vectors = sentences.map((words) => {
    const vector = new Map<string, number>()
    for (const word of words) vector.set(word, (vector.get(word) ?? 0) + weight(word))
    return normalised(vector)
  })
  return { sentences: vectors, centroid: centroidOf(vectors) }
}

/** The direction in which a set of sentence vectors points. */
export function centroidOf(vectors: readonly TermVector[]): TermVector {
  const sum = new Map<string, number>()
  for (const vector of vectors) {
    for (const [word, value] of vector) sum.set(word, (sum.get(word) ?? 0) + value)
  }
  return normalised(sum)
}

/** Cosine of two normalised vectors: 0 nothing in common, 1 the same words. */
export function similarity(a: TermVector, b: TermVector): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  let sum = 0
  for (const [word, value] of small) sum += value * (large.get(word) ?? 0)
  return sum
}

/** Length 1, so that long sentences do not win by being long. */
function normalised(vector: ReadonlyMap<string, number>): TermVector {
  let square = 0
  for (const value of vector.values()) square += value * value
  const length = Math.sqrt(square) || 1
  return new Map([...vector].map(([word, value]) => [word, value / length]))
}
