// How fast and how right the log miner is: lines a second beside drain3 in one run, interleaved; grouping
// accuracy and F1 of template accuracy over ten labelled systems with the one default configuration.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogMiner, MessageReader } from '../../analysis/logs/index.ts'
import { accuracyOf, type LabelledLog, labelledLogs, mineTemplates } from './log-mining-accuracy.ts'

interface ResultRow {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly must?: string
  readonly pass?: boolean
}

interface ScenarioResult {
  readonly rows: ResultRow[]
  readonly detail: unknown
}

const ROUNDS = 5
/** Each labelled log is repeated so often, with other numbers each time, so that no cache sees a line twice. */
const REPEATS = 15
const RESULT = join(import.meta.dirname, '..', 'results', 'log-mining.json')
const PEER = join(import.meta.dirname, 'log-mining-drain3.py')
/** A Python that has drain3: `python3 -m venv V && V/bin/pip install drain3`. */
const PYTHON = process.env['NEARSIDE_DRAIN3_PYTHON'] ?? 'python3'

interface Corpus {
  readonly raw: readonly string[]
  readonly messages: readonly string[]
}

function makeCorpus(log: LabelledLog): Corpus {
  const raw: string[] = []
  const messages: string[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    log.lines.forEach((line, i) => {
      const message = log.messages[i] ?? ''
      const changed = message.replace(/\d{3,}/g, (digits) => shiftDigits(digits, repeat))
      const at = line.lastIndexOf(message)
      raw.push(at < 0 ? line : line.slice(0, at) + changed)
      messages.push(changed)
    })
  }
  return { raw, messages }
}

function shiftDigits(digits: string, by: number): string {
  return digits.replace(/\d/g, (digit, i: number) => String((Number(digit) + by * (i + 1)) % 10))
}

function ourRate(corpora: readonly Corpus[]): number {
  let lines = 0
  const started = performance.now()
  for (const { raw } of corpora) {
    const reader = new MessageReader()
    const miner = createLogMiner()
    reader.learn(raw.slice(0, 400))
    for (const line of raw) {
      const { text, from, level } = reader.read(line)
      miner.add(text, from, level)
    }
    miner.refine()
    lines += raw.length
  }
  return (lines / (performance.now() - started)) * 1000
}

function peerRate(files: readonly string[]): number | undefined {
  try {
    const out = execFileSync(PYTHON, [PEER, ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
    const { lines, seconds } = JSON.parse(out) as { lines: number; seconds: number }
    return lines / seconds
  } catch {
    return undefined
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function measureSpeed(corpora: readonly Corpus[]): { ours: number[]; peer: number[] } {
  const folder = mkdtempSync(join(tmpdir(), 'nearside-log-mining-'))
  try {
    const files = corpora.map(({ messages }, i) => {
      const file = join(folder, `${i}.txt`)
      writeFileSync(file, messages.join('\n'))
      return file
    })
    const ours: number[] = []
    const peer: number[] = []
    ourRate(corpora.slice(0, 2)) // compiles the code; not counted
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(ourRate(corpora))
      const rate = peerRate(files)
      if (rate !== undefined) peer.push(rate)
    }
    return { ours, peer }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function speedRows({
  ours,
  peer
}: {
  ours: readonly number[]
  peer: readonly number[]
}): ResultRow[] {
  const own = median(ours)
  const rows: ResultRow[] = [
    {
      what: 'log mining, raw lines, one core',
      value: Math.round(own),
      unit: 'lines/s',
      must: '≥ 200,000',
      pass: own >= 200_000
    }
  ]
  if (peer.length === 0) return rows
  const other = median(peer)
  const ratio = Math.round((own / other) * 100) / 100
  return [
    ...rows,
    {
      what: 'drain3, messages without header, same run',
      value: Math.round(other),
      unit: 'lines/s'
    },
    { what: 'ratio to drain3', value: ratio, unit: 'x', must: '≥ 2', pass: ratio >= 2 }
  ]
}

async function run(): Promise<ScenarioResult> {
  const logs = labelledLogs()
  if (logs.length === 0)
    return { rows: [], detail: { skipped: '../shared/data/loghub-2k is absent' } }
  const accuracy = logs.map((log) => ({
    system: log.name,
    ...accuracyOf(mineTemplates(log.lines), log.templates)
  }))
  const mean = (key: 'grouping' | 'templates'): number =>
    Math.round((accuracy.reduce((sum, row) => sum + row[key], 0) / accuracy.length) * 10_000) /
    10_000
  const speed = measureSpeed(logs.map(makeCorpus))
  const rows: ResultRow[] = [
    ...speedRows(speed),
    {
      what: 'grouping accuracy, mean of ten systems',
      value: mean('grouping'),
      unit: '',
      must: '≥ 0.93',
      pass: mean('grouping') >= 0.93
    },
    {
      what: 'F1 of template accuracy, mean',
      value: mean('templates'),
      unit: '',
      must: '≥ 0.40',
      pass: mean('templates') >= 0.4
    },
    ...accuracy.map((row) => ({
      what: `grouping accuracy, ${row.system}`,
      value: row.grouping,
      unit: ''
    }))
  ]
  const [cpu] = cpus()
  const machine = { cpu: cpu?.model ?? 'unknown', cores: cpus().length, node: process.version }
  const detail = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    accuracy,
    speed,
    repeats: REPEATS
  }
  mkdirSync(join(import.meta.dirname, '..', 'results'), { recursive: true })
  writeFileSync(RESULT, `${JSON.stringify({ rows, ...detail }, null, 2)}\n`)
  return { rows, detail }
}

export const scenario = {
  name: 'log-mining',
  title: 'Log mining: speed and accuracy beside drain3',
  run
}

if (import.meta.main) console.table((await run()).rows)
