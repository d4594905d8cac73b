// The process of an engine build with recorded answers in place of the library and the GPU. The "model" is a
// JSON file that says what the library does with it; a file facts.json in the library folder changes the GPU.

import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { answerBuilder } from '../../device/inference/engine-build-main.ts'
import type { ToBuilder } from '../../device/inference/engine-build-protocol.ts'
import {
  type GpuFacts,
  type NativeSession,
  type OrtApi,
  OrtFailure,
  type SessionSetup
} from '../../device/inference/ort-port.ts'

/** What TensorRT 10.6 writes, as ONNX Runtime passes it on; shortened. */
const LOG = [
  '[2026-01-05 08:00:00    INFO] [MemUsageChange] Init CUDA: CPU +1, GPU +0, now: CPU 213, GPU 527 (MiB)',
  '[2026-01-05 08:00:01    INFO] [MemUsageChange] Init builder kernel library: CPU +2092, GPU +386',
  '[2026-01-05 08:00:01    INFO] Local timing cache in use. Profiling results in this builder pass will not be stored.',
  '[2026-01-05 08:00:02 VERBOSE] After final dead-layer removal: 4 layers',
  '[2026-01-05 08:00:02 VERBOSE] =============== Computing costs for /MatMul',
  '[2026-01-05 08:00:03 VERBOSE] =============== Computing costs for /Add'
]
const LOG_END = [
  '[2026-01-05 08:01:00    INFO] Detected 2 inputs and 1 output network tensors.',
  '[2026-01-05 08:01:01    INFO] Engine generation completed in 62.1 seconds.'
]

/** What a model file of a test asks for. */
export interface RecordedModel {
  readonly mode: 'good' | 'hang' | 'crash' | 'fail' | 'no-plan' | 'split' | 'unreadable' | 'fault'
  /** Grows by a line with each build. */
  readonly counter: string
  /** Size of the plan; default four. */
  readonly planBytes?: number
}

const write = (lines: readonly string[]): void => {
  writeSync(2, `${lines.join('\n')}\n`)
}

const noSession = { close: () => undefined } as unknown as NativeSession

function build(model: RecordedModel, options: Readonly<Record<string, string>>): void {
  const target = options['trt_ep_context_file_path'] ?? ''
  const timing = join(options['trt_timing_cache_path'] ?? '', 'cache_sm90.timing')
  const before = existsSync(timing) ? readFileSync(timing, 'utf8') : ''
  writeFileSync(model.counter, `${JSON.stringify({ pid: process.pid, before, options })}\n`, {
    flag: 'a'
  })
  write(LOG)
  if (model.mode === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  if (model.mode === 'crash') process.kill(process.pid, 'SIGSEGV')
  if (model.mode === 'fault') throw new TypeError('no such thing')
  if (model.mode === 'fail') {
    write([
      '[2026-01-05 08:00:09   ERROR] 10: Could not find any implementation for node {/MatMul}'
    ])
    throw new OrtFailure(11, 'TensorRT EP failed to create engine from network.')
  }
  write(LOG_END)
  writeFileSync(timing, `${before}t`)
  writeFileSync(target, JSON.stringify(model))
  const plan = Buffer.alloc(model.planBytes ?? 4, 'plan')
  if (model.mode !== 'no-plan') writeFileSync(join(dirname(target), 'graph_sm90.engine'), plan)
}

function open(model: RecordedModel, { providers }: SessionSetup): void {
  if (model.mode === 'unreadable') throw new OrtFailure(11, 'could not deserialize the plan')
  if (model.mode === 'split' && providers.length === 1)
    throw new OrtFailure(
      1,
      'This session contains graph nodes that are assigned to the default CPU EP'
    )
}

const api: OrtApi = {
  version: '1.29.0',
  library: 'recorded',
  createSession: (source, setup) => {
    const model = JSON.parse(readFileSync(String(source), 'utf8')) as RecordedModel
    const options = setup.providers[0]?.options ?? {}
    if (options['trt_dump_ep_context_model'] === '1') build(model, options)
    else open(model, setup)
    return noSession
  }
}

const FACTS: GpuFacts = {
  name: 'NVIDIA H200',
  computeCapability: '9.0',
  memoryBytes: 150_000_000_000,
  cuda: '13.0',
  tensorrt: '10.6.0'
}

let folder = ''
const parts = {
  openApi: (libraries: readonly string[]) => {
    folder = libraries[0] ?? ''
    return api
  },
  readFacts: () => {
    const file = join(folder, 'facts.json')
    return existsSync(file) ? { ...FACTS, ...JSON.parse(readFileSync(file, 'utf8')) } : FACTS
  }
}

process.on('message', (message: ToBuilder) => {
  const answer = answerBuilder(message, parts)
  const end = (): void => (answer.type === 'failed' ? process.disconnect() : undefined)
  process.send?.(answer, undefined, undefined, end)
})
process.on('disconnect', () => process.exit())
