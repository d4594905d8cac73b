// One setting run once more for a trace that Perfetto and Chrome read (Trace Event Format): a track for each
// instance, on it what a batch waited for and what ONNX Runtime's own profile says. Apart from the figures,
// because a profile slows what it watches.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { BenchmarkSetting, GoldenFile } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import { inputMaker } from './benchmark-inputs.ts'
import { type BenchmarkPlan, cellId, settingName } from './benchmark-plan.ts'
import type { TrialPort } from './benchmark-run.ts'
import { measureWindow, type SentBatch } from './benchmark-window.ts'

interface TraceEvent {
  readonly name: string
  readonly cat: string
  /** `X` a stretch, `M` a name. */
  readonly ph: 'X' | 'M'
  readonly pid: 1
  /** Instance, from 1. */
  readonly tid: number
  /** Microseconds since the trace began. */
  readonly ts: number
  readonly dur?: number
  readonly args: Readonly<Record<string, unknown>>
}

/** What ONNX Runtime writes: nodes and runs, µs since its session began. */
const OrtEvent = z.object({
  cat: z.string(),
  name: z.string(),
  ph: z.string(),
  ts: z.number(),
  dur: z.number().default(0),
  args: z.record(z.string(), z.unknown()).default({})
})

export interface TraceOptions {
  readonly bundle: Bundle
  readonly golden: GoldenFile
  readonly plan: BenchmarkPlan
  readonly setting: BenchmarkSetting
  readonly clock: Clock
  /** Opens executors that write profiles whose paths begin so, followed by `-0-<instance>`. */
  readonly openTrials: (profile: string) => TrialPort
}

/** A trace of half a second holds hundreds of batches, more than anybody looks at. */
const MOST_SECONDS = 0.5

/**
 * Runs a setting with profiling on.
 * @returns the trace as JSON text, and how many events of ONNX Runtime are in it
 * @throws NearsideError what the executors cannot do
 * @public
 */
export async function traceSetting(options: TraceOptions): Promise<{ json: string; ort: number }> {
  const { bundle, golden, plan, setting, clock, openTrials } = options
  const folder = await mkdtemp(join(tmpdir(), 'nearside-trace-'))
  try {
    const inputs = inputMaker({ manifest: bundle.manifest, golden, ...plan })
    const trace = new BatchTracks(clock)
    const trials = await openTrials(join(folder, 'ort')).open(setting)
    try {
      await measureWindow({
        ...{ trials, clock, rows: setting.batch, gauges: NO_GAUGES },
        batches: [inputs.make(setting.batch), inputs.make(setting.batch)],
        seconds: Math.min(plan.seconds, MOST_SECONDS),
        onBatch: (batch) => trace.add(batch)
      })
    } finally {
      await Promise.all(trials.map((trial) => trial.close()))
    }
    let ort = 0
    for (const name of await readdir(folder)) {
      const instance = Number(/^ort-0-(\d+)/.exec(name)?.[1])
      ort += trace.merge(await readFile(join(folder, name), 'utf8'), instance)
    }
    return { json: trace.json(setting), ort }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const NO_GAUGES = {
  coversProcessor: false,
  readPowerW: () => null,
  readMemoryMb: async () => null,
  readGpuMemoryMb: async () => null
}

/** The tracks of one run. */
export class BatchTracks {
  #events: TraceEvent[] = []
  /** Instance → where its last run began, µs. */
  #lastUs = new Map<number, number>()
  #originMs: number
  /** Added to a monotonic time it gives ms since 1970. */
  #epochMs: number

  /** @param epochMs ms since 1970 when the monotonic clock showed 0, as the executors see it */
  constructor(clock: Clock, epochMs: number = performance.timeOrigin) {
    this.#originMs = clock.monotonicMs()
    this.#epochMs = epochMs
  }

  /** Takes a batch; times as the bench saw them, the start of computing as the executor did. */
  add({ instance, rows, askedMs, answeredMs, computeMs, startedAtMs }: SentBatch): void {
    const length = Math.min(computeMs, answeredMs - askedMs)
    // Clocks of two processes differ by a little: the run lies between question and answer all the same.
    const said = Number.isFinite(startedAtMs) ? startedAtMs - this.#epochMs : askedMs
    const begun = Math.min(Math.max(said, askedMs), answeredMs - length)
    const us = (monotonicMs: number): number => (monotonicMs - this.#originMs) * 1000
    const parts = [
      ['queue', askedMs, askedMs], // a closed loop asks only executors that are free
      ['copy in', askedMs, begun],
      ['compute', begun, begun + length],
      ['copy out', begun + length, answeredMs]
    ] as const
    for (const [name, from, to] of parts)
      this.#add(instance, {
        ...{ name, cat: 'batch', ts: us(from), args: { rows } },
        dur: Math.max(0, (to - from) * 1000)
      })
    this.#lastUs.set(instance, us(begun))
  }

  #add(instance: number, event: Omit<TraceEvent, 'ph' | 'pid' | 'tid'>): void {
    this.#events.push({ ph: 'X', pid: 1, tid: instance + 1, ...event })
  }

  /**
   * Merges a profile of ONNX Runtime: its last run is laid upon the last of the instance.
   * @returns number of events taken; 0 when the text is no profile or the instance ran nothing
   */
  merge(profile: string, instance: number): number {
    const events = parseProfile(profile)
    const lastUs = this.#lastUs.get(instance)
    const anchor = events.findLast(({ name }) => name === 'model_run')
    if (lastUs === undefined || !anchor) return 0
    const shift = lastUs - anchor.ts
    for (const { name, cat, ts, dur, args } of events)
      this.#add(instance, { name, cat: `onnxruntime ${cat}`, ts: ts + shift, dur, args })
    return events.length
  }

  /** JSON as chrome://tracing and ui.perfetto.dev open it. */
  json(setting: BenchmarkSetting): string {
    const name = (what: string, tid: number, text: string): TraceEvent => ({
      ...{ name: what, cat: '', ph: 'M', pid: 1, tid, ts: 0, args: { name: text } }
    })
    const tracks = [...this.#lastUs.keys()].map((instance) =>
      name('thread_name', instance + 1, `instance ${instance}`)
    )
    // A session loads before its first batch is asked for; time in a trace starts at 0 all the same.
    const earliest = Math.min(0, ...this.#events.map(({ ts }) => ts))
    const traceEvents = [
      name('process_name', 0, settingName(setting)),
      ...tracks,
      ...this.#events.map((event) => ({ ...event, ts: event.ts - earliest }))
    ]
    const otherData = { cell: cellId(setting) }
    return `${JSON.stringify({ displayTimeUnit: 'ms', otherData, traceEvents })}\n`
  }
}

/** The stretches of a profile; a file that was cut off or is none gives nothing. */
function parseProfile(text: string) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(value)) return []
  return value.flatMap((event) => {
    const parsed = OrtEvent.safeParse(event)
    return parsed.success && parsed.data.ph === 'X' ? parsed.data : []
  })
}
