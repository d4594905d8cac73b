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
const TOKENS = 32
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

const requestBody = (request: number): string =>
  JSON.stringify({
    inputs: [
      {
        ...{ name: 'input_ids', shape: [1, TOKENS], datatype: 'INT64' },
        data: tokensOf(request, TOKENS, MINILM.vocabulary)
      },
      {
        ...{ name: 'attention_mask', shape: [1, TOKENS], datatype: 'INT64' },
        data: new Array<number>(TOKENS).fill(1)
      }
    ]
  })

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
  /** One server at a time: two would share the cores. */
  readonly start: () => Promise<Peer | undefined>
}

async function contenders(folder: string, body: string): Promise<Contender[]> {
  const key = testKey('bench')
  const bundle = async (name: string, precision: 'fp32' | 'int8', maxBatch: number) => {
    const dir = join(folder, name)
    const shared = { shape: MINILM, precisions: [precision], key, latencyGoalMs: LATENCY_GOAL_MS }
    await writeEncoderBundle({ dir, name, maxBatch, ...shared })
    return () => startDevice({ dir, name, key, body })
  }
  const int8 = await bundle('minilm-int8', 'int8', MAX_BATCH)
  const fp32 = await bundle('minilm-fp32', 'fp32', MAX_BATCH)
  const single = await bundle('minilm-single', 'int8', 1)
  const triton = {
    model: join(folder, 'minilm-int8', 'model.int8.onnx'),
    ...{ hidden: MINILM.hidden, maxBatch: MAX_BATCH, threads: THREADS, body }
  }
  return [
    { name: 'nearside INT8', start: int8 },
    { name: 'nearside FP32', start: fp32 },
    { name: 'nearside INT8, unbatched', start: single },
    { name: 'FastAPI + PyTorch FP32', start: () => startFastApi(MINILM, body) },
    { name: 'Triton, same INT8 file', start: () => startTriton(triton) }
  ]
}

type Results = Map<string, Map<number, Round[]>>

async function measure(list: readonly Contender[], bodies: string): Promise<Results> {
  const results: Results = new Map()
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { name, start } of list) {
      const peer = await start()
      if (!peer) continue
      const rounds = results.get(name) ?? new Map<number, Round[]>()
      results.set(name, rounds)
      for (const clients of CLIENTS) {
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
  for (const name of results.keys())
    for (const clients of CLIENTS)
      rows.push(
        {
          what: `${name}, ${clients} clients`,
          value: round(figure(results.get(name), clients, 'rps')),
          unit: 'requests/s'
        },
        {
          what: `${name}, ${clients} clients, p99`,
          value: round(figure(results.get(name), clients, 'p99Ms')),
          unit: 'ms'
        }
      )
  const ratio = (one: string, other: string, must: number): void => {
    const value =
      figure(results.get(one), 16, 'rps') / Math.max(1e-9, figure(results.get(other), 16, 'rps'))
    if (!results.has(other)) return
    rows.push({
      what: `${one} against ${other}, 16 clients`,
      value: Math.round(value * 100) / 100,
      ...{ unit: 'x throughput', must: `≥ ${must}`, pass: value >= must }
    })
  }
  ratio('nearside INT8', 'FastAPI + PyTorch FP32', 5)
  ratio('nearside FP32', 'FastAPI + PyTorch FP32', 1.5)
  ratio('nearside INT8', 'nearside INT8, unbatched', 3)
  ratio('nearside INT8', 'Triton, same INT8 file', 1.2)
  const lag = Math.max(...CLIENTS.map((n) => figure(results.get('nearside INT8'), n, 'lagMs')))
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
  const bodies = join(folder, 'bodies.json')
  const all = Array.from({ length: 64 }, (_, request) => requestBody(request))
  await writeFile(bodies, JSON.stringify(all))
  const results = await measure(await contenders(folder, all[0] ?? ''), bodies)
  const detail = {
    setup: `${TOKENS} tokens a request, JSON, batches of ${MAX_BATCH} at most, ${THREADS} threads, ${ROUNDS} rounds of ${SECONDS} s`,
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
