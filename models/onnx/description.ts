// An ONNX model as plain data: what its graphs say, and where in the file the heavy parts lie. Weights are
// never in it, only their ranges.

import type { ByteRange } from './wire.ts'

export interface TensorDescription {
  readonly name: string
  /** Number of the element type, see ELEMENT_TYPES. */
  readonly type: number
  readonly dims: readonly number[]
  /** Where raw bytes lie. */
  readonly raw: ByteRange | undefined
  /** Typed field → values that it holds. */
  readonly typed: ReadonlyMap<number, number>
  /** Key and value of each entry when the data lie in another file. */
  readonly external: ReadonlyMap<string, string> | undefined
  /** The values of a small INT64 tensor, which may be a shape. */
  readonly integers: readonly number[] | undefined
  /** Content of the message in the file. */
  readonly content: ByteRange
}

export interface SparseDescription {
  readonly values: TensorDescription
  readonly indices: TensorDescription | undefined
  readonly dims: readonly number[]
  readonly content: ByteRange
}

export interface AttributeDescription {
  readonly name: string
  /** Of a number attribute. */
  readonly integer: number | undefined
  /** Of a text attribute that is short enough to be a name. */
  readonly text: string | undefined
  readonly integers: readonly number[]
  readonly tensors: readonly TensorDescription[]
  readonly sparse: readonly SparseDescription[]
  readonly graphs: readonly GraphDescription[]
}

export interface NodeDescription {
  readonly name: string
  readonly op: string
  /** Empty for the operators of ONNX itself. */
  readonly domain: string
  /** Tells functions of one name apart; nearly always empty. */
  readonly overload: string
  /** An empty name stands for an optional input that is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly AttributeDescription[]
  readonly content: ByteRange
}

export interface ValueDescription {
  readonly name: string
  /** Number of the element type; undefined for what is no tensor, or has no type. */
  readonly type: number | undefined
  /** A number, a name, or null where nothing is said; undefined when the rank is unknown. */
  readonly dims: readonly (number | string | null)[] | undefined
  readonly content: ByteRange
}

export interface GraphDescription {
  readonly name: string
  readonly nodes: readonly NodeDescription[]
  readonly initialisers: readonly TensorDescription[]
  readonly sparse: readonly SparseDescription[]
  readonly inputs: readonly ValueDescription[]
  readonly outputs: readonly ValueDescription[]
  readonly values: readonly ValueDescription[]
}

export interface Opset {
  readonly domain: string
  readonly version: number
}

export interface FunctionDescription {
  readonly name: string
  readonly domain: string
  readonly overload: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly opsets: readonly Opset[]
  readonly nodes: readonly NodeDescription[]
}

export interface ModelDescription {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: readonly Opset[]
  readonly graph: GraphDescription
  readonly functions: readonly FunctionDescription[]
  readonly sizeBytes: number
  /** Whole fields beside the graph, in order, for a writer that keeps them. */
  readonly frame: readonly ByteRange[]
}

/** The default domain has two names; this gives the empty one for both. */
export function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}
