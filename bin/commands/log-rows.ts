// The rows of `analyze logs --emit`: an event for every line, a score for every session, ranked causes.
// Events need two passes: templates are known only when the whole log was seen.

import {
  createLogMiner,
  LogCollector,
  type LogMiner,
  MessageReader,
  type MinerSnapshot,
  parseSession,
  rankCauses,
  type Session,
  SessionSplitter,
  scoreSessions,
  templateParams
} from '../../analysis/logs/index.ts'
import { type LogInput, openLogInput } from './log-inputs.ts'
import type { RowOutput } from './row-output.ts'

/** Characters of standard input kept for the second pass; beyond it lines are labelled as they come. */
const KEEP_CHARACTERS = 64 * 1024 * 1024
/** Lines between refinements once labelling goes along with reading. */
const REFINE_EVERY = 20_000
const HEAD_LINES = 1000
/** A row with a whole session is as long as all its lines. */
const SESSION_LENGTH = 256 * 1024 * 1024

/** Writes `{line, event, template, params}` for every line, in order. */
export async function emitEvents(input: LogInput, output: RowOutput): Promise<void> {
  const rows = new EventRows(output)
  if (input.rereadable) {
    for await (const lines of input.lines()) rows.learn(lines)
    rows.settle()
    for await (const lines of input.lines()) await rows.write(lines)
    return
  }
  const kept: (readonly string[])[] = []
  let characters = 0
  let live = false
  for await (const lines of input.lines()) {
    rows.learn(lines)
    if (live) {
      await rows.write(lines)
      continue
    }
    kept.push(lines)
    for (const line of lines) characters += line.length
    if (characters < KEEP_CHARACTERS) continue
    live = true
    rows.settle()
    for (const stretch of kept.splice(0)) await rows.write(stretch)
  }
  rows.settle()
  for (const stretch of kept) await rows.write(stretch)
}

class EventRows {
  private readonly output: RowOutput
  private readonly miner: LogMiner = createLogMiner()
  private readonly reader = new MessageReader()
  private head: string[] | undefined = []
  private sinceRefine = 0
  private line = 0

  constructor(output: RowOutput) {
    this.output = output
  }

  learn(lines: readonly string[]): void {
    if (this.head) {
      for (const line of lines) this.head.push(line)
      if (this.head.length >= HEAD_LINES) this.learnHead()
      return
    }
    for (const line of lines) this.count(line)
  }

  private learnHead(): void {
    const head = this.head ?? []
    this.head = undefined
    this.reader.learn(head.slice(0, HEAD_LINES))
    for (const line of head) this.count(line)
  }

  private count(line: string): void {
    const { text, from, level } = this.reader.read(line, false)
    this.miner.add(text, from, level)
    this.sinceRefine++
  }

  settle(): void {
    if (this.head) this.learnHead()
    this.miner.refine()
    this.sinceRefine = 0
  }

  async write(lines: readonly string[]): Promise<void> {
    if (this.sinceRefine >= REFINE_EVERY) this.settle()
    let text = ''
    for (const line of lines) {
      const message = this.reader.read(line, false)
      const { id, text: template } = this.miner.find(message.text, message.from).template
      const params = templateParams(template, message.text, message.from)
      text += `${JSON.stringify({ line: ++this.line, event: id, template, params })}\n`
    }
    await this.output.write(text)
  }
}

/** Writes `{session, score, reasons, anomaly}` for every session of the input. */
export async function emitScores(
  input: LogInput,
  baseline: string,
  output: RowOutput
): Promise<void> {
  const normal = await sessionsOf(await openLogInput([baseline]), baseline)
  const judged = await sessionsOf(input, 'The input')
  for (const { session, score, reasons, anomaly } of scoreSessions(normal, judged)) {
    const rounded = Math.round(score * 1e6) / 1e6
    await output.write(`${JSON.stringify({ session, score: rounded, reasons, anomaly })}\n`)
  }
}

async function sessionsOf(input: LogInput, name: string): Promise<Session[]> {
  const sessions: Session[] = []
  let splitter: SessionSplitter | undefined
  let number = 0
  for await (const lines of input.lines(SESSION_LENGTH)) {
    if (number === 0 && !isSessionRow(lines))
      splitter = new SessionSplitter(lines.filter((line) => line !== '').slice(0, 2000))
    for (const line of lines) {
      number++
      if (splitter) splitter.add(line)
      else if (line.trim() !== '') sessions.push(parseSession(line, `${name}, line ${number},`))
    }
  }
  return splitter ? splitter.finish() : sessions
}

function isSessionRow(lines: readonly string[]): boolean {
  const first = lines.find((line) => line.trim() !== '') ?? ''
  return /^\s*\{.*"lines"\s*:\s*\[/.test(first)
}

/** Writes `{rank, event, template, score, evidence}` for the probable causes, the likeliest first. */
export async function emitCauses(
  input: LogInput,
  baseline: string | undefined,
  output: RowOutput
): Promise<void> {
  const miner = createLogMiner()
  if (baseline !== undefined) miner.restore(await mined(await openLogInput([baseline])))
  const collector = new LogCollector(miner)
  for await (const lines of input.lines()) for (const line of lines) collector.add(line)
  for (const cause of rankCauses(collector.finish()))
    await output.write(`${JSON.stringify(cause)}\n`)
}

async function mined(input: LogInput): Promise<MinerSnapshot> {
  const collector = new LogCollector()
  for await (const lines of input.lines()) for (const line of lines) collector.add(line)
  collector.finish()
  return collector.miner.snapshot()
}
