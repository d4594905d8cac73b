// Writes ONNX files from parts of another: nodes and weights are copied as they lie, stretch by stretch, so that
// a model larger than memory can be cut. Only the list of inputs and outputs is made anew.

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { type DataType, NearsideError } from '../../contract/index.ts'
import type {
  ModelDescription,
  NodeDescription,
  SparseDescription,
  TensorDescription,
  ValueDescription
} from './description.ts'
import { elementNumber } from './element-types.ts'
import { bytesField, lengthOf, numberField, type Piece, textField } from './wire.ts'

/** An input or output: as the original has it, by type and shape, or by name where a runtime finds out itself. */
export type ValueToWrite =
  | ValueDescription
  | { readonly name: string; readonly datatype: DataType; readonly shape: readonly number[] }
  | { readonly name: string }

export interface GraphToWrite {
  readonly nodes: readonly NodeDescription[]
  readonly initialisers: readonly TensorDescription[]
  readonly sparse: readonly SparseDescription[]
  readonly inputs: readonly ValueToWrite[]
  readonly outputs: readonly ValueToWrite[]
}

export interface ModelToWrite {
  readonly pieces: readonly Piece[]
}

/** Copied at once, bytes. */
const STRETCH_BYTES = 1024 * 1024

function typePieces(name: string, datatype: DataType, shape: readonly number[]): Piece[] {
  const dims = shape.flatMap((size, axis) =>
    bytesField(1, [size >= 0 ? numberField(1, size) : textField(2, `${name}_${axis}`)])
  )
  const tensor = [numberField(1, elementNumber(datatype)), ...bytesField(2, dims)]
  return bytesField(2, bytesField(1, tensor))
}

function valuePieces(value: ValueToWrite): Piece[] {
  if ('content' in value) return [value.content]
  const name = textField(1, value.name)
  return 'datatype' in value
    ? [name, ...typePieces(value.name, value.datatype, value.shape)]
    : [name]
}

/** Puts a graph into the frame of the model that it was taken from: versions, functions, metadata. */
export function graphPieces(model: ModelDescription, graph: GraphToWrite): ModelToWrite {
  const { nodes, initialisers, sparse, inputs, outputs } = graph
  const kept = new Set([...nodes.flatMap((node) => node.outputs)])
  for (const { name } of [...inputs, ...outputs]) kept.delete(name)
  const content = [
    ...nodes.flatMap((node) => bytesField(1, [node.content])),
    textField(2, model.graph.name || 'graph'),
    ...initialisers.flatMap((tensor) => bytesField(5, [tensor.content])),
    ...inputs.flatMap((value) => bytesField(11, valuePieces(value))),
    ...outputs.flatMap((value) => bytesField(12, valuePieces(value))),
    ...model.graph.values
      .filter(({ name }) => kept.has(name))
      .flatMap((value) => bytesField(13, [value.content])),
    ...sparse.flatMap(({ content }) => bytesField(15, [content]))
  ]
  return { pieces: [...model.frame, ...bytesField(7, content)] }
}

/**
 * Writes a model whose pieces lie in `source`; the target must not exist.
 * @returns digest and size of what was written
 * @throws NearsideError NS_MODEL_INDIVISIBLE when it would be larger than an ONNX file can be
 */
export async function writeOnnx(
  source: string,
  { pieces }: ModelToWrite,
  target: string
): Promise<{ sha256: string; size: number }> {
  const size = lengthOf(pieces)
  if (size >= 2 ** 31)
    throw new NearsideError('NS_MODEL_INDIVISIBLE', `${target} would be larger than 2 GB.`)
  const hash = createHash('sha256')
  const from = await open(source, 'r')
  try {
    const to = await open(target, 'wx', 0o644)
    try {
      for (const piece of pieces) {
        for await (const bytes of stretches(from, piece)) {
          hash.update(bytes)
          await to.writeFile(bytes)
        }
      }
      await to.sync()
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
  return { sha256: hash.digest('hex'), size }
}

async function* stretches(
  from: Awaited<ReturnType<typeof open>>,
  piece: Piece
): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(piece)) return yield piece
  for (let done = 0; done < piece.length; ) {
    const bytes = Buffer.alloc(Math.min(STRETCH_BYTES, piece.length - done))
    const { bytesRead } = await from.read(bytes, 0, bytes.length, piece.offset + done)
    if (bytesRead === 0)
      throw new NearsideError('NS_STORAGE_FAILED', 'The model became shorter while it was read.')
    yield bytes.subarray(0, bytesRead)
    done += bytesRead
  }
}
