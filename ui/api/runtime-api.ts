// What the workbench asks of the device's inference runtime: benchmarks, the advisor, and the steering of
// models and engine builds; one function a route, with the contract's types.

import type {
  AdvisorOverview,
  AppliedChange,
  BatchTrace,
  BenchmarkReport,
  BenchmarkRequest,
  BenchmarkSummary,
  ModelTuning,
  RemoteModel,
  RemoteSetting,
  TuningSetting
} from '../../contract/index.ts'
import { path, queryOf, request } from './request.ts'

const post = { method: 'POST' } as const

/** Tensors of a model as the Open Inference Protocol describes them (`GET /v2/models/{name}`). */
export interface ModelTensors {
  readonly inputs: readonly TensorShape[]
  readonly outputs: readonly TensorShape[]
}

interface TensorShape {
  readonly name: string
  readonly datatype: string
  /** -1 stands for a variable dimension. */
  readonly shape: readonly number[]
}

export const runtimeApi = {
  benchmarks: (): Promise<BenchmarkSummary[]> => request('/api/v1/benchmarks'),
  benchmark: (id: string): Promise<BenchmarkReport> => request(path`/api/v1/benchmarks/${id}`),
  startBenchmark: (wish: BenchmarkRequest): Promise<BenchmarkReport | BenchmarkSummary> =>
    request('/api/v1/benchmarks', { ...post, json: wish }),
  /** Cancels a run that is going on, deletes one that has ended. */
  deleteBenchmark: (id: string): Promise<void> =>
    request(path`/api/v1/benchmarks/${id}`, { method: 'DELETE' }),
  /** Address of the report as a file, for a download link; `compare` is the id of another run. */
  benchmarkUrl: (id: string, format: 'html' | 'json', compare = ''): string =>
    path`/api/v1/benchmarks/${id}/report` + queryOf({ format, compare }),

  advice: (): Promise<AdvisorOverview> => request('/api/v1/advice'),
  /** Changes one setting, measures before and after; the answer may come before it has ended. */
  applyAdvice: (id: string): Promise<AppliedChange> =>
    request(path`/api/v1/advice/${id}/apply`, post),
  adviseContinuously: (on: boolean): Promise<unknown> =>
    request('/api/v1/advice/continuous', { ...post, json: { on } }),

  /** How a model is run now, and what of it was set. */
  tuning: (name: string): Promise<ModelTuning> => request(path`/api/v1/models/${name}/tuning`),
  /** Answers once the new executors have taken over; what is left out follows the load. */
  tune: (name: string, setting: TuningSetting): Promise<ModelTuning> =>
    request(path`/api/v1/models/${name}/tuning`, { method: 'PUT', json: setting }),
  untune: (name: string): Promise<ModelTuning> =>
    request(path`/api/v1/models/${name}/tuning`, { method: 'DELETE' }),

  /** Where the requests of a model go. */
  remote: (name: string): Promise<RemoteModel> => request(path`/api/v1/models/${name}/remote`),
  /** Answers once the other server was asked for the golden outputs; replaces all that was set, token and headers too. */
  sendTo: (name: string, setting: RemoteSetting): Promise<RemoteModel> =>
    request(path`/api/v1/models/${name}/remote`, { method: 'PUT', json: setting }),
  answerHere: (name: string): Promise<RemoteModel> =>
    request(path`/api/v1/models/${name}/remote`, { method: 'DELETE' }),

  loadModel: (name: string): Promise<unknown> => request(path`/api/v1/models/${name}/load`, post),
  unloadModel: (name: string): Promise<unknown> =>
    request(path`/api/v1/models/${name}/unload`, post),
  buildEngine: (name: string): Promise<unknown> =>
    request(path`/api/v1/models/${name}/engine`, post),
  cancelEngine: (name: string): Promise<unknown> =>
    request(path`/api/v1/models/${name}/engine`, { method: 'DELETE' }),
  /** The newest batches of a model, newest first. */
  traces: (name: string): Promise<BatchTrace[]> => request(path`/api/v1/models/${name}/traces`),
  tensors: (name: string): Promise<ModelTensors> => request(path`/v2/models/${name}`)
}
