// Makes the batches that a benchmark sends: tensors that fit the manifest, the same for the same seed. What
// they say means nothing; what counts is that they have the shape and the range of real ones.

import {
  type GoldenFile,
  type ModelManifest,
  NearsideError,
  type TensorSpec
} from '../../contract/index.ts'
import { type Tensor, type Tensors, tensorFrom } from '../inference/index.ts'
import { seededRandom } from './benchmark-statistics.ts'

/** Vocabulary that nearly every tokeniser has; used when the manifest states none. */
const SAFE_VOCABULARY = 100
/** Size of a variable dimension that neither the manifest nor its golden inputs know. */
const DEFAULT_SIZE = 16
/** Tokens of a made-up sentence; scientific prose has 20 to 30. */
const SENTENCE_TOKENS = 24

export interface InputOptions {
  readonly manifest: Pick<ModelManifest, 'name' | 'inputs' | 'pre'>
  readonly golden: GoldenFile
  /** Input → sizes behind the rows. */
  readonly shape: Readonly<Record<string, readonly number[]>>
  readonly seed: number
}

export interface InputMaker {
  /** Shape of one row, e.g. `input_ids[128] attention_mask[128]`. */
  readonly shape: string
  /** A batch of so many rows. */
  make(rows: number): Tensors
}

/**
 * Settles the shape of a row and makes batches of it.
 * @throws NearsideError NS_OPTIONS_INVALID when a stated shape does not fit the manifest
 */
export function inputMaker(options: InputOptions): InputMaker {
  const { manifest, seed } = options
  const sizes = new Map(manifest.inputs.map((spec) => [spec.name, rowSizes(spec, options)]))
  checkNames(options)
  const random = seededRandom(seed)
  const fills = new Map(manifest.inputs.map((spec) => [spec.name, fillOf(spec, options, sizes)]))
  return {
    shape: [...sizes].map(([name, size]) => `${name}[${size.join('×')}]`).join(' '),
    make: (rows) =>
      Object.fromEntries(
        manifest.inputs.map((spec): [string, Tensor] => {
          const row = sizes.get(spec.name) ?? []
          const fill = fills.get(spec.name) ?? (() => 0)
          const width = row.reduce((product, size) => product * size, 1)
          const data = Array.from({ length: rows * width }, (_, at) => fill(at % width, random))
          return [spec.name, tensorFrom({ datatype: spec.datatype, shape: [rows, ...row], data })]
        })
      )
  }
}

function checkNames({ manifest, shape }: InputOptions): void {
  const known = manifest.inputs.map(({ name }) => name)
  for (const name of Object.keys(shape)) {
    if (known.includes(name)) continue
    const sentence = `${manifest.name} has no input ${name}; it has ${known.join(', ')}.`
    throw new NearsideError('NS_OPTIONS_INVALID', sentence)
  }
}

/** Sizes of one row: those stated, else fixed ones, else those of the settings or the golden inputs. */
function rowSizes(spec: TensorSpec, { manifest, golden, shape }: InputOptions): number[] {
  const declared = spec.shape.slice(1)
  const stated = shape[spec.name]
  if (stated) {
    const fits =
      stated.length === declared.length &&
      declared.every((size, at) => size === -1 || size === stated[at])
    if (fits) return [...stated]
    const sentence = `The shape ${stated.join('x')} does not fit the input ${spec.name}, which is [${spec.shape.join(', ')}]; state the ${declared.length} sizes behind the rows.`
    throw new NearsideError('NS_OPTIONS_INVALID', sentence)
  }
  const seen = largestSeen(spec.name, golden)
  return declared.map((size, at) => {
    if (size !== -1) return size
    return suggested(spec, { pre: manifest.pre, shape }) ?? seen[at] ?? DEFAULT_SIZE
  })
}

function setting(pre: ModelManifest['pre'], name: string): number | undefined {
  const value = pre.settings[name]
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined
}

/** A full window: as many tokens as the model takes at most, and the sentences that such a text has. */
function suggested(
  { name, datatype }: TensorSpec,
  { pre, shape }: { pre: ModelManifest['pre']; shape: InputOptions['shape'] }
): number | undefined {
  const stated = [...Object.entries(shape)].find(([input]) => TOKEN_INPUT.test(input))?.[1][0]
  const tokens = stated ?? setting(pre, 'maxTokens') ?? setting(pre, 'maxLength')
  if (tokens === undefined) return undefined
  if (datatype === 'INT64' || datatype === 'INT32') return tokens
  if (pre.id !== 'sentence-windows' || name !== 'positions') return undefined
  const most = setting(pre, 'maxSentences') ?? 1
  return Math.min(most, Math.ceil(tokens / SENTENCE_TOKENS))
}

const TOKEN_INPUT = /(^|_)(ids|mask|tokens?)$/

function largestSeen(name: string, golden: GoldenFile): readonly number[] {
  const rows = golden.cases.map(({ inputs }) => inputs[name]?.shape.slice(1) ?? [])
  const size = (row: readonly number[]): number => row.reduce((product, one) => product * one, 1)
  return rows.reduce((largest, row) => (size(row) > size(largest) ? row : largest), [])
}

type Fill = (at: number, random: () => number) => number | boolean

/** What stands at a place of a row, by the type and the usual meaning of the name. */
function fillOf(
  spec: TensorSpec,
  { manifest, golden }: InputOptions,
  sizes: ReadonlyMap<string, readonly number[]>
): Fill {
  const { name, datatype } = spec
  if (datatype === 'BOOL') return () => true
  if (/mask/.test(name)) return () => 1
  if (manifest.pre.id === 'sentence-windows') {
    const sentences = sizes.get('positions')?.[0] ?? 1
    const tokens = sizes.get('sentence_ids')?.[0] ?? 1
    if (name === 'positions') return (at) => at / Math.max(1, sentences - 1)
    if (name === 'sentence_ids') return (at) => 1 + Math.floor((at * sentences) / tokens)
  }
  if (/position/.test(name) && datatype !== 'FP32') return (at) => at
  if (/(token_type|segment)/.test(name)) return () => 0
  if (datatype.startsWith('FP')) return floatFill(datatype)
  const top = Math.max(1, vocabularyOf(spec, manifest.pre, golden) - 1)
  return (_, random) => 1 + Math.floor(random() * top)
}

/** Half-precision numbers travel as bit patterns: 0x3800 to 0x3BFF are those from 0.5 up to 1. */
function floatFill(datatype: string): Fill {
  if (datatype === 'FP16') return (_, random) => 0x3800 + Math.floor(random() * 0x400)
  return (_, random) => random() * 2 - 1
}

/** Ids stay below the vocabulary that the settings state, else within what the golden inputs show. */
function vocabularyOf(
  { name, datatype }: TensorSpec,
  pre: ModelManifest['pre'],
  golden: GoldenFile
): number {
  const stated = setting(pre, 'vocabularySize') ?? setting(pre, 'vocabSize')
  if (stated !== undefined && /ids$/.test(name)) return stated
  const seen = golden.cases.flatMap(({ inputs }) => inputs[name]?.data ?? [])
  const largest = seen.reduce<number>(
    (top, value) => (typeof value === 'number' ? Math.max(top, value) : top),
    0
  )
  const limit = datatype === 'INT8' || datatype === 'UINT8' ? 127 : Number.POSITIVE_INFINITY
  return Math.min(limit, largest > 0 ? largest : SAFE_VOCABULARY)
}
