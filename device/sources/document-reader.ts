// One file → one document. Looks at size and content before reading, then hands over to the reader of its kind.
// Runs in the threads of document-pool.ts, never in an event loop that has to answer.

import { open } from 'node:fs/promises'
import { NearsideError } from '../../contract/errors.ts'
import { decodeText } from './decode-text.ts'
import type { ExtractedText, PagedDocument } from './extracted-text.ts'
import { type DocumentKind, type FileKind, fileKind, KIND_BYTES } from './file-kind.ts'
import { joinedDocuments, jsonlDocument } from './jsonl-documents.ts'
import { plainText } from './plain-text.ts'

/** Documents above this size are refused; a thousand-page book of text has about 3 MiB. */
export const MOST_DOCUMENT_BYTES = 64 * 1024 * 1024

export type DocumentFile =
  | { readonly name: string; readonly path: string }
  | { readonly name: string; readonly bytes: Uint8Array }

/** Reads one document. @throws NearsideError NS_INPUT_* with a sentence that names the file */
export async function readDocument(file: DocumentFile): Promise<PagedDocument> {
  const { name } = file
  const bytes = 'bytes' in file ? checkSize(file.bytes, name) : await readFile(file.path, name)
  const kind = checkKind(fileKind(name, bytes.subarray(0, KIND_BYTES)), name)
  if (kind === 'jsonl') return jsonlFile(bytes, name)
  const extracted = await extract(kind, bytes, name)
  if (!/[\p{L}\p{N}]/u.test(extracted.text)) throw emptyError(name)
  return { ...extracted, name }
}

/** Refuses kinds that hold no document, in one sentence each. */
export function checkKind(kind: FileKind, name: string): DocumentKind {
  if (kind === 'empty') throw emptyError(name)
  if (kind === 'office') {
    throw new NearsideError('NS_INPUT_BINARY', `${name} is an office file; save it as PDF or text.`)
  }
  if (kind === 'zip') {
    throw new NearsideError(
      'NS_INPUT_BINARY',
      `${name} is an archive inside another input; unpack it first.`
    )
  }
  if (kind === 'binary') {
    throw new NearsideError(
      'NS_INPUT_BINARY',
      `${name} is not text; give a text, Markdown, HTML or PDF file.`
    )
  }
  return kind
}

const emptyError = (name: string): NearsideError =>
  new NearsideError('NS_INPUT_EMPTY', `${name} is empty; give a file that holds text.`)

const sizeError = (name: string): NearsideError =>
  new NearsideError(
    'NS_INPUT_TOO_LARGE',
    `${name} is larger than 64 MiB, the limit for one document; split it and try again.`
  )

function checkSize(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length > MOST_DOCUMENT_BYTES) throw sizeError(name)
  return bytes
}

/** The size is asked before a byte is read, and again while reading: files grow, and devices never end. */
async function readFile(path: string, name: string): Promise<Uint8Array> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw openError(error, name)
  })
  try {
    const { size } = await handle.stat()
    if (size > MOST_DOCUMENT_BYTES) throw sizeError(name)
    const bytes = Buffer.alloc(Math.min(size + 1, MOST_DOCUMENT_BYTES + 1))
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === bytes.length) break
    }
    return checkSize(bytes.subarray(0, length), name)
  } finally {
    await handle.close()
  }
}

/** Says whether the name or the permission is wrong. */
function openError(error: unknown, name: string): NearsideError {
  const code = (error as { code?: unknown } | null)?.code
  const sentence =
    code === 'EACCES'
      ? `${name} may not be read by this user; change its permissions.`
      : `${name} does not exist or cannot be opened; check its name.`
  const kind = code === 'EACCES' ? 'NS_INPUT_UNREADABLE' : 'NS_INPUT_NOT_FOUND'
  return new NearsideError(kind, sentence, { cause: error })
}

/** Parsers are loaded when the first document of their kind comes: the agent and the log watch need none. */
async function extract(
  kind: Exclude<DocumentKind, 'jsonl'>,
  bytes: Uint8Array,
  name: string
): Promise<ExtractedText> {
  if (kind === 'pdf') return (await import('./pdf-text.ts')).pdfText(bytes, name)
  const text = decodeText(bytes, name)
  if (kind === 'html') return (await import('./html-text.ts')).htmlText(text)
  if (kind === 'markdown') return (await import('./markdown-text.ts')).markdownText(text)
  return plainText(text)
}

/** All documents of the file as one, for callers that show one result a file. */
function jsonlFile(bytes: Uint8Array, name: string): PagedDocument {
  const lines = decodeText(bytes, name).split('\n')
  const documents = lines.flatMap((line, i) =>
    line.trim() === '' ? [] : [jsonlDocument(line, { name, line: i + 1 })]
  )
  if (documents.length === 0) throw emptyError(name)
  return joinedDocuments(documents, name)
}
