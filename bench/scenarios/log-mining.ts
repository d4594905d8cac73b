// How fast and how right the log miner is: lines a second beside drain3 in one run, interleaved; grouping
// accuracy and F1 of template accuracy over ten labelled systems with the one default configuration.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogMiner, MessageReader } from '../../analysis/logs/index.ts'
import {
  accuracyOf,
  type LabelledLog,
  labelledLogs,
  mineTemplates
} from '../../test/harness/log-mining-accuracy.ts'
import { median, type Scenario, type ScenarioResult, type ScenarioRow } from '../scenario.ts'

const ROUNDS = 5
/** Each labelled log is repeated so often, with other numbers each time, so that no cache sees a line twice. */
const REPEATS = 10
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

function ourRate(logs: readonly (readonly string[])[]): number {
  let lines = 0
  const started = performance.now()
  for (const raw of logs) {
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

/** Lines a second of drain3, or nothing where Python or drain3 is missing. */
function peerRate(files: readonly string[]): number[] {
  try {
    const out = execFileSync(PYTHON, [PEER, ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
    const { lines, seconds } = JSON.parse(out) as { lines: number; seconds: number }
    return [lines / seconds]
  } catch {
    return []
  }
}

interface Speed {
  readonly ours: number[]
  /** drain3 on the same raw lines, and on messages whose header was removed for it beforehand. */
  readonly peer: number[]
  readonly peerOnMessages: number[]
}

function measureSpeed(corpora: readonly Corpus[]): Speed {
  const folder = mkdtempSync(join(tmpdir(), 'nearside-log-mining-'))
  const write = (name: string, lines: readonly string[]): string => {
    const file = join(folder, name)
    writeFileSync(file, lines.join('\n'))
    return file
  }
  try {
    const rawFiles = corpora.map(({ raw }, i) => write(`${i}.log`, raw))
    const messageFiles = corpora.map(({ messages }, i) => write(`${i}.messages`, messages))
    const logs = rawFiles.map((file) => readFileSync(file, 'utf8').split('\n'))
    const speed: Speed = { ours: [], peer: [], peerOnMessages: [] }
    ourRate(logs.slice(0, 2)) // compiles the code; not counted
    for (let round = 0; round < ROUNDS; round++) {
      speed.ours.push(ourRate(logs))
      speed.peer.push(...peerRate(rawFiles))
      speed.peerOnMessages.push(...peerRate(messageFiles))
    }
    return speed
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function speedRows({ ours, peer, peerOnMessages }: Speed): ScenarioRow[] {
  const own = median(ours)
  const rows: ScenarioRow[] = [
    {
      what: 'log mining, raw lines, one core',
      value: Math.round(own),
      unit: 'lines/s',
      must: '≥ 200,000',
      pass: own >= 200_000
    }
  ]
  if (peer.length === 0) return rows
  const ratio = Math.round((own / median(peer)) * 100) / 100
  return [
    ...rows,
    {
      what: 'drain3, the same raw lines, same run',
      value: Math.round(median(peer)),
      unit: 'lines/s'
    },
    { what: 'ratio to drain3', value: ratio, unit: 'x', must: '≥ 2', pass: ratio >= 2 },
    {
      what: 'drain3, headers removed for it, no masking',
      value: Math.round(median(peerOnMessages)),
      unit: 'lines/s'
    }
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
  const rows: ScenarioRow[] = [
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
  return { rows, detail: { accuracy, speed, repeats: REPEATS } }
}

export const scenario: Scenario = {
  name: 'log-mining',
  title: 'Log mining: speed and accuracy beside drain3',
  run
}

if (import.meta.main) console.table((await run()).rows)
