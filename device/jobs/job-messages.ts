// What the agent and the thread of a job say to each other. Everything is plain data.

import type { ClassifiedDocuments } from '../../analysis/index.ts'
import type { ErrorCode, ReportKind, ResultRecord } from '../../contract/index.ts'

/** One input of a job as the thread finds it in the vault. */
export interface JobFile {
  readonly name: string
  readonly vaultId: string
  readonly sha256: string
  readonly bytes: number
}

/** Result of one item as it is stored: the analysis's own, and where the extracted text lies. */
export interface StoredResult {
  readonly textId: string | null
  readonly value: unknown
}

export interface StoredItem {
  readonly input: number
  readonly result: StoredResult
}

export interface JobThreadData {
  readonly job: string
  readonly kind: ReportKind
  readonly device: string
  readonly options: Readonly<Record<string, unknown>>
  readonly files: readonly JobFile[]
  readonly resumed: readonly StoredItem[]
  readonly vault: { readonly folder: string; readonly key: Uint8Array }
}

export interface PlainError {
  readonly code: ErrorCode
  readonly sentence: string
}

export type ToThread =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'cancel' }
  | { readonly type: 'classified'; readonly call: number; readonly result: ClassifiedDocuments }
  | { readonly type: 'classify-failed'; readonly call: number; readonly error: PlainError }

export type FromThread =
  | {
      readonly type: 'progress'
      readonly done: number
      readonly failed: number
      readonly total: number | null
    }
  | { readonly type: 'items'; readonly items: readonly StoredItem[] }
  | { readonly type: 'input'; readonly index: number; readonly error: PlainError | null }
  | {
      readonly type: 'classify'
      readonly call: number
      readonly model: string
      readonly documents: readonly (readonly string[])[]
    }
  | { readonly type: 'done'; readonly reportId: string; readonly summary: ReportSummary }
  | { readonly type: 'failed'; readonly error: PlainError }

/** What a report comes to, without any of its content. */
export type ReportSummary = Pick<ResultRecord, 'findings' | 'failures' | 'models'>
