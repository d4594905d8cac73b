// Documents as JSON lines: {"id", "title", "sentences": […], "words"?}. The sentences were split by whoever made
// the file and are kept; the text is made of them, one space between.

import { z } from 'zod'
import { NearsideError } from '../../contract/index.ts'
import type { PagedDocument } from './extracted-text.ts'

const Row = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  title: z.string().nullish(),
  sentences: z.array(z.string()).min(1),
  words: z.number().int().positive().nullish()
})

/** One line of a file. @throws NearsideError NS_INPUT_FORMAT that names the line */
export function jsonlDocument(line: string, place: { name: string; line: number }): PagedDocument {
  const row = Row.safeParse(parse(line, place))
  if (!row.success) {
    const issue = row.error.issues[0]
    const field = issue?.path.join('.') || 'the line'
    throw formatError(place, `${field}: ${issue?.message ?? 'does not fit'}`)
  }
  const { id, title, words } = row.data
  let text = ''
  const sentences = row.data.sentences.map((sentence) => {
    if (text !== '') text += ' '
    const start = text.length
    text += sentence
    return { start, end: text.length }
  })
  return {
    name: id,
    text,
    sentences,
    pages: [],
    ...(title ? { title } : {}),
    ...(words ? { wantedWords: words } : {})
  }
}

/** All documents of a file as one, for callers that take one document a file. */
export function joinedDocuments(documents: readonly PagedDocument[], name: string): PagedDocument {
  let text = ''
  const sentences: { start: number; end: number }[] = []
  for (const document of documents) {
    if (text !== '') text += '\n\n'
    for (const { start, end } of document.sentences ?? []) {
      sentences.push({ start: start + text.length, end: end + text.length })
    }
    text += document.text
  }
  const [only] = documents
  return documents.length === 1 && only ? { ...only, name } : { name, text, sentences, pages: [] }
}

function parse(line: string, place: { name: string; line: number }): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw formatError(place, 'it is not valid JSON')
  }
}

const formatError = (place: { name: string; line: number }, reason: string): NearsideError =>
  new NearsideError(
    'NS_INPUT_FORMAT',
    `${place.name}, line ${place.line}: ${reason}; write {"id": "…", "title": "…", "sentences": ["…"]} on every line.`
  )
