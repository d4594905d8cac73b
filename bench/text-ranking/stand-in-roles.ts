// A small role classifier that stands in for the shipped model while the rankers are fitted: the probabilities
// of documents it was fitted on would be too good, so every document is judged by a copy that never saw it.

import type { GoldDocument } from './text-data.ts'

export const ROLES = ['background', 'methods', 'results', 'conclusions', 'other'] as const

const TO_ROLE: Readonly<Record<string, number>> = {
  BACKGROUND: 0,
  OBJECTIVE: 0,
  METHODS: 1,
  RESULTS: 2,
  CONCLUSIONS: 3,
  OTHER: 4,
  background: 0,
  objective: 0,
  method: 1,
  result: 2,
  other: 4
}

const BUCKETS = 1 << 17
const EPOCHS = 6

export interface RoleModel {
  probabilities(sentences: readonly string[]): number[][]
}

/** Multinomial logistic regression on hashed words, word pairs, neighbours and place; AdaGrad. */
export function fitRoles(documents: readonly GoldDocument[]): RoleModel {
  const weights = new Float32Array(BUCKETS * 5)
  const squares = new Float32Array(BUCKETS * 5).fill(1)
  const samples = documents.flatMap((document) =>
    featuresOf(document.sentences).map((features, i) => ({
      features,
      label: TO_ROLE[document.roles[i] ?? ''] ?? 4
    }))
  )
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    for (let i = 0; i < samples.length; i += 1) {
      // A fixed stride visits all samples in a scattered order without a random source.
      const sample = samples[(i * 7919) % samples.length]
      if (sample) update({ weights, squares }, sample.features, sample.label)
    }
  }
  return {
    probabilities: (sentences) =>
      featuresOf(sentences).map((features) => softmax(weights, features))
  }
}

interface State {
  readonly weights: Float32Array
  readonly squares: Float32Array
}

function update({ weights, squares }: State, features: readonly number[], label: number): void {
  const said = softmax(weights, features)
  for (let role = 0; role < 5; role += 1) {
    const gradient = ((said[role] ?? 0) - (role === label ? 1 : 0)) / Math.sqrt(features.length)
    for (const feature of features) {
      const at = feature * 5 + role
      squares[at] = (squares[at] ?? 1) + gradient * gradient
      weights[at] = (weights[at] ?? 0) - (0.5 * gradient) / Math.sqrt(squares[at] ?? 1)
    }
  }
}

function softmax(weights: Float32Array, features: readonly number[]): number[] {
  const scores = [0, 0, 0, 0, 0]
  for (const feature of features) {
    for (let role = 0; role < 5; role += 1) {
      scores[role] = (scores[role] ?? 0) + (weights[feature * 5 + role] ?? 0)
    }
  }
  const scale = 1 / Math.sqrt(Math.max(1, features.length))
  const powers = scores.map((score) => Math.exp(score * scale))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

function featuresOf(sentences: readonly string[]): number[][] {
  const words = sentences.map((text) => text.toLowerCase().match(/[a-z]+|\d|[%=<>]/g) ?? [])
  return words.map((own, i) => {
    const names = [...own, ...own.slice(1).map((word, k) => `${own[k]} ${word}`)]
    names.push(...(words[i - 1] ?? ['<start>']).map((word) => `<${word}`))
    names.push(...(words[i + 1] ?? ['<end>']).map((word) => `>${word}`))
    const tenth = Math.floor((10 * i) / sentences.length)
    for (let n = 0; n < 8; n += 1) names.push(`@${tenth}/${n}`, `#${Math.min(i, 9)}/${n}`)
    for (let n = 0; n < 8; n += 1) names.push(`~${Math.min(sentences.length - i, 9)}/${n}`)
    return names.map(hash)
  })
}

function hash(name: string): number {
  let value = 2166136261
  for (let i = 0; i < name.length; i += 1) value = Math.imul(value ^ name.charCodeAt(i), 16777619)
  return (value >>> 0) % BUCKETS
}
