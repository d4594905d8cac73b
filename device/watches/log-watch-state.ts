// Reads the state file of the log watch; one that is missing or damaged means to learn anew, never a fault.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { LogLevel } from '../../contract/index.ts'
import type { LogWatchState } from './log-watch-loop.ts'

const Shape = z.object({
  tokens: z.array(z.string()),
  glued: z.array(z.boolean()),
  count: z.number(),
  level: LogLevel
})
const Anchor = z.object({
  kind: z.enum(['time', 'level', 'separator', 'number', 'bracket', 'tag', 'word']),
  reach: z.number()
})
const Reader = z.object({
  mode: z.enum(['text', 'json', 'pairs']),
  layout: z.object({ anchors: z.array(Anchor), column: z.number() })
})
const Template = z.object({
  id: z.string(),
  text: z.string(),
  source: z.string(),
  level: LogLevel,
  count: z.number(),
  firstAt: z.number(),
  lastAt: z.number(),
  rate: z.array(z.number())
})
const State = z.object({
  version: z.literal(1),
  miner: z.object({ version: z.literal(1), shapes: z.array(Shape) }),
  mill: z.object({
    lines: z.number(),
    readers: z.record(z.string(), Reader),
    templates: z.array(Template)
  }),
  positions: z.record(z.string(), z.object({ inode: z.number(), offset: z.number() }))
})

/** The state of an earlier run, or undefined. */
export async function readLogWatchState(path: string): Promise<LogWatchState | undefined> {
  try {
    const parsed = State.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
