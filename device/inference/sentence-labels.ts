// Turns the probabilities of a sentence classifier into labels: the `sentence-labels` postprocessing of
// models/recipes/sentence-roles/README.md, and the roles that reports use. Pure.

import { z } from 'zod'
import type { SentenceLabel } from '../../analysis/index.ts'
import { NearsideError, SENTENCE_ROLES, SentenceRole } from '../../contract/index.ts'
import type { DocumentOutputs } from './executor-protocol.ts'

const Head = z.object({
  /** Name of the graph output; by default the name of the head. */
  output: z.string().optional(),
  labels: z.array(z.string()).min(1),
  /** The report's role of each label. */
  roles: z.array(SentenceRole),
  /** Group of each label; labels of one group win together and then against each other. */
  groups: z.array(z.number().int().nonnegative()).optional()
})
type Head = z.infer<typeof Head>

export const LabelSettings = z.object({ heads: z.record(z.string(), Head) })
export type LabelSettings = z.infer<typeof LabelSettings>

/** How the rows of a document become labels. */
export interface Labeller {
  readonly labels: readonly string[]
  /** One label a sentence. */
  label(tables: DocumentOutputs): SentenceLabel[]
}

function sums(row: Float32Array, target: readonly number[], size: number): Float32Array {
  const totals = new Float32Array(size)
  for (const [index, value] of row.entries()) {
    const at = target[index] ?? 0
    totals[at] = (totals[at] ?? 0) + value
  }
  return totals
}

function best(values: Float32Array): number {
  let winner = 0
  for (const [index, value] of values.entries()) {
    if (value > (values[winner] ?? 0)) winner = index
  }
  return winner
}

function rowsOf(table: Float32Array | undefined, width: number): Float32Array[] {
  const rows: Float32Array[] = []
  for (let from = 0; table && from < table.length; from += width)
    rows.push(table.subarray(from, from + width))
  return rows
}

/** The group with the largest sum wins, inside it the most probable label; the sum is the confidence. */
function headLabeller(name: string, head: Head): Labeller {
  const groups = head.groups ?? head.labels.map((_, index) => index)
  const count = Math.max(...groups) + 1
  const decide = (row: Float32Array): SentenceLabel => {
    const totals = sums(row, groups, count)
    const group = best(totals)
    const label = best(row.map((value, index) => (groups[index] === group ? value : -1)))
    return {
      label: head.labels[label] ?? '',
      confidence: Math.min(1, totals[group] ?? 0),
      probabilities: row
    }
  }
  return {
    labels: head.labels,
    label: (tables) => rowsOf(tables[head.output ?? name], head.labels.length).map(decide)
  }
}

function roleLabels(rows: readonly Float32Array[], head: Head): SentenceLabel[] {
  const target = head.roles.map((role) => SENTENCE_ROLES.indexOf(role))
  return rows.map((row) => {
    const probabilities = sums(row, target, SENTENCE_ROLES.length)
    const role = best(probabilities)
    return {
      label: SENTENCE_ROLES[role] ?? 'other',
      confidence: Math.min(1, probabilities[role] ?? 0),
      probabilities
    }
  })
}

function meanConfidence(labels: readonly SentenceLabel[]): number {
  return labels.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, labels.length)
}

/** Roles of the report: every head judges the document, and the surer one is believed. */
function roleLabeller(heads: Readonly<Record<string, Head>>): Labeller {
  return {
    labels: SENTENCE_ROLES,
    label: (tables) => {
      const judged = Object.entries(heads).map(([name, head]) =>
        roleLabels(rowsOf(tables[head.output ?? name], head.labels.length), head)
      )
      return judged.sort((a, b) => meanConfidence(b) - meanConfidence(a))[0] ?? []
    }
  }
}

/**
 * Prepares the labels that a caller asked for.
 * @param domain name of a head; undefined for the roles of reports
 * @throws NearsideError NS_MODEL_UNKNOWN when the model has no such head, NS_INFERENCE_FAILED when it is no classifier
 */
export function openLabeller(
  post: { readonly id: string; readonly settings: unknown },
  domain: string | undefined
): Labeller {
  const parsed = LabelSettings.safeParse(post.settings)
  if (post.id !== 'sentence-labels' || !parsed.success) {
    const sentence = 'This model does not label sentences; choose a sentence classifier.'
    throw new NearsideError('NS_INFERENCE_FAILED', sentence)
  }
  const { heads } = parsed.data
  if (domain === undefined) return roleLabeller(heads)
  const head = heads[domain]
  if (head) return headLabeller(domain, head)
  const sentence = `The model has no labels for ${domain}; it has: ${Object.keys(heads).join(', ')}.`
  throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
}
