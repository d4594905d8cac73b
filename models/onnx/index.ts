// The public face of models/onnx: what an ONNX file says, and whether it may be loaded.

export { checkOnnxFile } from './check-graph.ts'
export type { ModelDescription } from './description.ts'
