// Turns the probabilities of a sentence classifier into labels: the `sentence-labels` postprocessing of
// models/recipes/sentence-roles/README.md, and the roles that reports use. Pure.

import { z } from 'zod'
import type { SentenceLabel } from '../../analysis/index.ts'
import { NearsideError, SENTENCE_ROLES, SentenceRole } from '../../contract/index.ts'
import type { DocumentOutputs } from './executor-protocol.ts'
import { bestPath, largest } from './label-path.ts'

const Head = z.object({
  /** Name of the graph output; by default the name of the head. */
  output: z.string().optional(),
  labels: z.array(z.string()).min(1),
  /** The report's role of each label. */
  roles: z.array(SentenceRole),
  /** Group of each label; labels of one group win together and then against each other. */
  groups: z.array(z.number().int().nonnegative()).optional(),
  /** Bonus of a label after another, square; with it the labels of a document are decided together. */
  transitions: z.array(z.array(z.number())).optional()
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

function rowsOf(table: Float32Array | undefined, width: number): Float32Array[] {
  const rows: Float32Array[] = []
  for (let from = 0; table && from < table.length; from += width)
    rows.push(table.subarray(from, from + width))
  return rows
}

/** The label of each sentence: along the best path, or the best label of the group with the largest sum. */
function decide(rows: readonly Float32Array[], { labels, groups, transitions }: Head): number[] {
  if (transitions && rows.length > 0) return bestPath(rows, transitions)
  const group = groups ?? labels.map((_, index) => index)
  return rows.map((row) => {
    const winner = largest(sums(row, group, Math.max(...group) + 1))
    return largest(row.map((value, index) => (group[index] === winner ? value : -1)))
  })
}

/** Labels of one head; the confidence is the sum over the label's group. */
function headLabeller(name: string, head: Head): Labeller {
  const groups = head.groups ?? head.labels.map((_, index) => index)
  return {
    labels: head.labels,
    label: (tables) => {
      const rows = rowsOf(tables[head.output ?? name], head.labels.length)
      const decided = decide(rows, head)
      return rows.map((probabilities, index) => {
        const label = decided[index] ?? 0
        const totals = sums(probabilities, groups, Math.max(...groups) + 1)
        const confidence = Math.min(1, totals[groups[label] ?? 0] ?? 0)
        return { label: head.labels[label] ?? '', confidence, probabilities }
      })
    }
  }
}

function roleLabels(rows: readonly Float32Array[], head: Head): SentenceLabel[] {
  const target = head.roles.map((role) => SENTENCE_ROLES.indexOf(role))
  const decided = decide(rows, head)
  return rows.map((row, index) => {
    const probabilities = sums(row, target, SENTENCE_ROLES.length)
    const role = target[decided[index] ?? 0] ?? 0
    const confidence = Math.min(1, probabilities[role] ?? 0)
    return { label: SENTENCE_ROLES[role] ?? 'other', confidence, probabilities }
  })
}

/** How sure a head is of a document by the probabilities alone, before the order of labels speaks. */
function sureness(rows: readonly Float32Array[], { roles }: Head): number {
  const target = roles.map((role) => SENTENCE_ROLES.indexOf(role))
  const tops = rows.map((row) => Math.max(...sums(row, target, SENTENCE_ROLES.length)))
  return tops.reduce((total, top) => total + top, 0)
}

/** Roles of the report, by the head that is surer of the document: it was trained on such texts. */
function roleLabeller(heads: Readonly<Record<string, Head>>): Labeller {
  return {
    labels: SENTENCE_ROLES,
    label: (tables) => {
      const judges = Object.entries(heads).map(([name, head]) => {
        const rows = rowsOf(tables[head.output ?? name], head.labels.length)
        return { rows, head, sure: sureness(rows, head) }
      })
      const [surest] = judges.sort((a, b) => b.sure - a.sure)
      return surest ? roleLabels(surest.rows, surest.head) : []
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
