// Reads the Numenta Anomaly Benchmark from ../shared/data/nab (35 series, 50 windows) and proves our scorer
// against the published per-file scores. Evaluation data only: nothing of it is kept or shipped.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type NabSeries, nabScore } from './anomaly-nab-score.ts'

export interface NabFile extends NabSeries {
  readonly name: string
  readonly times: readonly string[]
  readonly values: Float64Array
}

const DATA = resolve(import.meta.dirname, '../../../shared/data/nab')

/** False when the evaluation data is not on this machine. */
export function nabAvailable(): boolean {
  return existsSync(join(DATA, 'nab-dev.tar.xz'))
}

/** The labelled series, in the order of their names. */
export function readNab(): NabFile[] {
  return unpacked('nab-dev.tar.xz', (folder) => {
    const labels: Record<string, [string, string][]> = JSON.parse(
      readFileSync(join(folder, 'labels/combined_windows.json'), 'utf8')
    )
    return csvFiles(join(folder, 'data')).map((name) => {
      const rows = readRows(join(folder, 'data', name))
      const times = rows.map((row) => row[0] ?? '')
      const rowAt = (time: string): number => times.indexOf(time.slice(0, 19))
      const windows = (labels[name] ?? []).map(([from, to]) => ({
        first: rowAt(from),
        last: rowAt(to)
      }))
      const values = Float64Array.from(rows, (row) => Number(row[1]))
      return { name, rows: rows.length, windows, times, values }
    })
  })
}

/** Largest difference between our score and the published one over the 35 files, for one detector. */
export function scorerError(detector: string, corpus: readonly NabFile[]): number {
  const published = unpacked('nab-published-scores.tar.xz', (folder) => ({
    thresholds: JSON.parse(readFileSync(join(folder, 'config/thresholds.json'), 'utf8')) as Record<
      string,
      { standard: { threshold: number } }
    >,
    scores: new Map(
      readRows(join(folder, `results/${detector}/${detector}_standard_scores.csv`)).map(
        (row) => [row[2] ?? '', Number(row[4])] as const
      )
    )
  }))
  const threshold = published.thresholds[detector]?.standard.threshold ?? Number.NaN
  return unpacked('nab-raw-anomaly-scores-dev.tar.xz', (folder) => {
    let worst = 0
    for (const file of corpus) {
      const path = file.name.replace('/', `/${detector}_`)
      const scores = readRows(join(folder, 'results', detector, path)).map((row) => Number(row[0]))
      const ours = nabScore(file, scores, { threshold })
      worst = Math.max(worst, Math.abs(ours - (published.scores.get(file.name) ?? Number.NaN)))
    }
    return worst
  })
}

function unpacked<T>(archive: string, read: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'nearside-nab-'))
  try {
    execFileSync('tar', ['-xJf', join(DATA, archive), '-C', folder])
    return read(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function csvFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv'))
    .sort()
}

function readRows(path: string): string[][] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/).slice(1)
  return lines.filter((line) => line !== '').map((line) => line.split(','))
}
