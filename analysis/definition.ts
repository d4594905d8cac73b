// What an analysis is: a kind, an input contract, options with a schema, and a run that yields progress
// and ends with a report. Pure: it gets its input as data and asks for inference through a port.

import type { z } from 'zod'
import type { Report, ReportInput, ReportKind, ReportModel } from '../contract/index.ts'

/** A document after its text was taken out of the file; offsets of a report count in `text`. */
export interface TextDocument {
  readonly name: string
  readonly text: string
  readonly title?: string
  /** Sentences already split by whoever made the document, as offsets into `text`. */
  readonly sentences?: readonly { readonly start: number; readonly end: number }[]
  /** Length of summary that the document itself asks for, in words. */
  readonly wantedWords?: number
}

/** A document that could not be read: the reason goes into the report. */
export interface UnreadableDocument {
  readonly name: string
  readonly code: string
  readonly sentence: string
}

export type DocumentItem =
  | { readonly ok: true; readonly input: number; readonly document: TextDocument }
  | { readonly ok: false; readonly input: number; readonly failure: UnreadableDocument }

/** A table read in stretches: column names once, then rows of text cells. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: AsyncIterable<readonly (readonly string[])[]>
}

export interface AnalysisInputs {
  documents: AsyncIterable<DocumentItem>
  /** Stretches of lines, each without its line end. */
  lines: AsyncIterable<readonly string[]>
  table: Table
}

export type InputContract = keyof AnalysisInputs

/** What the classifier says of one sentence. */
export interface SentenceLabel {
  readonly label: string
  readonly confidence: number
  /** Probability of every label, in the order of `labels`. */
  readonly probabilities: Float32Array
}

export interface ClassifiedDocuments {
  readonly labels: readonly string[]
  /** One list a document, one entry a sentence. */
  readonly documents: readonly (readonly SentenceLabel[])[]
  readonly model: ReportModel
}

/** How an analysis asks for inference; device/jobs implements it over the executors. */
export interface InferencePort {
  /**
   * Labels the sentences of whole documents with the sentence classifier of that name; documents keep
   * their order, and a sentence is judged in the context of its document.
   */
  classifySentences(
    model: string,
    documents: readonly (readonly string[])[],
    signal: AbortSignal
  ): Promise<ClassifiedDocuments>
}

export interface AnalysisPorts {
  readonly inference: InferencePort
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly device: string
  /** Known inputs of the job; those of an unbounded input are known at its end. */
  readonly inputs: () => readonly ReportInput[]
}

/** Progress of a run, then exactly one report as the last step. */
export type AnalysisStep<ItemResult, R extends Report> =
  | {
      readonly type: 'progress'
      readonly done: number
      readonly failed: number
      readonly total: number | null
    }
  /** The result of one item; the caller may store it and hand it back after a restart. */
  | { readonly type: 'item'; readonly input: number; readonly result: ItemResult }
  | { readonly type: 'report'; readonly report: R }

export interface RunRequest<Options, ItemResult, Contract extends InputContract> {
  readonly input: AnalysisInputs[Contract]
  /** How many items there are, when known. */
  readonly total: number | null
  readonly options: Options
  /** Results of items that an earlier run finished; the input holds only the others. */
  readonly resumed: readonly { readonly input: number; readonly result: ItemResult }[]
}

export interface AnalysisDefinition<
  Options,
  R extends Report,
  Contract extends InputContract,
  ItemResult = never
> {
  readonly kind: ReportKind
  readonly title: string
  readonly summary: string
  readonly input: Contract
  /** File endings that it takes, without the dot. */
  readonly accepts: readonly string[]
  /** Unit of its progress. */
  readonly unit: 'documents' | 'lines' | 'rows'
  /** Zod schema with titles and units; form, command line and OpenAPI come from it. */
  readonly options: z.ZodType<Options>
  readonly report: z.ZodType<R>
  run(
    request: RunRequest<Options, ItemResult, Contract>,
    ports: AnalysisPorts,
    signal: AbortSignal
  ): AsyncGenerator<AnalysisStep<ItemResult, R>, void, void>
}
