// The table of analyses that jobs can run: definition, limits, samples. Adding an analysis adds a line.

import { join } from 'node:path'
import { z } from 'zod'
import { logsAnalysis, machinesAnalysis, textAnalysis } from '../../analysis/index.ts'
import {
  type AnalysisDescription,
  NearsideError,
  REPORT_KINDS,
  type ReportKind
} from '../../contract/index.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

interface Sample {
  readonly id: string
  readonly title: string
  /** Files under analysis/, relative. */
  readonly files: readonly string[]
}

/** What the jobs need to know of an analysis before they run it. */
export interface AnalysisEntry {
  readonly definition: typeof textAnalysis | typeof logsAnalysis | typeof machinesAnalysis
  readonly limits: AnalysisDescription['limits']
  readonly samples: readonly Sample[]
}

const ANALYSES: Readonly<Record<ReportKind, AnalysisEntry>> = {
  text: {
    definition: textAnalysis,
    limits: { fileBytes: 64 * MIB, files: 10_000, totalBytes: 8 * GIB },
    samples: [
      {
        id: 'four-documents',
        title: 'Four short documents: a trial, an incident, an inspection, a test report',
        files: [
          'text/samples/inhaler-trial.txt',
          'text/samples/login-incident.txt',
          'text/samples/pump-inspection.md',
          'text/samples/heat-pumps.pdf'
        ]
      }
    ]
  },
  logs: {
    definition: logsAnalysis,
    limits: { fileBytes: 1 * GIB, files: 50, totalBytes: 4 * GIB },
    samples: [
      {
        id: 'line-controller',
        title: 'A packaging line’s controller, with a burst of errors',
        files: ['logs/samples/line-controller.log']
      }
    ]
  },
  machines: {
    definition: machinesAnalysis,
    limits: { fileBytes: 256 * MIB, files: 1, totalBytes: 256 * MIB },
    samples: [
      {
        id: 'pump',
        title: 'A pump’s vibration, pressure and temperature, with faults',
        files: ['machines/samples/pump.csv']
      }
    ]
  }
}

const SAMPLE_ROOT = join(import.meta.dirname, '..', '..', 'analysis')

/** The entry of a kind. */
export function analysisOf(kind: ReportKind): AnalysisEntry {
  return ANALYSES[kind]
}

/** Paths of a sample's files. @throws NearsideError NS_INPUT_NOT_FOUND when there is no such sample */
export function sampleFiles(kind: ReportKind, id: string): { title: string; paths: string[] } {
  const sample = ANALYSES[kind].samples.find((known) => known.id === id)
  if (!sample)
    throw new NearsideError(
      'NS_INPUT_NOT_FOUND',
      `There is no sample "${id}"; GET /api/v1/analyses lists them.`
    )
  return { title: sample.title, paths: sample.files.map((file) => join(SAMPLE_ROOT, file)) }
}

/** Options of a job after its schema, defaults filled in. @throws NearsideError NS_OPTIONS_INVALID */
export function parseOptions(kind: ReportKind, options: unknown): Record<string, unknown> {
  const parsed = (ANALYSES[kind].definition.options as z.ZodType).safeParse(options)
  if (parsed.success) return parsed.data as Record<string, unknown>
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'options'
  throw new NearsideError(
    'NS_OPTIONS_INVALID',
    `${where}: ${issue?.message ?? 'does not fit'}; GET /api/v1/analyses describes the options.`
  )
}

/** All analyses as the interface describes them. */
export function describeAnalyses(sizeOf: (path: string) => number): AnalysisDescription[] {
  return REPORT_KINDS.map((kind) => {
    const { definition, limits, samples } = ANALYSES[kind]
    return {
      kind,
      title: definition.title,
      summary: definition.summary,
      accepts: [...definition.accepts],
      limits,
      options: z.toJSONSchema(definition.options as z.ZodType, { io: 'input' }) as Record<
        string,
        unknown
      >,
      samples: samples.map(({ id, title, files }) => ({
        id,
        title,
        bytes: files.reduce((sum, file) => sum + sizeOf(join(SAMPLE_ROOT, file)), 0)
      }))
    }
  })
}
