// One MiniLM-shaped encoder behind four servers, on the same requests: ours with INT8 and FP32, FastAPI with
// eager PyTorch, and Triton with the same ONNX file. Rounds are interleaved, medians and ratios reported.

import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testKey } from '../../test/harness/tiny-model.ts'
import { lagBuckets, lagPercentileMs } from '../loop-lag.ts'
import { MINILM } from '../models/encoder-model.ts'
import { median, type Scenario, type ScenarioResult, type ScenarioRow } from '../scenario.ts'
import { tokensOf, writeEncoderBundle } from '../serving/encoder-bundle.ts'
import { type Peer, startDevice, startFastApi, startTriton } from '../serving/peers.ts'

const CLIENTS = [1, 4, 16, 64]
const ROUNDS = 3
const SECONDS = 4
/** Clients of the comparison that counts. */
const COUNTED = 16
const TOKENS = 32
/** A short request: a log line, a field of a record. */
const SHORT_TOKENS = 8
const MAX_BATCH = 16
const LATENCY_GOAL_MS = 200
const THREADS = 2
const CLIENT = join(import.meta.dirname, '..', 'serving', 'load-client.ts')

/** Requests a second and latencies of one round. */
interface Round {
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failures: number
  /** 99th percentile of the lag of the server's event loop, for ours. */
  readonly lagMs: number
}

const requestBody = (request: number, tokens: number): string =>
  JSON.stringify({
    inputs: [
      {
        ...{ name: 'input_ids', shape: [1, tokens], datatype: 'INT64' },
        data: tokensOf(request, tokens, MINILM.vocabulary)
      },
      {
        ...{ name: 'attention_mask', shape: [1, tokens], datatype: 'INT64' },
        data: new Array<number>(tokens).fill(1)
      }
    ]
  })

/** Bodies of many requests in a file for the clients, and one of them. */
async function writeBodies(folder: string, tokens: number): Promise<{ path: string; one: string }> {
  const path = join(folder, `bodies-${tokens}.json`)
  const all = Array.from({ length: 64 }, (_, request) => requestBody(request, tokens))
  await writeFile(path, JSON.stringify(all))
  return { path, one: all[0] ?? '' }
}

function drive(url: string, clients: number, bodies: string): Promise<Omit<Round, 'lagMs'>> {
  const child = spawn(process.execPath, [CLIENT, url, String(clients), String(SECONDS), bodies], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((resolve) => {
    child.on('close', () => {
      const { latenciesMs, failures } = JSON.parse(text) as {
        latenciesMs: number[]
        failures: Record<string, number>
      }
      const sorted = latenciesMs.sort((a, b) => a - b)
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
      resolve({
        rps: sorted.length / SECONDS,
        p50Ms: at(0.5),
        p99Ms: at(0.99),
        failures: Object.values(failures).reduce((sum, count) => sum + count, 0)
      })
    })
  })
}

interface Contender {
  readonly name: string
  readonly bodies: string
  readonly clients: readonly number[]
  /** One server at a time: two would share the cores. */
  readonly start: () => Promise<Peer | undefined>
}

/** One session with all threads that computes one request at a time: serving without batches or executors. */
const UNBATCHED = { instances: 1, threads: THREADS }

async function contenders(folder: string): Promise<Contender[]> {
  const key = testKey('bench')
  const [usual, short] = [
    await writeBodies(folder, TOKENS),
    await writeBodies(folder, SHORT_TOKENS)
  ]
  const bundle = async (name: string, precision: 'fp32' | 'int8', maxBatch: number) => {
    const dir = join(folder, name)
    const shared = { shape: MINILM, precisions: [precision], key, latencyGoalMs: LATENCY_GOAL_MS }
    await writeEncoderBundle({ dir, name, maxBatch, ...shared })
    return (tuning?: typeof UNBATCHED) =>
      startDevice({ dir, name, key, body: usual.one, ...(tuning ? { tuning } : {}) })
  }
  const int8 = await bundle('minilm-int8', 'int8', MAX_BATCH)
  const fp32 = await bundle('minilm-fp32', 'fp32', MAX_BATCH)
  const single = await bundle('minilm-single', 'int8', 1)
  const triton = {
    model: join(folder, 'minilm-int8', 'model.int8.onnx'),
    ...{ hidden: MINILM.hidden, maxBatch: MAX_BATCH, threads: THREADS, body: usual.one }
  }
  const all = { bodies: usual.path, clients: CLIENTS }
  const few = { bodies: short.path, clients: [COUNTED] }
  return [
    { name: OURS, ...all, start: () => int8() },
    { name: OURS_FP32, ...all, start: () => fp32() },
    { name: SINGLE, ...all, start: () => single(UNBATCHED) },
    { name: FASTAPI, ...all, start: () => startFastApi(MINILM, usual.one) },
    { name: TRITON, ...all, start: () => startTriton(triton) },
    { name: OURS_SHORT, ...few, start: () => int8() },
    { name: SINGLE_SHORT, ...few, start: () => single(UNBATCHED) }
  ]
}

const OURS = 'nearside INT8'
const OURS_FP32 = 'nearside FP32'
const SINGLE = 'nearside INT8, unbatched'
const FASTAPI = 'FastAPI + PyTorch FP32'
const TRITON = 'Triton, same INT8 file'
const OURS_SHORT = `nearside INT8, ${SHORT_TOKENS} tokens`
const SINGLE_SHORT = `nearside INT8, ${SHORT_TOKENS} tokens, unbatched`

type Results = Map<string, Map<number, Round[]>>

async function measure(list: readonly Contender[]): Promise<Results> {
  const results: Results = new Map()
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { name, bodies, clients: counts, start } of list) {
      const peer = await start()
      if (!peer) continue
      const rounds = results.get(name) ?? new Map<number, Round[]>()
      results.set(name, rounds)
      // Servers run for months: whoever compiles or learns while it serves has done so before it is measured.
      await drive(peer.url, COUNTED, bodies)
      for (const clients of counts) {
        const before = peer.base ? await lagBuckets(peer.base) : undefined
        const figures = await drive(peer.url, clients, bodies)
        const lagMs =
          peer.base && before ? lagPercentileMs(before, await lagBuckets(peer.base), 0.99) : 0
        rounds.set(clients, [...(rounds.get(clients) ?? []), { ...figures, lagMs }])
      }
      await peer.stop()
    }
  return results
}

/** Median over the rounds of one server with so many clients. */
const figure = (rounds: Map<number, Round[]> | undefined, clients: number, of: keyof Round) =>
  median((rounds?.get(clients) ?? []).map((round) => round[of]))

function rowsOf(results: Results): ScenarioRow[] {
  const rows: ScenarioRow[] = []
  const round = (value: number): number => Math.round(value * 10) / 10
  for (const [name, rounds] of results)
    for (const clients of rounds.keys())
      rows.push(
        {
          what: `${name}, ${clients} clients`,
          value: round(figure(rounds, clients, 'rps')),
          unit: 'requests/s'
        },
        {
          what: `${name}, ${clients} clients, p99`,
          value: round(figure(rounds, clients, 'p99Ms')),
          unit: 'ms'
        }
      )
  const ratio = (one: string, other: string, must: number): void => {
    const value =
      figure(results.get(one), COUNTED, 'rps') /
      Math.max(1e-9, figure(results.get(other), COUNTED, 'rps'))
    if (!results.has(other)) return
    rows.push({
      what: `${one} against ${other}, ${COUNTED} clients`,
      value: Math.round(value * 100) / 100,
      ...{ unit: 'x throughput', must: `≥ ${must}`, pass: value >= must }
    })
  }
  ratio(OURS, FASTAPI, 5)
  ratio(OURS_FP32, FASTAPI, 1.5)
  ratio(OURS, SINGLE, 3)
  ratio(OURS_SHORT, SINGLE_SHORT, 3)
  ratio(OURS, TRITON, 1.2)
  const lag = Math.max(...CLIENTS.map((n) => figure(results.get(OURS), n, 'lagMs')))
  rows.push({
    what: 'event-loop lag of our agent, p99, worst number of clients',
    ...{ value: round(lag), unit: 'ms', must: '< 20', pass: lag < 20 }
  })
  const failures = [...results.values()].flatMap((map) => [...map.values()].flat())
  const failed = failures.reduce((sum, one) => sum + one.failures, 0)
  rows.push({ what: 'failed requests', value: failed, unit: '', must: '0', pass: failed === 0 })
  return rows
}

async function run(): Promise<ScenarioResult> {
  const folder = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const results = await measure(await contenders(folder))
  const detail = {
    setup: `${TOKENS} tokens a request, JSON, batches of ${MAX_BATCH} at most, ${THREADS} threads, ${ROUNDS} rounds of ${SECONDS} s, each after 3 s of the same load, and all after 7 s with ${COUNTED} clients; unbatched: one session with all threads, one request at a time`,
    missing: ['NEARSIDE_TORCH_PYTHON', 'NEARSIDE_PYTRITON_SITE'].filter(
      (name) => !process.env[name]
    ),
    rounds: Object.fromEntries(
      [...results].map(([name, rounds]) => [name, Object.fromEntries(rounds)])
    )
  }
  return { rows: rowsOf(results), detail }
}

export const scenario: Scenario = {
  name: 'http-infer',
  title: 'HTTP inference of one encoder against FastAPI with PyTorch and against Triton',
  run
}
