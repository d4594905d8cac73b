// Scores the sentences of a document twice: how much each one holds a finding, and how well it stands in a
// summary. Which weights count depends on the domain; the mix is set here, the weights are fitted.

import type { Domain } from './choose-domain.ts'
import { FINDING_WEIGHTS, HEADLINE_WEIGHTS, type RankerWeights } from './ranker-weights.ts'
import { FEATURE_NAMES } from './sentence-features.ts'

/** For reports and notes outside science: trouble, advice and figures count. Set by hand, no data yet. */
const GENERAL_WEIGHTS: RankerWeights = {
  centroid: 2,
  titleCovered: 0.6,
  late: 0.3,
  tiny: -2,
  short: -0.4,
  'cue.safety': 1.2,
  'cue.advises': 0.8,
  'cue.direction': 0.7,
  'cue.concludes': 0.8,
  'cue.outcome': 0.5,
  'cue.significance': 0.6,
  'cue.comparison': 0.3,
  'cue.demonstrates': 0.5,
  'cue.background': -0.4,
  numbers: 0.5,
  percentages: 0.5,
  'role.results': 0.5,
  'role.conclusions': 0.6,
  'role.other': -0.5
}

const CONCLUSIONS = FEATURE_NAMES.indexOf('role.conclusions')
/** "Further trials are needed" is a conclusion too, but says nothing of what was found. */
const LIMITS = FEATURE_NAMES.indexOf('cue.limits')
const CENTROID = FEATURE_NAMES.indexOf('centroid')

interface Mix {
  readonly headline: number
  readonly finding: number
  readonly conclusions: number
  readonly centroid: number
}

/** Shares of standardised scores in the summary score. */
const MIXES: Readonly<Record<Domain, Mix>> = {
  computing: { headline: 1, finding: 0, conclusions: 0, centroid: 0 },
  medicine: { headline: 0.3, finding: 0.6, conclusions: 0.7, centroid: 0.2 },
  general: { headline: 0.3, finding: 0.6, conclusions: 0.2, centroid: 0.5 }
}

/** Articles too long to be read as one abstract: what the text is about counts most. */
const LONG_MIX: Mix = { headline: 0.2, finding: 0.2, conclusions: 0.3, centroid: 1 }
const LONG_DOCUMENT = 60

export interface SentenceScores {
  /** Higher is more of a finding; comparable inside one document only. */
  readonly finding: readonly number[]
  readonly summary: readonly number[]
}

const indexed = (weights: RankerWeights): Float64Array =>
  Float64Array.from(FEATURE_NAMES, (name) => weights[name] ?? 0)

const FINDING = indexed(FINDING_WEIGHTS)
const HEADLINE = indexed(HEADLINE_WEIGHTS)
const GENERAL = indexed(GENERAL_WEIGHTS)

/** Scores from feature rows of sentence-features.ts. */
export function scoreSentences(
  rows: readonly (readonly number[])[],
  domain: Domain
): SentenceScores {
  const finding = rows.map((row) => dot(domain === 'general' ? GENERAL : FINDING, row))
  const mix = rows.length > LONG_DOCUMENT ? LONG_MIX : MIXES[domain]
  const parts: (readonly [share: number, scores: readonly number[]])[] = [
    [mix.headline, rows.map((row) => dot(HEADLINE, row))],
    [mix.finding, finding],
    [mix.conclusions, rows.map((row) => (row[CONCLUSIONS] ?? 0) * (1 - (row[LIMITS] ?? 0)))],
    [mix.centroid, rows.map((row) => row[CENTROID] ?? 0)]
  ]
  const used = parts
    .filter(([share]) => share > 0)
    .map(([share, list]) => ({ share, list: standard(list) }))
  const summary = rows.map((_, i) =>
    used.reduce((sum, { share, list }) => sum + share * (list[i] ?? 0), 0)
  )
  return { finding, summary }
}

/** Chance to be among three drawn by these scores, 0 to 1: the confidence of a finding. */
export function confidences(scores: readonly number[]): number[] {
  const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY)
  const powers = scores.map((score) => Math.exp(score - top))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => 1 - (1 - power / sum) ** 3)
}

function dot(weights: Float64Array, row: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < row.length; i += 1) sum += (weights[i] ?? 0) * (row[i] ?? 0)
  return sum
}

/** Mean 0, deviation 1: scores of different rankers can be mixed. */
function standard(scores: readonly number[]): number[] {
  const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length)
  const square =
    scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length)
  const deviation = Math.sqrt(square) || 1
  return scores.map((score) => (score - mean) / deviation)
}
