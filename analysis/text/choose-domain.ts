// Decides from its words whether a document is medical, about computing, or neither. Only words decide:
// names of files and folders say nothing.

import { wordsOf } from './words.ts'

export const DOMAINS = ['medicine', 'computing', 'general'] as const
export type Domain = (typeof DOMAINS)[number]

const MEDICINE = new Set(
  (
    'patient patients clinical trial trials treatment treated therapy placebo dose doses mg disease ' +
    'symptoms randomized randomised blind controlled intervention women men children infants participants ' +
    'hospital care health blood pain surgery surgical cancer diabetes infection pressure serum plasma ' +
    'weeks months mortality incidence adverse efficacy drug vaccine baseline follow-up outcome outcomes ' +
    'medical therapeutic chronic acute physicians nurses diagnosis intravenous oral mean ci'
  ).split(' ')
)

const COMPUTING = new Set(
  (
    'algorithm algorithms neural network networks learning training model models dataset datasets deep ' +
    'propose proposed architecture architectures optimization gradient convolutional image images accuracy ' +
    'benchmark benchmarks computational computation graph graphs task tasks state-of-the-art classifier ' +
    'classification reinforcement adversarial generative embedding embeddings semantic supervised ' +
    'parallel distributed gpu framework approach robot robots video recognition detection segmentation ' +
    'query queries inference features feature approaches existing experiments novel paper efficient ' +
    'representation representations words vision scheme software problem problems method methods data'
  ).split(' ')
)

/** Shares of telling words below this, or too close together, make a document general. */
const LEAST_SHARE = 0.02

/** The domain of a text; its first 2,000 words decide. */
export function chooseDomain(text: string): Domain {
  const { medicine, computing } = shares(text)
  if (Math.max(medicine, computing) < LEAST_SHARE) return 'general'
  return medicine >= computing ? 'medicine' : 'computing'
}

/** The likelier of the two domains that have role names of their own. */
export function chooseRoleDomain(text: string): 'medicine' | 'computing' {
  const { medicine, computing } = shares(text)
  return medicine >= computing ? 'medicine' : 'computing'
}

/** Share of telling words; short texts count as twenty words, so that one word decides nothing. */
function shares(text: string): { medicine: number; computing: number } {
  const words = wordsOf(text.slice(0, 40_000)).slice(0, 2000)
  const share = (set: ReadonlySet<string>): number =>
    words.filter((word) => set.has(word)).length / Math.max(20, words.length)
  return { medicine: share(MEDICINE), computing: share(COMPUTING) }
}
