// How much of an ONNX file is believed: bounds on sizes, counts and nesting, and the versions that the
// pinned ONNX Runtime takes. Generous against real models, small against a device's memory and time.

/** A protobuf message cannot be larger; weights beyond it lie in files of their own. */
export const MAX_FILE_BYTES = 2 ** 31 - 1
/** What may be looked at: nodes, names, shapes, numbers that are not stored raw. */
export const MAX_HEADER_BYTES = 64 * 1024 * 1024
/** Nodes of all graphs, subgraphs and functions, functions counted as often as they are called. */
export const MAX_NODES = 100_000
/** Graphs inside graphs; loops inside loops are rare beyond three. */
export const MAX_DEPTH = 8
/** Longest name of a tensor, node, operator or file. */
export const MAX_NAME_BYTES = 4096
/** Longest list of dimensions; ONNX Runtime's own kernels take 8 at most. */
export const MAX_RANK = 64
/** Elements of one tensor, 2^31: 8 GB as FP32, more than any accelerator takes as one operand. */
export const MAX_ELEMENTS = 2 ** 31
/** Elements of a tensor that the file does not hold but asks for: sparse weights spread out, constant fills. */
export const MAX_ASKED_ELEMENTS = 2 ** 28

/** IR versions that ONNX Runtime 1.30 loads [RAN]. Before 3 there were no operator sets. */
export const IR_VERSIONS = { from: 3, to: 13 } as const
/** Operator sets of the default domain that it loads [RAN]; before 7 most operators are not implemented. */
export const OPSET_VERSIONS = { from: 7, to: 26 } as const

/** Domains whose operators the shipped library has; others would need a library of code from the bundle. */
export const OPERATOR_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'com.microsoft',
  'com.microsoft.nchwc'
])
