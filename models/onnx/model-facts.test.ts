import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { oddFolder, oddModel, relu } from '../../test/harness/odd-models.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { checkOnnxFile, modelFacts } from './index.ts'

test('operators, operator sets, parameters and weights are counted', async (t) => {
  const dir = await oddFolder(t)
  await writeFile(join(dir, 'm.onnx'), linearModel(2))
  const facts = modelFacts(await checkOnnxFile(dir, 'm.onnx'))
  t.match(facts, {
    irVersion: 8,
    opsets: [{ domain: '', version: 13 }],
    nodes: 7,
    operators: { Add: 2, Loop: 1, Identity: 1, MatMul: 1 },
    parameters: 6,
    weights: [{ type: 'FLOAT', parameters: 6, bytes: 24 }],
    externalFiles: []
  })
  t.equal(Object.keys(facts.operators)[0], 'Add')
})

test('weights elsewhere, sparse and in attributes count, and so do operators of other domains', async (t) => {
  const dir = await oddFolder(t)
  const value = { name: 'value', type: 4, t: { dims: [1], dataType: 7, int64Data: [1] } }
  const bytes = oddModel(
    {
      node: [
        { ...relu('x', 'y'), domain: 'com.microsoft', opType: 'Gelu' },
        { opType: 'Constant', output: ['c'], attribute: [value] }
      ],
      initializer: [
        {
          name: 'w',
          dims: [2],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: 'location', value: 'data' }]
        },
        { name: 'text', dims: [1], dataType: 8, stringData: [Buffer.from('hello')] },
        { name: 'four', dims: [3], dataType: 22, int32Data: [1, 2] }
      ],
      sparseInitializer: [
        {
          values: { name: 's', dims: [1], dataType: 10, int32Data: [1] },
          indices: { dims: [1], dataType: 7, int64Data: [0] },
          dims: [9]
        }
      ]
    },
    {
      producerName: 'test',
      opsetImport: [
        { domain: 'ai.onnx', version: 13 },
        { domain: 'com.microsoft', version: 1 },
        { domain: 'unused', version: 1 }
      ]
    }
  )
  await writeFile(join(dir, 'm.onnx'), bytes)
  t.match(modelFacts(await checkOnnxFile(dir, 'm.onnx')), {
    producer: 'test',
    opsets: [{ version: 13 }, { domain: 'com.microsoft' }],
    operators: { 'com.microsoft.Gelu': 1, Constant: 1 },
    parameters: 8,
    weights: [
      { type: 'FLOAT', bytes: 8 },
      { type: 'INT64', bytes: 8 },
      { type: 'INT4', bytes: 2 },
      { type: 'FLOAT16', bytes: 2 },
      { type: 'STRING', bytes: 0 }
    ],
    externalFiles: ['data']
  })
})
