// Puts the results of all documents together: the report with its findings, figures and limits. Findings
// are bounded, so that a thousand documents still make a report that can be opened.

import type { z } from 'zod'
import type {
  DocumentFailure,
  DocumentResult,
  Finding,
  ReportModel,
  Severity,
  TextReport
} from '../../contract/index.ts'
import type { AnalysisPorts } from '../definition.ts'
import { CUE_CLASSES } from './cue-classes.ts'

/** Key findings of one document that go into the report's list of findings. */
const FINDINGS_A_DOCUMENT = 5
const NO_HARM =
  /\b(?:no|without|not|well)[- ](?:\w+ ){0,4}?(?:adverse|side effects?|fail|fault|leak|defect|tolerated)/i

export type Failure = z.infer<typeof DocumentFailure>

/** What was noticed while the documents were read; becomes sentences in `limits`. */
export interface Notes {
  readonly general: number
  readonly notEnglish: number
  readonly cut: number
}

export interface TextOutcome {
  readonly documents: readonly DocumentResult[]
  readonly failures: readonly Failure[]
  readonly notes: Notes
  readonly model: ReportModel | undefined
  readonly startedAt: number
}

/** The report of a finished run. */
export function textReport(outcome: TextOutcome, ports: AnalysisPorts): TextReport {
  const documents = [...outcome.documents].sort((a, b) => a.input - b.input)
  const sum = (of: (document: DocumentResult) => number): number =>
    documents.reduce((total, document) => total + of(document), 0)
  const now = ports.now()
  return {
    kind: 'text',
    version: 1,
    createdAt: now,
    device: ports.device,
    inputs: [...ports.inputs()],
    models: outcome.model ? [outcome.model] : [],
    findings: documents.flatMap(findingsOf),
    figures: {
      documents,
      failures: [...outcome.failures],
      sentences: sum(({ sentences }) => sentences.length),
      words: sum(({ words }) => words),
      durationMs: Math.max(0, now - outcome.startedAt)
    },
    limits: limitsOf(outcome)
  }
}

/** The top findings with the sentence as evidence. */
function findingsOf(document: DocumentResult): Finding[] {
  return document.keyFindings.slice(0, FINDINGS_A_DOCUMENT).map(({ sentence, score, text }) => {
    const { start = 0, end = 0 } = document.sentences[sentence] ?? {}
    return {
      id: `text-${document.input}-${sentence}`,
      severity: severityOf(text),
      title: document.title,
      text,
      evidence: [{ type: 'sentence', input: document.input, sentence, start, end, text }],
      confidence: Math.min(1, Math.max(0, score))
    }
  })
}

/** A sentence that reports harm or failure stands out a little; how grave it is only a reader can tell. */
function severityOf(text: string): Severity {
  return CUE_CLASSES.safety.test(text) && !NO_HARM.test(text) ? 'low' : 'info'
}

/** Only limits that apply to these documents: a list that is always long is not read. */
function limitsOf({ notes, failures }: TextOutcome): string[] {
  const limits = [
    'Summary and findings are sentences taken from the documents; nothing was rephrased or added.'
  ]
  if (notes.general > 0) {
    limits.push(
      `The model was trained on abstracts of medical trials and computing papers; ${documentsAre(notes.general)} of another kind, where its roles are a hint only.`
    )
  }
  if (notes.notEnglish > 0) {
    limits.push(
      `${documentsAre(notes.notEnglish, 'Seemingly, ')} not in English; roles and findings are made for English and are less sure there.`
    )
  }
  if (notes.cut > 0) {
    limits.push(
      `${documentsAre(notes.cut)} longer than 20,000 sentences; the rest of it was not read.`
    )
  }
  if (failures.length > 0) {
    limits.push(
      `${documentsAre(failures.length)} left out because reading failed; the reasons are listed.`
    )
  }
  return limits
}

function documentsAre(count: number, before = ''): string {
  return `${before}${count.toLocaleString('en')} ${count === 1 ? 'document is' : 'documents are'}`
}
