// Fits a linear ranker by the listwise loss of ListNet (Cao 2007): softmax over the sentences of a document
// against a target share of each. Deterministic: full gradients, Adam, no random source.

export interface RankedDocument {
  readonly features: readonly (readonly number[])[]
  /** Share of each sentence, summing to 1. */
  readonly target: readonly number[]
}

const STEPS = 400
const RATE = 0.03

/** Weights of the raw features; `decay` is the L2 penalty on the standardised ones. */
export function fitLinear(documents: readonly RankedDocument[], decay: number): number[] {
  const width = documents[0]?.features[0]?.length ?? 0
  const scale = deviations(documents, width)
  const weights = new Float64Array(width)
  const first = new Float64Array(width)
  const second = new Float64Array(width)
  for (let step = 1; step <= STEPS; step += 1) {
    const gradient = gradientOf({ documents, scale, weights })
    for (let j = 0; j < width; j += 1) {
      const slope = (gradient[j] ?? 0) + decay * (weights[j] ?? 0)
      first[j] = 0.9 * (first[j] ?? 0) + 0.1 * slope
      second[j] = 0.999 * (second[j] ?? 0) + 0.001 * slope * slope
      const mean = (first[j] ?? 0) / (1 - 0.9 ** step)
      const spread = Math.sqrt((second[j] ?? 0) / (1 - 0.999 ** step))
      weights[j] = (weights[j] ?? 0) - (RATE * mean) / (spread + 1e-8)
    }
  }
  return [...weights].map((weight, j) => weight / (scale[j] ?? 1))
}

export const scoreOf = (weights: readonly number[], features: readonly number[]): number =>
  features.reduce((sum, value, j) => sum + value * (weights[j] ?? 0), 0)

/** Sentence numbers, best first. */
export function rank(
  weights: readonly number[],
  features: readonly (readonly number[])[]
): number[] {
  const scores = features.map((row) => scoreOf(weights, row))
  return scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
}

function deviations(documents: readonly RankedDocument[], width: number): number[] {
  const rows = documents.flatMap((document) => document.features)
  return Array.from({ length: width }, (_, j) => {
    const values = rows.map((row) => row[j] ?? 0)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return Math.sqrt(square) || 1
  })
}

interface Fit {
  readonly documents: readonly RankedDocument[]
  readonly scale: readonly number[]
  readonly weights: Float64Array
}

function gradientOf({ documents, scale, weights }: Fit): Float64Array {
  const gradient = new Float64Array(weights.length)
  for (const { features, target } of documents) {
    const scores = features.map((row) => {
      let score = 0
      for (let j = 0; j < weights.length; j += 1) {
        score += ((row[j] ?? 0) / (scale[j] ?? 1)) * (weights[j] ?? 0)
      }
      return score
    })
    const top = Math.max(...scores)
    const powers = scores.map((score) => Math.exp(score - top))
    const sum = powers.reduce((total, power) => total + power, 0)
    features.forEach((row, i) => {
      const error = ((powers[i] ?? 0) / sum - (target[i] ?? 0)) / documents.length
      for (let j = 0; j < weights.length; j += 1) {
        gradient[j] = (gradient[j] ?? 0) + (error * (row[j] ?? 0)) / (scale[j] ?? 1)
      }
    })
  }
  return gradient
}
