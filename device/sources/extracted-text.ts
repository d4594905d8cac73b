// What every document reader returns: the text that all offsets of a report count in.

import type { TextDocument } from '../../analysis/index.ts'

export interface ExtractedText {
  readonly text: string
  readonly title?: string
  readonly sentences?: readonly { readonly start: number; readonly end: number }[]
  readonly wantedWords?: number
  /** Where each page starts in the text; empty when the kind has no pages. */
  readonly pages: readonly number[]
}

/** A document as the analysis takes it, with its page starts. */
export type PagedDocument = TextDocument & { readonly pages: readonly number[] }

/** Three line ends or more become a blank line, spaces before a line end go. */
export function tidyLines(text: string): string {
  return text
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
