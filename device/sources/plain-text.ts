// Plain text: taken as it is. Line breaks are left to the sentence splitter, which knows wrapped lines.

import type { ExtractedText } from './extracted-text.ts'

/** The text itself; it has no title and no pages. */
export function plainText(text: string): ExtractedText {
  return { text, pages: [] }
}
