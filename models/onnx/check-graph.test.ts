import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import { test } from 'tap'
import {
  INVALID,
  oddFolder,
  oddModel,
  passAll,
  port,
  type Refused,
  refuseAll,
  relu,
  UNSAFE
} from '../../test/harness/odd-models.ts'
import { linearModel, positionModel } from '../../test/harness/tiny-model.ts'
import { BUILTIN_MODELS, findBundles } from '../bundle/index.ts'
import { checkOnnxFile } from './index.ts'
import { bytesField, numberField, textField } from './wire.ts'

const { onnx } = proto
const { FLOAT } = onnx.TensorProto.DataType
const { GRAPH, INT } = onnx.AttributeProto.AttributeType

/** A loop whose body holds a loop, and so on. */
function nested(depth: number): object {
  const inner = depth === 0 ? [] : [nested(depth - 1)]
  return {
    opType: 'If',
    input: ['x'],
    output: [`y${depth}`],
    attribute: [
      {
        name: 'then_branch',
        type: GRAPH,
        g: { name: 'b', node: [relu('x', `r${depth}`), ...inner], output: [port(`r${depth}`)] }
      }
    ]
  }
}

/** FunctionProto and a call, which the library of the tests is too old to know. */
function functions(...bodies: [name: string, ...calls: string[]][]): Buffer {
  const node = (op: string, index: number) =>
    bytesField(7, [
      textField(1, 'a'),
      textField(2, `b${index}`),
      textField(4, op),
      textField(7, 'own')
    ])
  const written = bodies.flatMap(([name, ...calls]) =>
    bytesField(25, [
      textField(1, name),
      textField(4, 'a'),
      textField(5, 'b0'),
      ...calls.flatMap(node),
      ...(calls.length === 0
        ? bytesField(7, [textField(1, 'a'), textField(2, 'b0'), textField(4, 'Relu')])
        : []),
      ...bytesField(9, [numberField(2, 13)]),
      ...bytesField(9, [textField(1, 'own'), numberField(2, 1)]),
      textField(10, 'own')
    ])
  ) as Buffer[]
  const start = oddModel({
    node: [{ opType: bodies[0]?.[0], domain: 'own', input: ['x'], output: ['y'] }]
  })
  return Buffer.concat([start, ...written])
}

const weights = (change: object) =>
  oddModel({ initializer: [{ name: 'w', dims: [2], dataType: FLOAT, ...change }] })

const HOSTILE: Record<string, Refused> = {
  'an empty file': [Buffer.alloc(0), INVALID, /is no ONNX model: it holds no graph/],
  text: [Buffer.from('{"model": 1}\n'), INVALID, /is no ONNX model or is cut off/],
  'a file that is cut off': [oddModel().subarray(0, 40), INVALID, /cut off \(a field goes beyond/],
  'a field number 0': [Buffer.from([0, 1]), INVALID, /no valid number/],
  'a group': [Buffer.from([0x0b]), INVALID, /unknown wire type 3/],
  'a number without end': [Buffer.alloc(12, 0xff), INVALID, /longer than 64 bits/],
  'a number that is cut off': [Buffer.from([0x08, 0x80]), INVALID, /a number is cut off/],
  'a negative length': [
    Buffer.concat([Buffer.from([0x3a]), Buffer.alloc(9, 0xff), Buffer.from([1])]),
    INVALID,
    /negative length/
  ],
  'a graph that is a number': [Buffer.from([0x38, 1]), INVALID, /a field has the wrong kind/],
  'two graphs': [Buffer.concat([oddModel(), oddModel()]), INVALID, /holds two graphs/],
  'an unknown IR version': [oddModel({}, { irVersion: 99 }), INVALID, /has IR version 99/],
  'an operator set to come': [
    oddModel({}, { opsetImport: [{ domain: '', version: 27 }] }),
    INVALID,
    /uses operator set 27/
  ],
  'no operator set': [oddModel({}, { opsetImport: [] }), INVALID, /without naming an operator set/],
  'a custom operator': [
    oddModel({ node: [{ ...relu('x', 'y'), domain: 'evil' }] }),
    UNSAFE,
    /needs the operator "Relu" of "evil"/
  ],
  'a node without operator': [
    oddModel({ node: [{ output: ['y'] }] }),
    INVALID,
    /without an operator/
  ],
  'a circle': [
    oddModel({ node: [relu('a', 'b'), relu('b', 'a'), relu('x', 'y')] }),
    INVALID,
    /wait for each other in a circle, "Relu" among/
  ],
  'a node that waits for itself': [oddModel({ node: [relu('y', 'y')] }), INVALID, /in a circle/],
  'a missing input': [
    oddModel({ node: [relu('no', 'y')] }),
    INVALID,
    /reads "no", but nothing gives/
  ],
  'a missing output': [oddModel({ output: [port('z')] }), INVALID, /promises the output "z"/],
  'no output': [oddModel({ output: [] }), INVALID, /has no output/],
  'a value given twice': [
    oddModel({ node: [relu('x', 'y'), relu('x', 'y')] }),
    INVALID,
    /two values/
  ],
  'an input given twice': [oddModel({ input: [port('x'), port('x')] }), INVALID, /two inputs/],
  'an output promised twice': [
    oddModel({ output: [port('y'), port('y')] }),
    INVALID,
    /two outputs/
  ],
  'a node name given twice': [
    oddModel({
      node: [
        { ...relu('x', 'y'), name: 'n' },
        { ...relu('x', 'z'), name: 'n' }
      ]
    }),
    INVALID,
    /two nodes named "n"/
  ],
  'an attribute given twice': [
    oddModel({
      node: [
        {
          ...relu('x', 'y'),
          attribute: [
            { name: 'a', type: INT, i: 1 },
            { name: 'a', type: INT, i: 2 }
          ]
        }
      ]
    }),
    INVALID,
    /two attributes/
  ],
  'weights given twice': [
    oddModel({
      initializer: [
        { name: 'w', dims: [1], dataType: FLOAT, floatData: [1] },
        { name: 'w', dims: [1], dataType: FLOAT, floatData: [1] }
      ]
    }),
    INVALID,
    /two weights named "w"/
  ],
  'weights without a name': [weights({ name: '', floatData: [1, 2] }), INVALID, /without a name/],
  'graphs nested too deep': [
    oddModel({ node: [relu('x', 'y'), nested(9)] }),
    UNSAFE,
    /nests graphs deeper than 8/
  ],
  'a subgraph that reads what nobody gives': [
    oddModel({
      node: [
        relu('x', 'y'),
        {
          opType: 'If',
          input: ['x'],
          output: ['z'],
          attribute: [
            {
              name: 'then_branch',
              type: GRAPH,
              g: { name: 'b', node: [relu('nobody', 'r')], output: [port('r')] }
            }
          ]
        }
      ]
    }),
    INVALID,
    /reads "nobody"/
  ],
  'a function that calls itself': [functions(['f', 'g'], ['g', 'f']), INVALID, /calls itself/],
  'a function that nobody calls and that calls itself': [
    functions(['f'], ['g', 'g']),
    INVALID,
    /"g", which calls itself/
  ],
  'a function given twice': [functions(['f'], ['f']), INVALID, /two functions named "f"/],
  'functions that unfold without end': [
    functions(
      ...Array.from({ length: 20 }, (_, level): [string, ...string[]] => [
        `f${level}`,
        ...Array(4).fill(`f${level + 1}`)
      ]),
      ['f20']
    ),
    UNSAFE,
    /once its functions are written out/
  ],
  'functions that call each other far down': [
    functions(
      ...Array.from({ length: 80 }, (_, level): [string, string] => [`f${level}`, `f${level + 1}`]),
      ['f80']
    ),
    UNSAFE,
    /more than 64 deep/
  ],
  'a very long name': [oddModel({ node: [relu('x', 'y'.repeat(5000))] }), UNSAFE, /a name of 5000/]
}

test('hostile and damaged models are refused by name, with a code and a sentence', (t) =>
  refuseAll(t, HOSTILE))

test('an attribute that is given twice is refused, because loaders join it', async (t) => {
  const dir = await oddFolder(t)
  const graph = bytesField(6, [textField(2, 'b')])
  const attribute = bytesField(5, [textField(1, 'body'), ...graph, ...graph])
  const node = bytesField(1, [textField(2, 'y'), textField(4, 'Loop'), ...attribute])
  const bytes = Buffer.concat(bytesField(7, node) as Buffer[])
  await writeFile(join(dir, 'm.onnx'), bytes)
  await t.rejects(checkOnnxFile(dir, 'm.onnx'), { message: /given twice/ })
  const values = bytesField(1, [textField(8, 'v')])
  const sparse = bytesField(15, [...values, ...values])
  await writeFile(join(dir, 'm.onnx'), Buffer.concat(bytesField(7, sparse) as Buffer[]))
  await t.rejects(checkOnnxFile(dir, 'm.onnx'), { message: /sparse tensor that is given twice/ })
})

test('default values of functions are checked as any other', async (t) => {
  const dir = await oddFolder(t)
  const entry = bytesField(13, [textField(1, 'location'), textField(2, '/etc/passwd')])
  const tensor = bytesField(5, [numberField(1, 1), numberField(2, FLOAT), ...entry])
  const standard = bytesField(11, [textField(1, 'a'), ...tensor])
  const body = bytesField(7, [textField(1, 'a'), textField(2, 'b'), textField(4, 'Relu')])
  const parts = [textField(1, 'f'), textField(4, 'a'), textField(5, 'b'), textField(10, 'own')]
  const written = bytesField(25, [
    ...parts,
    ...standard,
    ...body,
    ...bytesField(9, [numberField(2, 13)]),
    textField(13, 'over')
  ]) as Buffer[]
  await writeFile(join(dir, 'm.onnx'), Buffer.concat([oddModel(), ...written]))
  await t.rejects(checkOnnxFile(dir, 'm.onnx'), { code: UNSAFE, message: /"\/etc\/passwd"/ })
})

test('a file beyond 2 GB and one full of small things are refused without being read through', async (t) => {
  const dir = await oddFolder(t)
  await writeFile(join(dir, 'large.onnx'), oddModel())
  await truncate(join(dir, 'large.onnx'), 2 ** 31)
  await t.rejects(checkOnnxFile(dir, 'large.onnx'), { code: UNSAFE, message: /larger than 2 GB/ })
  const entry = Buffer.concat(bytesField(14, [textField(1, 'k')]) as Buffer[])
  await writeFile(join(dir, 'many.onnx'), Buffer.alloc(entry.length * 4e6, entry))
  await t.rejects(checkOnnxFile(dir, 'many.onnx'), { code: UNSAFE, message: /more than 64 MiB/ })
  const node = Buffer.concat(bytesField(1, [textField(4, 'Relu')]) as Buffer[])
  const nodes = Buffer.alloc(node.length * 100_001, node)
  await writeFile(join(dir, 'nodes.onnx'), Buffer.concat(bytesField(7, [nodes]) as Buffer[]))
  await t.rejects(checkOnnxFile(dir, 'nodes.onnx'), { code: UNSAFE, message: /100000 nodes/ })
})

const GOOD: Record<string, Buffer> = {
  'a plain model': oddModel(),
  'a loop': linearModel(2),
  'a sentence model': positionModel(),
  'nodes in any order': oddModel({ node: [relu('a', 'y'), relu('x', 'a')] }),
  'graphs nested as deep as they may': oddModel({ node: [relu('x', 'y'), nested(7)] }),
  functions: functions(['f', 'g', 'g'], ['g']),
  'an optional input that is not given': oddModel({
    node: [{ opType: 'Clip', input: ['x', '', ''], output: ['y'] }]
  })
}

test('good models pass and are described', async (t) => {
  await passAll(t, GOOD)
  for (const bundle of await findBundles(BUILTIN_MODELS)) {
    const { graph, irVersion } = await checkOnnxFile(bundle.dir, 'model.int8.onnx')
    t.ok(graph.nodes.length > 100 && irVersion > 7)
  }
})

test('what is no model file at all keeps its own error', async (t) => {
  const dir = await oddFolder(t)
  await t.rejects(checkOnnxFile(dir, 'absent.onnx'), { code: 'NS_INTERNAL' })
})
