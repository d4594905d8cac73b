// The public face of device/inference. Nothing behind it loads ONNX Runtime into this process.

export {
  checkHeads,
  checkInputs,
  checkValues,
  type InputContract
} from './check-inputs.ts'
export type { Origin } from './describe-model.ts'
export {
  type BuildHandle,
  buildMemory,
  EngineBuilder,
  type EngineBuilderOptions,
  type EngineRequest,
  keyOf
} from './engine-build.ts'
export type { MachineFacts } from './engine-build-protocol.ts'
export type { EngineExchange, OfferedEngine } from './engine-exchange.ts'
export type { EngineKey, EngineProfile } from './engine-key.ts'
export { EngineOffers, type EngineOffersOptions } from './engine-offers.ts'
export {
  EngineStore,
  type EngineStoreOptions,
  enginePlan,
  type StoredEngine
} from './engine-store.ts'
export { Executor, type WorkDone } from './executor.ts'
export { type EnginePlan, type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
export { gpuLibraryFolders, missingProviders } from './gpu-libraries.ts'
export { LadderCache } from './ladder-cache.ts'
export type { AnsweredBy, ModelAnswer, ModelRequest, Tuning } from './loaded-model.ts'
export {
  type LocalInference,
  openLocalInference,
  registerBuiltin
} from './local-inference.ts'
export {
  type EngineTraffic,
  ModelEngines,
  type ModelEnginesOptions,
  tunedRows
} from './model-engines.ts'
export { ModelPool, type ModelPoolOptions } from './model-pool.ts'
export {
  type Duration,
  FAILURE_REASONS,
  type FailureReason,
  LATENCY_BOUNDS_MS,
  type ModelStatistics
} from './model-statistics.ts'
export { trimNativeHeap } from './native-heap.ts'
export {
  openTrial,
  rungRefusal,
  type Trial,
  type TrialOptions,
  type TrialPlan,
  type TrialRun
} from './open-trial.ts'
export { probeRuntime, type RuntimeFacts } from './probe-runtime.ts'
export {
  type Climb,
  type ClimbDeps,
  climb,
  fallBack,
  passed,
  type RungDrop,
  rungDropped,
  type Taken
} from './provider-ladder.ts'
export { openRemoteSession, type RemoteOptions } from './remote-session.ts'
export { RemoteSettings } from './remote-settings.ts'
export { type FactSources, type RungFacts, readRungFacts } from './rung-facts.ts'
export type { RequestOptions as SubmitOptions } from './scheduler.ts'
export { createInferencePort } from './sentence-classifier.ts'
export type { ServedAnswer } from './served-options.ts'
export { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
export { openSplitModel, type SplitModel, type SplitModelOptions } from './split-model.ts'
export { bytesOf, isNumericType } from './tensor-arrays.ts'
export { ELEMENT_BYTES, type TensorHead, tensorFromBytes } from './tensor-bytes.ts'
export {
  openTensorExecutor,
  type TensorExecutor,
  type TensorExecutorOptions,
  type TensorFile,
  type TensorRun
} from './tensor-executor.ts'
export { allocate, elementsOf, type Tensor, type Tensors, tensorFrom } from './tensors.ts'
export { TrialEngines, type TrialEnginesOptions } from './trial-engines.ts'
