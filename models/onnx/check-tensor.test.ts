import proto from 'onnx-proto'
import { test } from 'tap'
import {
  INVALID,
  oddModel,
  passAll,
  port,
  type Refused,
  refuseAll,
  relu,
  UNSAFE
} from '../../test/harness/odd-models.ts'

const { onnx } = proto
const { FLOAT, INT64 } = onnx.TensorProto.DataType
const { INTS, INT, STRING, TENSOR, SPARSE_TENSOR } = onnx.AttributeProto.AttributeType

const weights = (change: object) =>
  oddModel({ initializer: [{ name: 'w', dims: [2], dataType: FLOAT, ...change }] })

const external = (entries: Record<string, string>, dims: number[] = [2]) =>
  weights({
    dims,
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value }))
  })

const engine = (attributes: Record<string, string | number>) =>
  oddModel(
    {
      node: [
        {
          opType: 'EPContext',
          domain: 'com.microsoft',
          input: ['x'],
          output: ['y'],
          attribute: Object.entries(attributes).map(([name, value]) =>
            typeof value === 'number'
              ? { name, type: INT, i: value }
              : { name, type: STRING, s: Buffer.from(value) }
          )
        }
      ]
    },
    {
      opsetImport: [
        { domain: '', version: 13 },
        { domain: 'com.microsoft', version: 1 }
      ]
    }
  )

const filled = (op: string, shape: object) =>
  oddModel({
    node: [
      { opType: op, input: op === 'Expand' ? ['x', 's'] : ['s'], output: ['z'] },
      relu('x', 'y')
    ],
    initializer: [{ name: 's', dims: [2], dataType: INT64, ...shape }]
  })

const HUGE = [1e6, 1e6]
const raw = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 8)
  for (const [index, value] of values.entries()) bytes.writeBigInt64LE(BigInt(value), index * 8)
  return { rawData: bytes }
}

const HOSTILE: Record<string, Refused> = {
  'weights of an unknown type': [weights({ dataType: 77 }), INVALID, /unknown element type 77/],
  'a negative dimension': [weights({ dims: [-1] }), INVALID, /negative dimension/],
  '8 GB of weights that are not there': [
    weights({ dims: [2 ** 31], rawData: Buffer.alloc(4) }),
    INVALID,
    /declares FLOAT\[2147483648\], 8589934592 bytes, but holds 4/
  ],
  'weights that overflow': [
    weights({ dims: [2 ** 32, 2 ** 32], rawData: Buffer.alloc(4) }),
    UNSAFE,
    /more elements than the 2147483648/
  ],
  'very many dimensions': [weights({ dims: Array(1000).fill(1) }), UNSAFE, /more than 64 dimens/],
  'too few numbers': [weights({ floatData: [1] }), INVALID, /2 numbers, but holds 1/],
  'numbers of another type': [weights({ int64Data: [1, 2] }), INVALID, /but holds 0/],
  'numbers stored in two ways': [
    weights({ rawData: Buffer.alloc(8), floatData: [1, 2] }),
    INVALID,
    /in two ways/
  ],
  'numbers in segments': [weights({ segment: { begin: 0, end: 1 } }), INVALID, /in segments/],
  'external data by absolute path': [
    external({ location: '/etc/passwd' }),
    UNSAFE,
    /names the file "\/etc\/passwd", which does not lie in the bundle/
  ],
  'external data above': [external({ location: '../data' }), UNSAFE, /"\.\.\/data"/],
  'external data on a drive': [external({ location: 'C:\\data' }), UNSAFE, /does not lie in/],
  'external data in memory': [
    external({ location: '*/_ORT_MEM_ADDR_/*', offset: '4096', length: '8' }),
    UNSAFE,
    /does not lie in the bundle/
  ],
  'external data behind a link': [external({ location: 'link' }), UNSAFE, /which is a link/],
  'external data behind a linked folder': [
    external({ location: 'linked/passwd' }),
    UNSAFE,
    /which is a link/
  ],
  'external data that are a folder': [external({ location: 'folder' }), INVALID, /no file/],
  'external data that are missing': [external({ location: 'absent' }), INVALID, /is missing/],
  'external data without a place': [external({}), INVALID, /is not named/],
  'external data beyond the end': [
    external({ location: 'data', offset: '96' }),
    INVALID,
    /needs bytes 96 to 104 of data, which has 100/
  ],
  'external data of another length': [
    external({ location: 'data', length: '4' }),
    INVALID,
    /8 bytes, but names 4/
  ],
  'an offset that is no number': [
    external({ location: 'data', offset: '-1' }),
    INVALID,
    /states the offset "-1"/
  ],
  'external text': [
    weights({ dataType: 8, dataLocation: 1, externalData: [{ key: 'location', value: 'data' }] }),
    INVALID,
    /holds text in another file/
  ],
  'weights here and elsewhere': [
    weights({ floatData: [1, 2], externalData: [{ key: 'location', value: 'data' }] }),
    INVALID,
    /both in this file and in another/
  ],
  'an input of 10^18 elements': [oddModel({ input: [port('x', [1e9, 1e9])] }), UNSAFE, /value "x"/],
  'an input of negative size': [
    oddModel({ input: [port('x', [-2])] }),
    INVALID,
    /negative dimension/
  ],
  'an input of very many dimensions': [
    oddModel({ input: [port('x', Array(65).fill(1))] }),
    UNSAFE,
    /more than 64 dimensions/
  ],
  'a huge fill': [filled('ConstantOfShape', raw(...HUGE)), UNSAFE, /asks with ConstantOfShape/],
  'a huge fill, listed': [filled('Expand', { int64Data: HUGE }), UNSAFE, /asks with Expand/],
  'a huge fill by a constant': [
    oddModel({
      node: [
        {
          opType: 'Constant',
          output: ['s'],
          attribute: [
            { name: 'value', type: TENSOR, t: { dims: [2], dataType: INT64, int64Data: HUGE } }
          ]
        },
        { opType: 'ConstantOfShape', input: ['s'], output: ['z'] },
        relu('x', 'y')
      ]
    }),
    UNSAFE,
    /asks with ConstantOfShape/
  ],
  'huge noise': [
    oddModel({
      node: [
        {
          opType: 'RandomNormal',
          output: ['z'],
          attribute: [{ name: 'shape', type: INTS, ints: HUGE }]
        },
        relu('x', 'y')
      ]
    }),
    UNSAFE,
    /asks with RandomNormal/
  ],
  'a sparse tensor that spreads out': [
    oddModel({
      sparseInitializer: [
        {
          values: { name: 's', dims: [1], dataType: FLOAT, floatData: [1] },
          indices: { name: '', dims: [1], dataType: INT64, int64Data: [0] },
          dims: HUGE
        }
      ]
    }),
    UNSAFE,
    /spreads out to more/
  ],
  'a sparse tensor without values': [
    oddModel({
      node: [
        {
          ...relu('x', 'y'),
          attribute: [{ name: 'a', type: SPARSE_TENSOR, sparseTensor: { dims: [2] } }]
        }
      ]
    }),
    INVALID,
    /without values/
  ],
  'a sparse tensor of negative size': [
    oddModel({
      sparseInitializer: [
        { values: { name: 's', dims: [1], dataType: FLOAT, floatData: [1] }, dims: [-1] }
      ]
    }),
    INVALID,
    /negative dimension/
  ],
  'a damaged tensor in an attribute': [
    oddModel({
      node: [
        {
          ...relu('x', 'y'),
          attribute: [{ name: 'a', type: TENSOR, t: { dims: [3], dataType: FLOAT } }]
        }
      ]
    }),
    INVALID,
    /3 numbers, but holds 0/
  ],
  'an engine outside': [
    engine({ embed_mode: 0, ep_cache_context: '/tmp/engine' }),
    UNSAFE,
    /names the file "\/tmp\/engine"/
  ],
  'an engine from a model outside': [
    engine({ embed_mode: 1, ep_cache_context: 'bytes', onnx_model_filename: '../m.onnx' }),
    UNSAFE,
    /"\.\.\/m\.onnx"/
  ],
  'an engine with a path that is too long': [
    engine({ embed_mode: 0, ep_cache_context: 'a'.repeat(5000) }),
    UNSAFE,
    /path that is too long/
  ]
}

test('tensors that are not what they declare, or lie elsewhere, are refused', (t) =>
  refuseAll(t, HOSTILE))

const GOOD: Record<string, Buffer> = {
  'external data': external({ location: 'data', offset: '92', length: '8', checksum: 'x' }),
  'numbers one by one': weights({ dataType: 10, int32Data: [1, 70_000] }),
  'raw numbers': weights({ rawData: Buffer.alloc(8) }),
  'an empty tensor': weights({ dims: [0] }),
  'an input of unknown size': oddModel({ input: [port('x', [-1])] }),
  'an embedded engine': engine({ embed_mode: 1, ep_cache_context: 'e'.repeat(9000) }),
  'an engine beside the model': engine({ embed_mode: 0, ep_cache_context: 'data' }),
  'a small fill': filled('ConstantOfShape', raw(2, 2))
}

test('tensors that are whole pass, in the file or beside it', (t) => passAll(t, GOOD))
