// A benchmark as Markdown, for tickets and version control: findings first, then every cell.

import { escapeMarkdown as e } from '../../analysis/index.ts'
import type { BenchmarkCell, BenchmarkReport } from '../../contract/index.ts'
import type { Comparison } from './benchmark-compare.ts'
import { dateTime, exact, figure, gigabytes, range } from './benchmark-figures.ts'
import { rungName, settingName } from './benchmark-plan.ts'

/**
 * Markdown (CommonMark with tables).
 * @public
 */
export function benchmarkMarkdown(report: BenchmarkReport, comparison?: Comparison): string {
  const { machine } = report
  const parts = [
    `# Benchmark of ${e(`${report.model} ${report.version}`)}`,
    ...report.findings.map((finding) => e(finding)),
    ...(comparison ? [compared(comparison)] : []),
    '## Settings',
    table(
      ['Setting', 'Rows/s', 'p50 ms', 'p95 ms', 'p99 ms', 'Memory MB', 'W', 'J per 1,000', 'Note'],
      report.cells
        .filter(({ throughput }) => throughput !== null)
        .map((cell) => row(cell, report.best))
    ),
    ...notMeasured(report.cells),
    `Means over repeats with 95 % confidence intervals (Student's t). Latencies are those of a whole batch. Shape of a row: ${e(report.shape)}. Goal: ${exact(report.latencyGoalMs)} ms.`,
    '## Machine',
    [
      `- ${e(machine.cpu)}, ${machine.cores} cores, ${gigabytes(machine.memoryBytes)}`,
      `- GPUs: ${machine.gpus.length > 0 ? e(machine.gpus.join(', ')) : 'none'}`,
      ...(machine.driver === null ? [] : [`- Driver: ${e(machine.driver)}`]),
      `- ${e(machine.runtime)}`,
      `- ${e(machine.platform)}`,
      `- ${dateTime(report.startedAt)}`
    ].join('\n')
  ]
  return `${parts.join('\n\n')}\n`
}

const dash = (value: number | null): string => (value === null ? '–' : figure(value))

function row(cell: BenchmarkCell, best: string | null): string[] {
  const { setting, throughput, p50Ms, p95Ms, p99Ms, memoryMb, powerW, joulesPer1000 } = cell
  const note = cell.id === best ? 'best within the goal' : e(cell.sentence)
  const measures = [throughput, p50Ms, p95Ms].map((one) => (one ? range(one) : '–'))
  return [
    settingName(setting),
    ...measures,
    p99Ms ? figure(p99Ms.value) : '–',
    dash(memoryMb),
    dash(powerW),
    dash(joulesPer1000),
    note
  ]
}

/** Each reason once, with how many settings it stopped. */
function notMeasured(cells: readonly BenchmarkCell[]): string[] {
  const open = cells.filter(({ throughput }) => throughput === null)
  if (open.length === 0) return []
  const groups = Map.groupBy(
    open,
    ({ setting, sentence }) => `${rungName(setting.rung)}: ${sentence}`
  )
  const lines = [...groups].map(([reason, { length }]) => `- ${e(reason)} (${exact(length)})`)
  return ['## Not measured', lines.join('\n')]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map((_, at) => (at === 0 || at === head.length - 1 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

function compared({ sentence, cells }: Comparison): string {
  const rows = cells.map(({ setting, before, after, change, verdict }) => [
    settingName(setting),
    range(before),
    range(after),
    range(change),
    verdict
  ])
  return `## Compared\n\n${e(sentence)}\n\n${table(['Setting', 'Before, rows/s', 'Now, rows/s', 'Times', 'Verdict'], rows)}`
}
