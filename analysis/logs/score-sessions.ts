// From lines to scored sessions: mines one set of templates over normal and judged sessions, then compares.
// Raw lines are gathered into sessions by an id that they carry, or into windows of fixed length.

import { z } from 'zod'
import { NearsideError } from '../../contract/index.ts'
import { createLogMiner } from './log-miner.ts'
import { MessageReader } from './message-reader.ts'
import { SessionAnomaly, type SessionScore } from './session-anomaly.ts'
import type { LogShape } from './shape-table.ts'

/**
 * Lines that belong together, in order.
 * @public
 */
export interface Session {
  readonly session: string
  readonly lines: readonly string[]
}

/**
 * @public
 */
export interface ScoredSession extends SessionScore {
  readonly session: string
}

/** Lines from which the header is learned, drawn evenly from all normal sessions. */
const SAMPLE_LINES = 1000
/** Lines of one window when lines carry no id. */
const WINDOW_LINES = 100
/** Share of lines that must carry an id before sessions are made by it. */
const ID_SUPPORT = 0.5
const ID_PATTERNS: readonly RegExp[] = [
  /\bblk_-?\d+/,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i,
  /\b(?:session|request|req|trace|transaction|order|job|batch|container|application|instance|task)(?:[ _-]?id)?[ _:=#-]+([\w-]*\d[\w-]*)/i
]
const SessionRow = z.object({ session: z.string(), lines: z.array(z.string()) })
/** Where an instance id is named, it wins over ids of requests in the same line. */
const INSTANCE = /\binstance: ([0-9a-f-]{36})/i

/**
 * A session out of one JSON row. @throws NearsideError NS_INPUT_FORMAT when it has no session or lines
 * @public
 */
export function parseSession(row: string, place: string): Session {
  const parsed = SessionRow.safeParse(parseJson(row))
  if (parsed.success) return parsed.data
  throw new NearsideError(
    'NS_INPUT_FORMAT',
    `${place} is no session; write {"session":"s1","lines":["…","…"]} in each line.`
  )
}

function parseJson(row: string): unknown {
  try {
    return JSON.parse(row)
  } catch {
    return undefined
  }
}

/**
 * Gathers raw lines into sessions.
 * @public
 */
export class SessionSplitter {
  private readonly pattern: RegExp | undefined
  private readonly sessions = new Map<string, string[]>()
  private count = 0

  /** @param sample lines that show which id there is; the same sample serves input and baseline */
  constructor(sample: readonly string[]) {
    this.pattern = [INSTANCE, ...ID_PATTERNS].find((pattern) => {
      const ids = sample.flatMap((line) => pattern.exec(line)?.[0] ?? [])
      return ids.length >= ID_SUPPORT * sample.length && new Set(ids).size > 1
    })
  }

  add(line: string): void {
    const start = Math.floor(this.count++ / WINDOW_LINES) * WINDOW_LINES + 1
    const found = this.pattern?.exec(line)
    if (this.pattern && !found) return
    const id = found ? (found[1] ?? found[0]) : `lines ${start}-${start + WINDOW_LINES - 1}`
    const lines = this.sessions.get(id)
    if (lines) lines.push(line)
    else this.sessions.set(id, [line])
  }

  finish(): Session[] {
    return [...this.sessions].map(([session, lines]) => ({ session, lines }))
  }
}

/**
 * Scores sessions against normal ones, in the order given. @throws NearsideError NS_INPUT_EMPTY
 * @public
 */
export function scoreSessions(
  normal: readonly Session[],
  judged: readonly Session[]
): ScoredSession[] {
  if (normal.length === 0) {
    throw new NearsideError(
      'NS_INPUT_EMPTY',
      'The baseline holds no session; give one with normal sessions.'
    )
  }
  const miner = createLogMiner()
  const reader = new MessageReader()
  reader.learn(sampleOf(normal))
  const shapesOf = ({ lines }: Session): LogShape[] =>
    lines.map((line) => {
      const { text, from, level } = reader.read(line, false)
      return miner.add(text, from, level)
    })
  const normalShapes = normal.map(shapesOf)
  const judgedShapes = judged.map(shapesOf)
  miner.refine()
  const events = new EventNumbers()
  const model = new SessionAnomaly(
    normalShapes.map((s) => events.of(s)),
    (event) => events.name(event)
  )
  return judged.map(({ session }, i) => ({
    session,
    ...model.score(events.of(judgedShapes[i] ?? []))
  }))
}

/** Numbers templates in the order in which they are met. */
class EventNumbers {
  private readonly numbers = new Map<string, number>()
  private readonly names: string[] = []

  of(shapes: readonly LogShape[]): number[] {
    return shapes.map((first) => {
      let shape = first
      while (shape.into) shape = shape.into
      const { text } = shape.template
      let number = this.numbers.get(text)
      if (number === undefined) {
        number = this.names.push(text) - 1
        this.numbers.set(text, number)
      }
      return number
    })
  }

  name(event: number): string {
    return this.names[event] ?? ''
  }
}

function sampleOf(sessions: readonly Session[]): string[] {
  const step = Math.max(1, Math.floor(sessions.length / (SAMPLE_LINES / 5)))
  const lines: string[] = []
  for (let i = 0; i < sessions.length && lines.length < SAMPLE_LINES; i += step) {
    lines.push(...(sessions[i]?.lines.slice(0, 50) ?? []))
  }
  return lines
}
