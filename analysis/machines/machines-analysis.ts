// The machine-data analysis: a table of sensor readings in, every number column judged as it streams by,
// events and chart points out.

import { MachinesReport } from '../../contract/index.ts'
import type { AnalysisDefinition, AnalysisPorts, AnalysisStep, RunRequest } from '../definition.ts'
import { judgeTable } from './judge-table.ts'
import { MachinesOptions } from './machines-options.ts'
import { machinesReport } from './machines-report.ts'
import { SeriesSummary } from './series-summary.ts'

type Step = AnalysisStep<never, MachinesReport>

/** Rows between two lines of progress. */
const PROGRESS_ROWS = 1000

async function* run(
  request: RunRequest<MachinesOptions, never, 'table'>,
  ports: AnalysisPorts,
  signal: AbortSignal
): AsyncGenerator<Step, void, void> {
  const startedAt = ports.now()
  const table = await judgeTable(request.input)
  const summaries = table.series.map(() => new SeriesSummary(request.options.threshold))
  let rows = 0
  let told = 0
  for await (const stretch of table.rows) {
    signal.throwIfAborted()
    for (const judged of stretch) {
      summaries.forEach((summary, i) => {
        const verdict = judged.verdicts[i]
        if (verdict) summary.add(judged, judged.values[i] ?? null, verdict)
      })
    }
    rows += stretch.length
    if (rows - told < PROGRESS_ROWS) continue
    told = rows
    yield { type: 'progress', done: rows, failed: 0, total: request.total }
  }
  yield { type: 'progress', done: rows, failed: 0, total: rows }
  const durationMs = ports.now() - startedAt
  yield { type: 'report', report: machinesReport({ table, summaries, rows, durationMs }, ports) }
}

export const machinesAnalysis: AnalysisDefinition<MachinesOptions, MachinesReport, 'table'> = {
  kind: 'machines',
  title: 'Machine data',
  summary:
    'Watches every number column of a sensor table, shows what is normal and finds what has no like before.',
  input: 'table',
  accepts: ['csv', 'tsv', 'txt'],
  unit: 'rows',
  options: MachinesOptions,
  report: MachinesReport,
  run
}
