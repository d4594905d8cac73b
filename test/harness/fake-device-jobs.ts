// Made-up jobs of a device for the pages' tests: their files, reports and documents. The documents are
// generated, so that a thousand of them cost nothing.

import type { DocumentText, Job, JobDetail, Report } from '../../contract/index.ts'
import { noise } from './fake-device-readings.ts'

const SENTENCES = [
  'Daily calls to adults with asthma.',
  'In this trial 248 adults were assigned to a daily call or to usual care.',
  'Doses taken were 71.4 % with calls and 58.2 % without (P < 0.001).',
  'Attacks were less frequent with calls (rate ratio 0.65, 95 % CI 0.48 to 0.88).',
  'Calls increased inhaler use and reduced attacks.'
] as const
const ROLES = ['background', 'methods', 'results', 'results', 'conclusions'] as const
const BREAKS = ['\n\n', '\n\n', ' ', '\n\n', '']

type TextReport = Extract<Report, { kind: 'text' }>
const sha256 = 'b'.repeat(64)

/** The text of any document: the same sentences under a title of its own. */
function textOf(index: number): { text: string; spans: { start: number; end: number }[] } {
  let text = ''
  const spans = SENTENCES.map((sentence, number) => {
    const start = text.length
    text += number === 0 ? `${sentence} Report ${index + 1}.` : sentence
    const end = text.length
    text += BREAKS[number]
    return { start, end }
  })
  return { text, spans }
}

function documentResult(index: number): TextReport['figures']['documents'][number] {
  const { text, spans } = textOf(index)
  const cut = (sentence: number): string => {
    const { start = 0, end = 0 } = spans[sentence] ?? {}
    return text.slice(start, end)
  }
  return {
    input: index,
    title: `Daily calls and asthma, report ${index + 1}`,
    words: 58,
    sentences: spans.map((span, number) => ({
      ...span,
      role: ROLES[number] ?? 'other',
      confidence: 0.9
    })),
    summary: [2, 4],
    summaryText: `${cut(2)} ${cut(4)}`,
    keyFindings: [3, 2].map((sentence, rank) => ({
      sentence,
      score: 0.7 - rank * 0.2 - noise(1, index) * 0.1,
      text: cut(sentence)
    }))
  }
}

const envelope = (names: readonly string[]) => ({
  version: 1 as const,
  createdAt: 1,
  device: 'press-07',
  inputs: names.map((name) => ({ name, sha256, bytes: 1400 })),
  models: [],
  findings: [],
  limits: ['Summary and findings are sentences taken from the documents.']
})

function textReport(count: number, failed: number): Report {
  const documents = Array.from({ length: count }, (_, index) => documentResult(index))
  return {
    ...envelope(documents.map((_, index) => `trials/report-${index + 1}.txt`)),
    kind: 'text',
    figures: {
      documents,
      failures: Array.from({ length: failed }, (_, index) => ({
        name: `scan-${index + 1}.pdf`,
        code: 'NS_INPUT_NO_TEXT',
        sentence: 'The file is a scan without text; run a text recognition over it first.'
      })),
      sentences: count * 5,
      words: count * 58,
      durationMs: 900
    }
  }
}

const BINS = 60
const busy = (index: number): number => (index > 40 && index < 44 ? 300 : 0)

function logsReport(): Report {
  const lines = Array.from(
    { length: BINS },
    (_, index) => 40 + Math.floor(noise(7, index) * 20) + busy(index)
  )
  const template = (id: string, level: 'error' | 'info', [text, count]: [string, number]) => ({
    id,
    template: text,
    level,
    count,
    firstLine: 1,
    lastLine: count,
    examples: [
      {
        line: 1204,
        text: `2026-11-24 08:11:04 ${level} app: ${text.replaceAll('<*>', '10.0.0.7')}`
      }
    ],
    timeline: lines.map((all, index) => (level === 'error' ? busy(index) : all))
  })
  return {
    ...envelope(['gateway.log']),
    kind: 'logs',
    figures: {
      lines: 3600,
      durationMs: 40,
      linesPerSecond: 90_000,
      templates: [
        template('e1', 'error', ['connect to <*> port <*>: connection refused', 900]),
        template('e2', 'info', ['request <*> took <*> ms', 2700])
      ],
      anomalies: [
        {
          kind: 'burst',
          template: 'e1',
          bin: 41,
          score: 0.95,
          reason: 'seen 300 times in 60 s, usually 0',
          lines: [1204]
        }
      ],
      timeline: {
        axis: 'time',
        from: 1_700_000_000_000,
        binSize: 60_000,
        lines,
        unusual: lines.map((_, index) => busy(index))
      }
    }
  }
}

function machinesReport(): Report {
  const series = (name: string, peak: number) => ({
    name,
    rows: 2400,
    missing: 0,
    min: 1,
    max: 4.6,
    mean: 2,
    peakScore: peak,
    peakRow: 1210,
    points: Array.from({ length: 300 }, (_, index): [number, number, number, number, number] => {
      const odd = peak > 0.5 && index > 150 && index < 158
      return [index * 8, 2 + noise(5, index) * 0.3 + (odd ? 2 : 0), 1.9, 2.4, odd ? 0.97 : 0.05]
    })
  })
  return {
    ...envelope(['pump.csv']),
    kind: 'machines',
    figures: {
      rows: 2400,
      durationMs: 300,
      timeColumn: 'timestamp',
      series: [series('temperature_c', 0.2), series('vibration_mm_s', 0.97)],
      events: [
        {
          series: 'vibration_mm_s',
          fromRow: 1210,
          toRow: 1258,
          fromTime: '2026-03-03 02:10:00',
          toTime: '2026-03-03 02:58:00',
          score: 0.97,
          reason: 'The value 4.3 at row 1211 lies above the normal range 1.9 to 2.4 (48 rows).'
        }
      ]
    }
  }
}

/** The report of a job; undefined when it has none or it was wiped. */
export function report(id: string): Report | undefined {
  const reports: Readonly<Record<string, () => Report>> = {
    '5f20': () => textReport(10, 1),
    '5f18': logsReport,
    '5f17': machinesReport,
    '5f16': () => textReport(1000, 0)
  }
  return reports[id]?.()
}

/** The text of a job's document. */
export const documentText = (index: number): DocumentText => ({
  name: `trials/report-${index + 1}.txt`,
  text: textOf(index).text,
  pages: []
})

/** A job with its first files, the failed one first. */
export const detail = (job: Job): JobDetail => ({
  ...job,
  files: [
    {
      name: 'scan-1.pdf',
      bytes: 2_100_000,
      state: 'failed',
      code: 'NS_INPUT_NO_TEXT',
      sentence: 'The file is a scan without text; run a text recognition over it first.'
    },
    { name: 'trials/report-1.txt', bytes: 1400, state: 'done', code: null, sentence: null }
  ]
})

/** What becomes of a job by an act. */
export function acted(job: Job, act: string): Job {
  const states: Readonly<Record<string, Job['state']>> = {
    pause: 'paused',
    resume: 'running',
    cancel: 'cancelled',
    retry: 'waiting'
  }
  return { ...job, state: states[act] ?? job.state }
}
