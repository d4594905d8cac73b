// Measures of summaries and findings: ROUGE-1, ROUGE-2, ROUGE-L (F1, no stemming, best over references; Lin
// 2004) and hit@k. Tokens are runs of a-z and 0-9 in lower case, as in the usual reference program.

export interface Rouge {
  readonly one: number
  readonly two: number
  readonly longest: number
}

/** ROUGE F1 of a text, 0 to 1; with several references each measure takes its best one. */
export function rouge(text: string, references: readonly string[]): Rouge {
  const candidate = tokens(text)
  const scores = references.map((reference) => against(candidate, tokens(reference)))
  const best = (of: (score: Rouge) => number): number => Math.max(0, ...scores.map(of))
  return { one: best((s) => s.one), two: best((s) => s.two), longest: best((s) => s.longest) }
}

/** Mean of many, in points of 100. */
export function meanRouge(scores: readonly Rouge[]): Rouge {
  const mean = (of: (score: Rouge) => number): number =>
    (100 * scores.reduce((sum, score) => sum + of(score), 0)) / Math.max(1, scores.length)
  return { one: mean((s) => s.one), two: mean((s) => s.two), longest: mean((s) => s.longest) }
}

/** True when one of the first k of the ranking is in the gold set. */
export function hitAt(k: number, ranking: readonly number[], gold: ReadonlySet<number>): boolean {
  return ranking.slice(0, k).some((sentence) => gold.has(sentence))
}

/** F1 of every label weighted by how often it is true (support), 0 to 1. */
export function weightedF1(pairs: readonly (readonly [gold: string, said: string])[]): number {
  let sum = 0
  for (const label of new Set(pairs.map(([gold]) => gold))) {
    const right = pairs.filter(([gold, said]) => gold === label && said === label).length
    const support = pairs.filter(([gold]) => gold === label).length
    const said = pairs.filter((pair) => pair[1] === label).length
    sum += (support * (2 * right)) / Math.max(1, support + said)
  }
  return sum / Math.max(1, pairs.length)
}

const tokens = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []

function against(candidate: readonly string[], reference: readonly string[]): Rouge {
  return {
    one: overlap(grams(candidate, 1), grams(reference, 1)),
    two: overlap(grams(candidate, 2), grams(reference, 2)),
    longest: f1(commonSubsequence(candidate, reference), candidate.length, reference.length)
  }
}

function grams(words: readonly string[], size: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i + size <= words.length; i += 1) {
    const gram = words.slice(i, i + size).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0
  for (const [gram, count] of a) common += Math.min(count, b.get(gram) ?? 0)
  const size = (map: ReadonlyMap<string, number>): number =>
    [...map.values()].reduce((s, n) => s + n, 0)
  return f1(common, size(a), size(b))
}

const f1 = (common: number, a: number, b: number): number =>
  common === 0 ? 0 : (2 * common) / (a + b)

function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1)
  for (const word of a) {
    const next = new Uint32Array(b.length + 1)
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = word === b[j - 1] ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0)
    }
    row = next
  }
  return row[b.length] ?? 0
}
