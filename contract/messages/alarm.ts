// Alarms: something a person has to act on. Priorities after ISA-18.2: 1 act now … 4 note.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'

export const AlarmPriority = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
export type AlarmPriority = z.infer<typeof AlarmPriority>

export const AlarmSource = z.enum([
  'machine-watch',
  'log-watch',
  'install',
  'link',
  'job',
  'storage',
  'model'
])

/** `GET /api/v1/alarms` is a list of these, open ones first, then the latest cleared; `POST …/{id}/acknowledge` answers with one. */
export const Alarm = z.object({
  id: z.string(),
  priority: AlarmPriority,
  source: AlarmSource,
  /** What it is about: a series name, a template id, a model. */
  subject: z.string(),
  /** What and where, with the figures: "Processor load 98 %, normal 2–31 %". */
  title: z.string(),
  /** Likely cause, one sentence; empty when nothing is known. */
  cause: z.string(),
  /** What to do, one sentence. */
  action: z.string(),
  raisedAt: Timestamp,
  clearedAt: Timestamp.nullable(),
  acknowledgedAt: Timestamp.nullable(),
  shelvedUntil: Timestamp.nullable(),
  shelveReason: z.string().nullable()
})
export type Alarm = z.infer<typeof Alarm>

/** Body of a record of the `alarm` stream: the alarm after the change. */
export const AlarmRecord = z.object({
  change: z.enum(['raised', 'cleared', 'acknowledged', 'shelved']),
  alarm: Alarm
})
export type AlarmRecord = z.infer<typeof AlarmRecord>

/** `POST /api/v1/alarms/{id}/shelve`: at most one shift. */
export const ShelveRequest = z.object({
  reason: z.string().min(3).max(200),
  minutes: z.number().int().min(1).max(480)
})
