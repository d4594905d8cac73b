// An encoder of BERT-base's shape on this machine's GPU: our executors with a TensorRT engine and with CUDA against
// PyTorch, kernel by kernel and as a CUDA graph. Rounds are interleaved; medians and ratios are reported.
// Needs NEARSIDE_GPU_LIBRARIES and a Python with PyTorch for CUDA in NEARSIDE_TORCH_PYTHON.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readRungFacts } from '../../device/inference/index.ts'
import { median, type Scenario, type ScenarioResult, type ScenarioRow } from '../scenario.ts'

const SCRIPTS = join(import.meta.dirname, '..', 'gpu')
const ROUNDS = 3
const ROWS = [1, 8, 32]
const TOKENS = 128
const RUNS = 200

interface Latency {
  readonly p50: number
  readonly p95: number
}

interface OurRound {
  readonly createMs: number
  readonly rssBytes: number
  readonly batches: readonly {
    readonly rows: number
    readonly agentMs: Latency
    readonly executorMs: Latency
  }[]
}

type TorchWay = 'eager' | 'eagerPinned' | 'graph' | 'graphPinned'

interface TorchRound {
  readonly torch: string
  readonly gpu: string
  readonly batches: readonly ({ readonly rows: number } & Readonly<Record<TorchWay, Latency>>)[]
}

interface Build {
  readonly state: string
  readonly sentence: string
  readonly wallMs: number
  readonly peakBytes: number
}

const execute = promisify(execFile)

async function script(name: string, args: readonly string[]): Promise<void> {
  await execute(process.execPath, [join(SCRIPTS, name), ...args], { maxBuffer: 2 ** 26 })
}

/** What a script wrote into the file that it is told. */
async function reported<T>(name: string, args: readonly string[], folder: string): Promise<T> {
  const out = join(folder, 'report.json')
  await script(name, [...args, '--out', out])
  return JSON.parse(await readFile(out, 'utf8')) as T
}

async function torchRound(python: string): Promise<TorchRound> {
  const args = [join(SCRIPTS, 'torch-encoder.py'), ROWS.join(','), String(TOKENS), String(RUNS)]
  const { stdout } = await execute(python, args, { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout) as TorchRound
}

const SHAPE = ['--batches', ROWS.join(','), '--tokens', String(TOKENS)]

/** Our ways to run the encoder: what they load and what they must hold. */
const CONTENDERS = {
  'TensorRT FP16': { file: 'bert-base.fp16.onnx', rung: 'tensorrt' },
  'CUDA FP16': { file: 'bert-base.fused.fp16.onnx', rung: 'cuda' },
  'CUDA FP16 as exported': { file: 'bert-base.fp16.onnx', rung: 'cuda' }
} as const

type Contender = keyof typeof CONTENDERS

interface Round {
  readonly torch: TorchRound
  readonly ours: Readonly<Record<Contender, OurRound>>
}

async function oneRound(folder: string, python: string): Promise<Round> {
  const torch = await torchRound(python)
  const ours: Partial<Record<Contender, OurRound>> = {}
  for (const [name, { file, rung }] of Object.entries(CONTENDERS)) {
    const engine = ['--precision', 'fp16', '--engines', join(folder, 'engines')]
    const args = [join(folder, file), '--rung', rung, '--runs', String(RUNS), ...SHAPE, ...engine]
    ours[name as Contender] = await reported<OurRound>('session-latency.ts', args, folder)
  }
  return { torch, ours: ours as Record<Contender, OurRound> }
}

interface Bound {
  readonly peer: TorchWay
  readonly called: string
  readonly most?: number
}

const BOUNDS: Readonly<Record<Contender, readonly Bound[]>> = {
  'TensorRT FP16': [
    { peer: 'eager', called: 'torch fp16 eager', most: 0.65 },
    { peer: 'graph', called: 'torch fp16 in a CUDA graph', most: 1.05 },
    { peer: 'graphPinned', called: 'torch fp16 in a CUDA graph with pinned memory' }
  ],
  'CUDA FP16': [
    { peer: 'eager', called: 'torch fp16 eager', most: 1 },
    { peer: 'eagerPinned', called: 'torch fp16 eager with pinned memory' }
  ],
  'CUDA FP16 as exported': [{ peer: 'eager', called: 'torch fp16 eager' }]
}

const two = (value: number): number => Math.round(value * 100) / 100

function latencyRows(rounds: readonly Round[], name: Contender): ScenarioRow[] {
  return ROWS.flatMap((rows, at) => {
    const ours = rounds.map(({ ours: all }) => all[name].batches[at]?.executorMs.p50 ?? Number.NaN)
    const what = `${name}, ${rows} x ${TOKENS}`
    const against = BOUNDS[name].map(({ peer, called, most }): ScenarioRow => {
      const ratios = rounds.map(
        ({ torch }, round) => (ours[round] ?? Number.NaN) / (torch.batches[at]?.[peer].p50 ?? 0)
      )
      const value = two(median(ratios))
      const bound = most === undefined ? {} : { must: `≤ ${most}`, pass: value <= most }
      return { what: `${what}, against ${called}`, value, unit: 'x', ...bound }
    })
    return [{ what: `${what}, p50`, value: two(median(ours)), unit: 'ms' }, ...against]
  })
}

function peerRows(rounds: readonly Round[]): ScenarioRow[] {
  return ROWS.flatMap((rows, at) =>
    (['eager', 'graph', 'graphPinned'] as const).map((way) => {
      const values = rounds.map(({ torch }) => torch.batches[at]?.[way].p50 ?? Number.NaN)
      return {
        what: `torch fp16, ${rows} x ${TOKENS}, ${way}, p50`,
        value: two(median(values)),
        unit: 'ms'
      }
    })
  )
}

function engineRows(rounds: readonly Round[], build: Build): ScenarioRow[] {
  const of = (pick: (round: OurRound) => number): number =>
    two(median(rounds.map(({ ours }) => pick(ours['TensorRT FP16']))))
  const readyS = of(({ createMs }) => createMs / 1000)
  const memoryGb = of(({ rssBytes }) => rssBytes / 1e9)
  return [
    {
      ...{ what: 'TensorRT engine: session ready', value: readyS, unit: 's' },
      ...{ must: '≤ 1', pass: readyS <= 1 }
    },
    {
      ...{ what: 'TensorRT process: host memory', value: memoryGb, unit: 'GB' },
      ...{ must: '≤ 0.6', pass: memoryGb <= 0.6 }
    },
    { what: 'TensorRT engine: build', value: Math.round(build.wallMs / 1000), unit: 's' },
    {
      what: 'TensorRT engine: most host memory of the build',
      ...{ value: two(build.peakBytes / 1e9), unit: 'GB' }
    }
  ]
}

async function run(): Promise<ScenarioResult | undefined> {
  const { gpus } = await readRungFacts()
  const python = process.env['NEARSIDE_TORCH_PYTHON']
  if (gpus.length === 0 || !python) {
    console.log('  SKIPPED: needs an NVIDIA GPU, its libraries and NEARSIDE_TORCH_PYTHON')
    return undefined
  }
  const folder = await mkdtemp(join(tmpdir(), 'ns-gpu-'))
  await script('bert-model.ts', [folder, 'fp16', 'fused.fp16'])
  const model = join(folder, 'bert-base.fp16.onnx')
  const engine = ['--precision', 'fp16', '--engines', join(folder, 'engines'), ...SHAPE]
  const build = await reported<Build>('build-engine.ts', [model, ...engine], folder)
  if (build.state !== 'ready') throw new Error(build.sentence)
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(folder, python))
  const { gpu, torch } = rounds[0]?.torch ?? { gpu: '', torch: '' }
  const how =
    'Latency from the message to the executor until its outputs lie in memory of the host, without the way to the agent (agentMs has it). The peer copies its inputs and outputs likewise; pinned: through memory that the GPU copies from and to at full speed. CUDA FP16 runs the model with ONNX Runtime operators for transformers, as its optimiser writes it.'
  return {
    rows: [
      ...latencyRows(rounds, 'TensorRT FP16'),
      ...latencyRows(rounds, 'CUDA FP16'),
      ...latencyRows(rounds, 'CUDA FP16 as exported'),
      ...peerRows(rounds),
      ...engineRows(rounds, build)
    ],
    detail: { how, torch, build, rounds },
    device: gpu
  }
}

export const scenario: Scenario = {
  name: 'gpu-encoder',
  title: 'An encoder of BERT-base shape on a GPU, against PyTorch on the same GPU',
  run
}
