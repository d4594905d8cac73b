// Small real ONNX models with what is rare: every tensor type, outputs whose shape depends on values, and text.

import proto from 'onnx-proto'

const { onnx } = proto
const { DataType } = onnx.TensorProto

function port(name: string, elemType: number, dims: readonly (string | number)[]): object {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size }
  )
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

function encode(graph: object): Buffer {
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

const TYPES: Readonly<Record<string, number>> = {
  BOOL: DataType.BOOL,
  UINT8: DataType.UINT8,
  UINT16: DataType.UINT16,
  UINT32: DataType.UINT32,
  UINT64: DataType.UINT64,
  INT8: DataType.INT8,
  INT16: DataType.INT16,
  INT32: DataType.INT32,
  INT64: DataType.INT64,
  FP16: DataType.FLOAT16,
  FP32: DataType.FLOAT,
  FP64: DataType.DOUBLE
}

/** An input `in_TYPE` [rows, 2] of each tensor type comes out as `out_TYPE`. */
export function everyTypeModel(): Buffer {
  const names = Object.keys(TYPES)
  return encode({
    name: 'types',
    node: names.map((name) => ({
      opType: 'Identity',
      input: [`in_${name}`],
      output: [`out_${name}`]
    })),
    input: Object.entries(TYPES).map(([name, type]) => port(`in_${name}`, type, ['rows', 2])),
    output: Object.entries(TYPES).map(([name, type]) => port(`out_${name}`, type, ['rows', 2]))
  })
}

/** `places` [1, count]: where `x` [n] is not zero; `count` depends on the values. */
export function nonZeroModel(): Buffer {
  return encode({
    name: 'places',
    node: [{ opType: 'NonZero', input: ['x'], output: ['places'] }],
    input: [port('x', DataType.FLOAT, ['n'])],
    output: [port('places', DataType.INT64, [1, 'count'])]
  })
}

/** `row` [1] of a table of three numbers by `index` [1]; one beyond the table is refused at the run. */
export function gatherModel(): Buffer {
  return encode({
    name: 'gather',
    node: [{ opType: 'Gather', input: ['table', 'index'], output: ['row'] }],
    initializer: [{ name: 'table', dims: [3], dataType: DataType.FLOAT, floatData: [10, 20, 30] }],
    input: [port('index', DataType.INT64, ['n'])],
    output: [port('row', DataType.FLOAT, ['n'])]
  })
}

/** `text` and `number` beside each other: text is a type that no tensor here carries. */
export function textModel(): Buffer {
  return encode({
    name: 'text',
    node: [
      { opType: 'Identity', input: ['word'], output: ['text'] },
      { opType: 'Identity', input: ['x'], output: ['number'] }
    ],
    initializer: [
      {
        name: 'word',
        dims: [1],
        dataType: DataType.STRING,
        stringData: [Buffer.from('word')]
      }
    ],
    input: [port('x', DataType.FLOAT, [])],
    output: [port('text', DataType.STRING, [1]), port('number', DataType.FLOAT, [])]
  })
}
