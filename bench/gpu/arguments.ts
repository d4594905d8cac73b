// Arguments of the measurements on a GPU, read once for all of them.

import { parseArgs } from 'node:util'
import { gpuLibraryFolders, tunedRows } from '../../device/inference/index.ts'

export interface GpuArguments {
  readonly model: string
  readonly rung: 'cpu' | 'webgpu' | 'cuda' | 'tensorrt'
  readonly precision: 'fp32' | 'fp16' | 'int8'
  readonly batches: readonly number[]
  /** Rows that an engine is tuned for; default as the device does it. */
  readonly opt: number
  readonly tokens: number
  readonly runs: number
  readonly threads: number
  readonly deviceId: number
  /** Folder of the engine store. */
  readonly engines: string
  readonly libraries: readonly string[]
  /** Ids of tokens are below this. */
  readonly vocabulary: number
  readonly out: string | undefined
}

const OPTIONS = {
  rung: { type: 'string', default: 'cpu' },
  precision: { type: 'string', default: 'fp16' },
  batches: { type: 'string', default: '1,8,32' },
  opt: { type: 'string' },
  tokens: { type: 'string', default: '128' },
  runs: { type: 'string', default: '100' },
  threads: { type: 'string', default: '2' },
  device: { type: 'string', default: '0' },
  engines: { type: 'string', default: 'engines' },
  vocabulary: { type: 'string', default: '1000' },
  out: { type: 'string' }
} as const

function oneOf<T extends string>(value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (!found) throw new Error(`${value} is none of ${allowed.join(', ')}`)
  return found
}

/** @throws Error in one sentence when the model is missing or a value cannot be used */
export function readArguments(args: readonly string[]): GpuArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true
  })
  const [model] = positionals
  if (!model) throw new Error('Name the ONNX file.')
  const batches = values.batches.split(',').map(Number)
  return {
    model,
    opt: values.opt === undefined ? tunedRows(Math.max(...batches)) : Number(values.opt),
    rung: oneOf(values.rung, ['cpu', 'webgpu', 'cuda', 'tensorrt']),
    precision: oneOf(values.precision, ['fp32', 'fp16', 'int8']),
    batches,
    tokens: Number(values.tokens),
    runs: Number(values.runs),
    threads: Number(values.threads),
    deviceId: Number(values.device),
    engines: values.engines,
    libraries: gpuLibraryFolders(),
    vocabulary: Number(values.vocabulary),
    out: values.out
  }
}
