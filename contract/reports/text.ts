// Report of a text analysis: per document its sentences with roles, an extractive summary, key findings.

import { z } from 'zod'
import { reportFields } from './envelope.ts'

export const SENTENCE_ROLES = ['background', 'methods', 'results', 'conclusions', 'other'] as const
export const SentenceRole = z.enum(SENTENCE_ROLES)
export type SentenceRole = z.infer<typeof SentenceRole>

/** A sentence by its place in the extracted text, UTF-16 code units, end exclusive. */
export const SentenceSpan = z.object({
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  role: SentenceRole,
  /** Probability of the role. */
  confidence: z.number().min(0).max(1)
})
export type SentenceSpan = z.infer<typeof SentenceSpan>

export const DocumentResult = z.object({
  /** Index into `inputs`. */
  input: z.number().int().nonnegative(),
  title: z.string(),
  words: z.number().int().nonnegative(),
  sentences: z.array(SentenceSpan),
  /** Sentence numbers of the summary in reading order; the sentences themselves are the summary. */
  summary: z.array(z.number().int().nonnegative()),
  summaryText: z.string(),
  keyFindings: z.array(
    z.object({ sentence: z.number().int().nonnegative(), score: z.number(), text: z.string() })
  )
})
export type DocumentResult = z.infer<typeof DocumentResult>

export const DocumentFailure = z.object({
  name: z.string(),
  code: z.string(),
  sentence: z.string()
})

export const TextReport = z.object({
  ...reportFields,
  kind: z.literal('text'),
  figures: z.object({
    documents: z.array(DocumentResult),
    /** Documents that could not be read, each with the reason. */
    failures: z.array(DocumentFailure),
    sentences: z.number().int().nonnegative(),
    words: z.number().int().nonnegative(),
    durationMs: z.number().nonnegative()
  })
})
export type TextReport = z.infer<typeof TextReport>
