// Cuts documents into windows of sentences, stacks windows into tensors, and brings the answers back to
// sentences: the `sentence-windows` preprocessing of models/recipes/sentence-roles/README.md. Pure.

import type { Tensors } from './tensors.ts'
import type { WindowSettings } from './window-settings.ts'

/** A stretch of one document that goes through the model at once. */
export interface Window {
  readonly document: number
  /** First sentence. */
  readonly start: number
  readonly sentences: readonly Int32Array[]
  /** Number of sentences of the whole document. */
  readonly total: number
  /** Tokens of all its sentences. */
  readonly tokens: number
}

/** Where the windows of a document of `total` sentences start. */
export function windowStarts(total: number, { maxSentences, stride }: WindowSettings): number[] {
  if (total <= maxSentences) return [0]
  const starts: number[] = []
  for (let start = 0; start < total - maxSentences; start += stride) starts.push(start)
  return [...starts, total - maxSentences]
}

/** The windows of one document, given the token ids of its sentences. */
export function cutWindows(
  document: number,
  ids: readonly (readonly number[])[],
  settings: WindowSettings
): Window[] {
  const rows = ids.map((row) =>
    Int32Array.from(row.length > 0 ? row.slice(0, settings.maxTokens) : [settings.unkId])
  )
  return windowStarts(rows.length, settings).map((start) => {
    const sentences = rows.slice(start, start + settings.maxSentences)
    const tokens = sentences.reduce((sum, { length }) => sum + length, 0)
    return { document, start, sentences, total: rows.length, tokens }
  })
}

/**
 * Tokens of one run, padding included. More gains no speed on a CPU, because a run's buffers leave the caches
 * (two cores, 1,000 abstracts: 327 documents/s at 280 MB with 1,024 tokens, 201 at 371 MB with 16 windows a run).
 */
const RUN_TOKENS = 1024

/** Puts windows of like size together, as many as one run should take: most of the padding goes away. */
export function groupWindows(windows: readonly Window[], maxBatch: number): Window[][] {
  const groups: Window[][] = []
  let group: Window[] = []
  // Shortest first, so that the window at hand is the longest of its group.
  for (const window of [...windows].sort((a, b) => a.tokens - b.tokens)) {
    const full = group.length === maxBatch || (group.length + 1) * window.tokens > RUN_TOKENS
    if (full && group.length > 0) {
      groups.push(group)
      group = []
    }
    group.push(window)
  }
  return group.length > 0 ? [...groups, group] : groups
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}

/** Stacks windows into the tensors of one run: one row of tokens a window, padded with zeros. */
export function stackWindows(windows: readonly Window[], settings: WindowSettings): Tensors {
  const rows = windows.length
  const sentences = roundUp(
    Math.max(...windows.map((window) => window.sentences.length)),
    settings.sentenceBucket
  )
  const tokens = roundUp(Math.max(...windows.map((window) => window.tokens)), settings.tokenBucket)
  const ids = new BigInt64Array(rows * tokens)
  const owners = new BigInt64Array(rows * tokens)
  const positions = new Float32Array(rows * sentences)
  for (const [row, window] of windows.entries()) {
    let at = row * tokens
    for (const [offset, sentence] of window.sentences.entries()) {
      const place = (window.start + offset) / Math.max(1, window.total - 1)
      positions[row * sentences + offset] = place
      owners.fill(BigInt(offset + 1), at, at + sentence.length) // 0 is padding
      for (const id of sentence) {
        ids[at] = BigInt(id)
        at += 1
      }
    }
  }
  return {
    input_ids: { datatype: 'INT64', shape: [rows, tokens], data: ids },
    sentence_ids: { datatype: 'INT64', shape: [rows, tokens], data: owners },
    positions: { datatype: 'FP32', shape: [rows, sentences], data: positions }
  }
}

/**
 * How far a sentence is from the nearer edge of a window; the document's own edges do not count, because
 * nothing is cut off there.
 */
function edgeDistance(sentence: number, window: { first: number; last: number; total: number }) {
  const { first, last, total } = window
  const left = first === 0 ? Number.POSITIVE_INFINITY : sentence - first
  const right = last === total - 1 ? Number.POSITIVE_INFINITY : last - sentence
  return Math.min(left, right)
}

/** For each sentence the start of the window that answers for it: the one that sees most round it. */
export function answeringWindows(total: number, settings: WindowSettings): Int32Array {
  const owners = new Int32Array(total)
  const distances = new Float64Array(total).fill(-1)
  for (const start of windowStarts(total, settings)) {
    const last = Math.min(start + settings.maxSentences, total) - 1
    for (let sentence = start; sentence <= last; sentence += 1) {
      const distance = edgeDistance(sentence, { first: start, last, total })
      // Strictly larger: the earlier window wins a tie.
      if (distance <= (distances[sentence] ?? 0)) continue
      distances[sentence] = distance
      owners[sentence] = start
    }
  }
  return owners
}

/** Collects the answers of windows, run in any order, into one table a document and output. */
export class AnswerTables {
  readonly documents: readonly Record<string, Float32Array<ArrayBuffer>>[]
  #owners: readonly Int32Array[]

  constructor(sentenceCounts: readonly number[], settings: WindowSettings) {
    this.documents = sentenceCounts.map(() => ({}))
    this.#owners = sentenceCounts.map((count) => answeringWindows(count, settings))
  }

  /** Takes the outputs of one run. */
  add(windows: readonly Window[], outputs: Tensors): void {
    for (const [name, { shape, data }] of Object.entries(outputs)) {
      const [, sentences = 0, width = 0] = shape
      const values = data as Float32Array
      for (const [index, window] of windows.entries()) {
        const table = this.#table(window, name, width)
        for (let offset = 0; offset < window.sentences.length; offset += 1) {
          const sentence = window.start + offset
          if (this.#owners[window.document]?.[sentence] !== window.start) continue
          const from = (index * sentences + offset) * width
          table.set(values.subarray(from, from + width), sentence * width)
        }
      }
    }
  }

  #table({ document, total }: Window, name: string, width: number): Float32Array<ArrayBuffer> {
    const tables = this.documents[document] ?? {}
    const table = tables[name] ?? new Float32Array(total * width)
    tables[name] = table
    return table
  }
}
