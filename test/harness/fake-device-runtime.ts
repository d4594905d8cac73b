// Made-up answers of a device's inference runtime for the pages' tests: GPUs, models with their ladder and
// engine builds, the last batches, and the advisor.

import type {
  AdvisorOverview,
  AppliedChange,
  BatchTrace,
  DeviceModel,
  DeviceModels,
  EngineBuild,
  GpuOverview,
  GpuReading,
  ModelTuning,
  RemoteModel,
  RemoteSetting,
  RungStatus,
  TuningSetting
} from '../../contract/index.ts'
import { type FakeState, MINUTE, noise } from './fake-device-readings.ts'

const sha = 'a'.repeat(64)

function gpu(now: number, index: number, state: FakeState): GpuReading {
  const hot = state === 'fallen'
  const many = state === 'many-gpus'
  return {
    at: now - 600,
    index,
    uuid: `GPU-${index}a1b2c3d4`,
    name: many
      ? 'NVIDIA H100 80GB HBM3, a board with an unusually long name'
      : 'NVIDIA RTX 4000 Ada',
    driver: '560.35',
    source: 'nvidia-smi',
    unifiedMemory: false,
    load: Math.round(38 + noise(index, 3) * 40),
    memoryLoad: 21,
    memoryTotalMb: many ? 81_559 : 20_475,
    memoryUsedMb: Math.round((many ? 81_559 : 20_475) * (0.2 + noise(index, 5) * 0.5)),
    temperatureC: hot ? 87 : 61,
    memoryTemperatureC: many ? 68 : null,
    powerW: hot ? 129 : 88.4,
    powerLimitW: 130,
    clockMhz: hot ? 1215 : 2175,
    clockMaxMhz: 2175,
    memoryClockMhz: 9001,
    fanPercent: many ? null : 44,
    pcieGeneration: 4,
    pcieWidth: hot ? 8 : 16,
    throttle: hot || (many && index === 3) ? ['thermal', 'power'] : [],
    eccCorrected: many ? 2 : null,
    eccUncorrected: many ? (index === 5 ? 1 : 0) : null,
    xid: many && index === 5 ? 63 : null,
    powerMode: null,
    processes: [
      { pid: 4712, memoryMb: 612, model: 'sentence-roles' },
      { pid: 911, memoryMb: 1204, model: null }
    ]
  }
}

export function gpus(now: number, state: FakeState): GpuOverview {
  const count = { 'no-gpu': 0, empty: 0, 'many-gpus': 8 }[state as string] ?? 1
  return {
    gpus: Array.from({ length: count }, (_, index) => gpu(now, index, state)),
    sentence:
      count === 0
        ? 'This machine has no NVIDIA GPU that can be read; models run on the processor.'
        : ''
  }
}

const rung = (name: RungStatus['rung'], rest: Partial<RungStatus>): RungStatus => ({
  rung: name,
  taken: false,
  code: null,
  sentence: '',
  detail: null,
  precision: null,
  p95Ms: null,
  at: null,
  ...rest
})

function ladder(state: FakeState): RungStatus[] {
  const webgpu = rung('webgpu', {
    code: 'NS_RUNG_SLOWER',
    sentence: 'WebGPU takes 9.1 ms at the 95th percentile, the CPU 6.2 ms.',
    precision: 'fp16',
    p95Ms: 9.1,
    at: 1_764_300_000_000
  })
  if (state === 'no-gpu') {
    const code = 'NS_RUNG_NO_GPU'
    const sentence = 'No NVIDIA GPU was found.'
    return [
      rung('tensorrt', { code, sentence }),
      rung('cuda', { code, sentence }),
      webgpu,
      rung('cpu', { taken: true, precision: 'int8', p95Ms: 6.2, at: 1_764_300_000_000 })
    ]
  }
  const engine = rung('tensorrt', {
    code: 'NS_ENGINE_MISSING',
    sentence: 'The TensorRT engine is not built yet; CUDA serves meanwhile.'
  })
  if (state === 'fallen') {
    return [
      { ...engine, sentence: 'The TensorRT engine is not built yet.' },
      rung('cuda', {
        code: 'NS_RUNG_LIBRARY',
        sentence: 'libcudnn.so.9 was not found; install cuDNN 9, then load the model again.',
        detail:
          'dlopen /opt/nearside/gpu/libonnxruntime_providers_cuda.so: libcudnn.so.9: cannot open shared object file: No such file or directory'
      }),
      webgpu,
      rung('cpu', { taken: true, precision: 'int8', p95Ms: 6.2, at: 1_764_300_000_000 })
    ]
  }
  return [
    engine,
    rung('cuda', { taken: true, precision: 'fp16', p95Ms: 1.9, at: 1_764_300_000_000 }),
    webgpu,
    rung('cpu', { precision: 'int8', p95Ms: 6.2, at: 1_764_300_000_000 })
  ]
}

const model = (name: string, state: FakeState, rest: Partial<DeviceModel>): DeviceModel => ({
  name,
  version: '1.0.0',
  precision: state === 'fallen' || state === 'no-gpu' ? 'int8' : 'fp16',
  rung: state === 'fallen' || state === 'no-gpu' ? 'cpu' : 'cuda',
  manifestSha256: sha,
  origin: 'builtin',
  task: 'sentence-classification',
  licence: 'Apache-2.0',
  sizeBytes: 4_800_000,
  signer: 'vendor-2026',
  state: 'ready',
  sentence: '',
  ladder: ladder(state),
  accuracy: (['int8', 'fp16'] as const).map((precision) => ({
    precision,
    dataset: 'abstracts, validation',
    metric: 'weighted F1',
    value: precision === 'int8' ? 0.9637 : 0.9641,
    fp32: 0.9641,
    date: '2026-11-20'
  })),
  requests: 12_408,
  batches: 1_551,
  p50Ms: 11.2,
  p95Ms: 18.4,
  previousVersion: null,
  ...rest
})

const build = (now: number, rest: Partial<EngineBuild>): EngineBuild => ({
  model: 'sentence-roles',
  version: '1.0.0',
  precision: 'fp16',
  state: 'building',
  progress: 0.58,
  startedAt: now - 2 * MINUTE,
  endedAt: null,
  code: null,
  sentence: 'TensorRT tries kernels for this GPU. The CUDA rung serves meanwhile.',
  ...rest
})

export function models(now: number, state: FakeState): DeviceModels {
  if (state === 'empty') return { models: [], installs: [], builds: [] }
  const gpuBuilds = [
    build(now, {}),
    build(now, {
      precision: 'int8',
      state: 'failed',
      progress: 1,
      endedAt: now - 200 * MINUTE,
      code: 'NS_ENGINE_BUILD',
      sentence: 'The engine does not give the golden outputs in INT8; it was thrown away.'
    })
  ]
  return {
    models: [
      model('sentence-roles', state, {}),
      model('pipe-wall-thickness-from-acoustic-emission-large', state, {
        state: state === 'fallen' ? 'failed' : 'cold',
        sentence: state === 'fallen' ? 'There is no memory left for it; unload another model.' : '',
        origin: 'installed',
        task: 'regression',
        requests: 0,
        batches: 0,
        p50Ms: null,
        p95Ms: null,
        accuracy: [],
        previousVersion: '0.9.4',
        ladder: ladder(state).map((step) => ({ ...step, taken: false }))
      })
    ],
    installs: [],
    builds: state === 'no-gpu' ? [] : gpuBuilds
  }
}

const REASONS = ['full', 'deadline', 'no-gain', 'only', 'throttled', 'shared'] as const

export function traces(now: number, name: string): BatchTrace[] {
  if (name !== 'sentence-roles') return []
  return Array.from({ length: 60 }, (_, index) => {
    const requests = 1 + Math.floor(noise(11, index) * 8)
    const computeMs = 2 + requests * 1.4 + noise(12, index) * 2
    return {
      at: now - 400 - index * 140,
      model: name,
      version: '1.0.0',
      rung: 'cuda',
      instance: index % 2,
      requests,
      rows: requests * 2,
      bucket: `input_ids[${requests > 4 ? 128 : 64}]`,
      queueMaxMs: noise(13, index) * 9,
      queueMinMs: noise(13, index) * 2,
      computeMs,
      predictedMs: index > 50 ? null : computeMs * (0.9 + noise(14, index) * 0.2),
      reason: REASONS[Math.floor(noise(15, index) * REASONS.length)] ?? 'only'
    }
  })
}

/** How a model is run when this much was set. */
export function tuning(set: TuningSetting, state: FakeState): ModelTuning {
  const {
    instances = 1,
    threads = state === 'no-gpu' ? Math.max(1, Math.floor(4 / instances)) : 4
  } = set
  const { maxBatch = 32, maxWaitMs = null } = set
  return { set, inForce: { instances, threads, maxBatch, maxWaitMs } }
}

/** Where the requests of a model go when this was set; a server whose model is `absent` is away. */
export function remote(name: string, setting: RemoteSetting | undefined): RemoteModel {
  const away = setting?.model === 'absent'
  const { url = null, version = null, precision = null, headers = {}, token } = setting ?? {}
  const sentence = away
    ? `Requests to ${name} are answered on this device until its inference server is back. The server has no model absent.`
    : `Requests to ${name} leave this device: ${url} answers them.`
  return {
    state: setting ? (away ? 'away' : 'serving') : 'off',
    sentence: setting ? sentence : `Requests to ${name} are answered on this device.`,
    ...{ url, version, precision },
    model: setting ? (setting.model ?? name) : null,
    timeoutMs: setting ? (setting.timeoutMs ?? 10_000) : null,
    headers: [...Object.keys(headers), ...(token === undefined ? [] : ['authorization'])].sort(),
    code: away ? 'NS_MODEL_UNKNOWN' : null,
    retryAt: away ? 1_764_300_000_000 : null
  }
}

/** `GET /v2/models/{name}`. */
export const tensors = (name: string) => ({
  name,
  inputs: [
    { name: 'input_ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'attention_mask', datatype: 'INT64', shape: [-1, -1] }
  ],
  outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, -1, 5] }]
})

export const change = (now: number, rest: Partial<AppliedChange>): AppliedChange => ({
  at: now,
  model: 'sentence-roles',
  setting: 'instances',
  from: 1,
  to: 2,
  state: 'kept',
  before: { throughput: 412, p95Ms: 31.2 },
  after: { throughput: 538, p95Ms: 27.9 },
  sentence: 'Two instances answer 31 % more requests a second, and p95 fell; kept.',
  automatic: false,
  ...rest
})

export function advice(now: number, state: FakeState): AdvisorOverview {
  if (state === 'empty') return { advice: [], changes: [], continuous: false }
  return {
    continuous: false,
    advice: [
      {
        at: now - 20_000,
        model: 'sentence-roles',
        bottleneck: 'queue',
        sentence:
          'Requests to sentence-roles wait longer than they compute: one instance is busy all the time.',
        evidence: [
          { name: 'Share of time waiting', value: '38 %', threshold: '25 %' },
          { name: 'Instance busy', value: '97 %', threshold: '90 %' },
          { name: 'GPU load', value: '54 %', threshold: '90 %' }
        ],
        recommendation: {
          id: 'r7',
          model: 'sentence-roles',
          setting: 'instances',
          from: 1,
          to: 2,
          sentence: 'Run two instances: the GPU has room for a second one.',
          gainLow: 22,
          gainHigh: 31
        }
      },
      {
        at: now - 20_000,
        model: 'pipe-wall-thickness-from-acoustic-emission-large',
        bottleneck: 'none',
        sentence: 'Nothing holds pipe-wall-thickness-from-acoustic-emission-large back.',
        evidence: [],
        recommendation: null
      }
    ],
    changes: [
      change(now - 40 * MINUTE, {}),
      change(now - 90 * MINUTE, {
        setting: 'max-batch',
        from: 16,
        to: 32,
        state: 'reverted',
        after: { throughput: 408, p95Ms: 44.1 },
        sentence: 'No more requests a second, and p95 rose by 13 ms; taken back.',
        automatic: true
      })
    ]
  }
}
