// The public face of models: the format of a model bundle, its signature and its golden check,
// and what ONNX files say.

export * from './bundle/index.ts'
export * from './engines/index.ts'
export { checkOnnxFile, type ModelFacts, modelFacts } from './onnx/index.ts'
export * from './signing/index.ts'
