// The thread in which documents are read: one at a time, as the pool asks. A document that hangs or eats the
// memory takes only this thread with it.

import { parentPort } from 'node:worker_threads'
import { toNearsideError } from '../../contract/index.ts'
import { standBack } from '../../kernel/stand-back.ts'
import { type DocumentFile, readDocument } from './document-reader.ts'
import type { PagedDocument } from './extracted-text.ts'

standBack()

export type ToDocumentThread =
  | { readonly type: 'read'; readonly file: DocumentFile }
  | { readonly type: 'stop' }

export type FromDocumentThread =
  | { readonly ok: true; readonly document: PagedDocument }
  | { readonly ok: false; readonly code: string; readonly sentence: string }

async function answer(file: DocumentFile): Promise<FromDocumentThread> {
  try {
    return { ok: true, document: await readDocument(file) }
  } catch (error) {
    const { code, message } = toNearsideError(error)
    return { ok: false, code, sentence: message }
  }
}

parentPort?.on('message', (message: ToDocumentThread) => {
  if (message.type === 'stop') {
    parentPort?.close()
    return
  }
  void answer(message.file).then((reply) => parentPort?.postMessage(reply))
})
