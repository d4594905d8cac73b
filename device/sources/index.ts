// Where documents, lines and rows come from.

export { DocumentPool, type DocumentPoolOptions } from './document-pool.ts'
export { type DocumentFile, MOST_DOCUMENT_BYTES } from './document-reader.ts'
export { DocumentSource } from './document-source.ts'
export type { PagedDocument } from './extracted-text.ts'
export type { FilePosition } from './followed-file.ts'
export { JournalTail } from './journal.ts'
export { LineSplitter, MOST_LINE_LENGTH, readLines } from './line-reader.ts'
export { LogTail } from './log-tail.ts'
export { readTable } from './table-file.ts'
export { type UnpackedFile, unpackZip } from './unpack-zip.ts'
