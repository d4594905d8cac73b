// The public face of models/onnx: what an ONNX file says, and whether it may be loaded.

export { checkOnnxFile } from './check-graph.ts'
export type { ModelDescription } from './description.ts'
export { externalFiles, type ModelFacts, modelFacts } from './model-facts.ts'
export { type ObservedValue, observable, observe, type SeenRun } from './observed-values.ts'
export { type PartPlan, planSplit, type SplitOptions } from './split-graph.ts'
export { writeOnnx } from './write-model.ts'
