// A signed bundle of a model that answers every tensor as it came, one of each datatype that tensors have, so
// that doors are tested with ONNX Runtime itself.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import { signManifest, writeManifest } from '../../models/index.ts'
import type { TestKey } from './tiny-model.ts'

const { onnx } = proto
const TYPES = onnx.TensorProto.DataType

/** Datatypes of the Open Inference Protocol with those of ONNX. */
export const ECHO_TYPES = {
  BOOL: TYPES.BOOL,
  UINT8: TYPES.UINT8,
  UINT16: TYPES.UINT16,
  UINT32: TYPES.UINT32,
  UINT64: TYPES.UINT64,
  INT8: TYPES.INT8,
  INT16: TYPES.INT16,
  INT32: TYPES.INT32,
  INT64: TYPES.INT64,
  FP16: TYPES.FLOAT16,
  FP32: TYPES.FLOAT,
  FP64: TYPES.DOUBLE
} as const

export type EchoType = keyof typeof ECHO_TYPES

interface EchoBundle {
  readonly dir: string
  readonly key: TestKey
  readonly name: string
  /** Each gives an input `in_<type>` [rows, width] and an output `out_<type>`. */
  readonly types: readonly EchoType[]
  readonly maxBatch?: number
}

function port(name: string, type: EchoType) {
  const dim = [{ dimParam: 'rows' }, { dimParam: 'width' }]
  return { name, type: { tensorType: { elemType: ECHO_TYPES[type], shape: { dim } } } }
}

function echoModel(types: readonly EchoType[]): Buffer {
  const graph = {
    name: 'echo',
    node: types.map((type) => ({
      opType: 'Identity',
      input: [`in_${type}`],
      output: [`out_${type}`]
    })),
    input: types.map((type) => port(`in_${type}`, type)),
    output: types.map((type) => port(`out_${type}`, type))
  }
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

function goldenCases(types: readonly EchoType[]) {
  return [0, 1, 1].map((value) => {
    const tensors = (side: string) =>
      Object.fromEntries(
        types.map((type) => [
          `${side}_${type}`,
          { datatype: type, shape: [1, 1], data: [type === 'BOOL' ? value === 1 : value] }
        ])
      )
    return { inputs: tensors('in'), outputs: tensors('out') }
  })
}

/** Writes and signs the bundle. */
export async function writeEchoBundle(options: EchoBundle): Promise<void> {
  const { dir, key, name, types, maxBatch = 8 } = options
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'model.fp32.onnx'), echoModel(types))
  const golden = { cases: goldenCases(types), tolerance: { fp32: { atol: 0, rtol: 0 } } }
  await writeFile(join(dir, 'golden.json'), JSON.stringify(golden))
  const ports = (side: string) =>
    types.map((type) => ({ name: `${side}_${type}`, datatype: type, shape: [-1, -1] }))
  const manifest = {
    schemaVersion: 1,
    name,
    version: '1.2.3',
    task: 'test',
    languages: ['en'],
    licence: 'Apache-2.0',
    provenance: { recipe: 'test', seed: 1, trainingData: [] },
    pre: { id: 'none', settings: {} },
    post: { id: 'none', settings: {} },
    inputs: ports('in'),
    outputs: ports('out'),
    variants: [{ file: 'model.fp32.onnx', precision: 'fp32', memoryMb: 1, rungs: ['cpu'] }],
    batching: { maxBatch },
    latencyGoalMs: 100,
    accuracy: []
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  await writeManifest(dir)
  await signManifest(dir, key.privateKey)
}
