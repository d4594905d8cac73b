// Whether the agent stays quick under full load: the model works without a pause while 2,000 log lines a second
// come in. The lag of the agent's event loop is what the agent itself measures, read from /metrics.

import { appendFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceInfo, Job, LogOverview } from '../../contract/index.ts'
import { getJson, startUp, type Up } from '../../test/harness/nearside-process.ts'
import { upload } from '../../test/harness/upload.ts'
import { lagBuckets, lagPercentileMs } from '../loop-lag.ts'
import { pause, processorSeconds } from '../process-figures.ts'
import type { Scenario, ScenarioResult } from '../scenario.ts'
import { trialAbstracts } from '../text-ranking/text-data.ts'

const MEASURE_MS = 60_000
const LINES_A_SECOND = 2000
const WRITE_MS = 50
/** Lines as a machine writes them, from several programs, with values that change. */
function logLines(from: number, count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const n = from + index
    const time = new Date(1_780_000_000_000 + n).toISOString()
    const kinds = [
      `valve ${n % 12} opened at ${(n % 70) / 10} bar`,
      `batch ${n} moved to station ${n % 5}`,
      `read ${n % 9000} bytes from 10.0.0.${n % 250}`,
      `cycle ${n} took ${n % 90} ms`
    ]
    return `${time} INFO plc[${n % 4}]: ${kinds[n % kinds.length]}`
  })
  return `${lines.join('\n')}\n`
}

async function writeLog(path: string, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  for (let written = 0; !signal.aborted; ) {
    const due = Math.floor(((performance.now() - began) / 1000) * LINES_A_SECOND)
    if (due > written) await appendFile(path, logLines(written, due - written))
    written = due
    await pause(WRITE_MS)
  }
}

async function keepModelBusy(up: Up, signal: AbortSignal): Promise<number> {
  const files = trialAbstracts('train')
    .map(({ id, sentences }) => ({ name: `${id}.txt`, content: sentences.join(' ') }))
    .slice(0, 400)
  let documents = 0
  while (!signal.aborted) {
    const { job } = await upload(up.device, { kind: 'text', files })
    for (;;) {
      const { endedAt, progress } = await getJson<Job>(`${up.device}/api/v1/jobs/${job.id}`)
      if (endedAt !== null || signal.aborted) {
        documents += progress.done
        break
      }
      await pause(100)
    }
    await fetch(`${up.device}/api/v1/jobs/${job.id}`, { method: 'DELETE' })
  }
  return documents
}

async function run(): Promise<ScenarioResult> {
  const log = join(await mkdtemp(join(tmpdir(), 'nearside-load-')), 'line.log')
  const up = await startUp(undefined, ['--log', log])
  const stop = new AbortController()
  try {
    const working = Promise.all([writeLog(log, stop.signal), keepModelBusy(up, stop.signal)])
    await pause(10_000) // the model is loaded, the templates are known
    const { pid } = await getJson<DeviceInfo>(`${up.device}/api/v1/device`)
    const [before, cpuBefore, linesBefore] = [
      await lagBuckets(up.device),
      processorSeconds(pid),
      (await getJson<LogOverview>(`${up.device}/api/v1/logs`)).lines
    ]
    await pause(MEASURE_MS)
    const [after, cpuAfter, linesAfter] = [
      await lagBuckets(up.device),
      processorSeconds(pid),
      (await getJson<LogOverview>(`${up.device}/api/v1/logs`)).lines
    ]
    stop.abort()
    const [, documents] = await working
    const p99 = lagPercentileMs(before, after, 0.99)
    return {
      rows: [
        {
          what: 'event-loop lag of the agent, 99th percentile',
          value: p99,
          unit: 'ms',
          must: '< 20',
          pass: p99 < 20
        },
        {
          what: 'event-loop lag of the agent, median',
          value: lagPercentileMs(before, after, 0.5),
          unit: 'ms'
        },
        {
          what: 'log lines taken in',
          value: (linesAfter - linesBefore) / (MEASURE_MS / 1000),
          unit: 'lines/s'
        },
        {
          what: 'documents analysed meanwhile',
          value: (documents / (MEASURE_MS + 10_000)) * 60_000,
          unit: 'a minute'
        },
        {
          what: 'processor time of the agent process',
          value: ((cpuAfter - cpuBefore) / (MEASURE_MS / 1000)) * 100,
          unit: '% of a core'
        }
      ],
      detail: {
        measureMs: MEASURE_MS,
        buckets: Object.fromEntries(
          [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)])
        )
      }
    }
  } finally {
    stop.abort()
    await up.stop()
  }
}

export const scenario: Scenario = { name: 'device-load', title: 'The agent under full load', run }
