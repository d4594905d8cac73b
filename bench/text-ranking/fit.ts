// Fits the weights of analysis/text/ranker-weights.ts on the train splits and prints that file:
// `node bench/text-ranking/fit.ts > analysis/text/ranker-weights.ts`. models/recipes/text-ranking tells the story.

import {
  contentWords,
  documentTerms,
  FEATURE_NAMES,
  sentenceFeatures
} from '../../analysis/text/index.ts'
import { rouge } from '../text-measures.ts'
import { fitLinear, type RankedDocument } from './fit-linear.ts'
import { fitRoles } from './stand-in-roles.ts'
import {
  computingAbstracts,
  type GoldDocument,
  oneSentenceSummaries,
  trialAbstracts
} from './text-data.ts'

/** L2 penalties chosen by cross-validation on the train split, ten folds and four. */
const FINDING_DECAY = 1
const HEADLINE_DECAY = 0.03
/** How sharply the target share of a sentence follows its ROUGE. */
const TEMPERATURE = 0.08
const FOLDS = 3
/** Single words gain nothing for findings (324 documents are too few), so that ranker goes without them. */
const WITHOUT_WORDS = FEATURE_NAMES.indexOf('words10')

const trials = trialAbstracts('train')
const computing = computingAbstracts('train')

function featuresOf(document: GoldDocument, roles: number[][]): number[][] {
  const content = document.sentences.map(contentWords)
  const { title, sentences } = document
  return sentenceFeatures({ title, sentences, content, terms: documentTerms(content), roles })
}

function findingSamples(): RankedDocument[] {
  const samples: RankedDocument[] = []
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const model = fitRoles([...trials.filter((_, i) => i % FOLDS !== fold), ...computing])
    for (const [i, document] of trials.entries()) {
      if (i % FOLDS !== fold || document.findings.size === 0) continue
      const share = 1 / document.findings.size
      samples.push({
        features: featuresOf(document, model.probabilities(document.sentences)).map((row) =>
          row.slice(0, WITHOUT_WORDS)
        ),
        target: document.sentences.map((_, k) => (document.findings.has(k) ? share : 0))
      })
    }
  }
  return samples
}

function headlineSamples(): RankedDocument[] {
  const model = fitRoles([...trials, ...computing])
  return oneSentenceSummaries('train').map((document) => {
    const powers = document.sentences.map((sentence) => {
      const { one, two, longest } = rouge(sentence, document.summaries)
      return Math.exp((one + two + longest) / 3 / TEMPERATURE)
    })
    const sum = powers.reduce((total, power) => total + power, 0)
    return {
      features: featuresOf(document, model.probabilities(document.sentences)),
      target: powers.map((power) => power / sum)
    }
  })
}

function print(name: string, doc: string, weights: readonly number[]): void {
  console.log(`\n/** ${doc} */\nexport const ${name}: RankerWeights = {`)
  const rows = FEATURE_NAMES.map((feature, j) => [feature, Number((weights[j] ?? 0).toFixed(2))])
  const lines = rows
    .filter(([, weight]) => weight !== 0)
    .map(
      ([feature, weight]) => `  ${/\W/.test(String(feature)) ? `'${feature}'` : feature}: ${weight}`
    )
  console.log(`${lines.join(',\n')}\n}`)
}

console.log(`// Weights of the sentence rankers by feature name. Written by bench/text-ranking/fit.ts from train splits
// only; models/recipes/text-ranking/README.md tells data, method and figures. Do not edit by hand.

/** Feature name → weight; a feature that is not named counts nothing. */
export type RankerWeights = Readonly<Record<string, number>>`)
print(
  'FINDING_WEIGHTS',
  'Which sentence holds a key finding: fitted on trial abstracts.',
  fitLinear(findingSamples(), FINDING_DECAY)
)
print(
  'HEADLINE_WEIGHTS',
  'Which one sentence says it all: fitted on computing abstracts.',
  fitLinear(headlineSamples(), HEADLINE_DECAY)
)
