// Bundles with several variants for the provider ladder, and the facts of machines that a test makes up.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import proto from 'onnx-proto'
import type { Precision, Rung } from '../../contract/index.ts'
import type { RungFacts } from '../../device/inference/rung-facts.ts'
import { type Bundle, readBundle } from '../../models/index.ts'
import { linearModel, testKey, writeTinyBundle } from './tiny-model.ts'

const { onnx } = proto
const { FLOAT, INT64 } = onnx.TensorProto.DataType

/** y = scale·x with the ports of `linearModel`, but `spin` costs nothing. */
export function quickModel(scale: number): Buffer {
  const port = (name: string, elemType: number, columns?: number) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: [{ dimParam: 'rows' }, ...(columns ? [{ dimValue: columns }] : [])] }
      }
    }
  })
  const graph = {
    name: 'quick',
    node: [{ opType: 'MatMul', input: ['x', 'weight'], output: ['y'] }],
    initializer: [
      { name: 'weight', dims: [2, 2], dataType: FLOAT, floatData: [scale, 0, 0, scale] }
    ],
    input: [port('x', FLOAT, 2), port('spin', INT64)],
    output: [port('y', FLOAT, 2)]
  }
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

interface LadderVariant {
  readonly precision: Precision
  readonly rungs: readonly Rung[]
  /** Default: `linearModel(2)`, whose outputs are the golden ones. */
  readonly model?: Buffer
}

interface LadderBundle {
  readonly dir: string
  readonly variants: readonly LadderVariant[]
  readonly name?: string
  /** First value of each golden input. */
  readonly values?: readonly number[]
  /** Turns of the loop in `linearModel`, about a million a second. */
  readonly spin?: number
}

const TOLERANCE = { atol: 1e-3, rtol: 1e-3 }

/** Writes a bundle whose files are `<precision>.onnx` and whose golden outputs are twice the inputs. */
export async function writeLadderBundle(options: LadderBundle): Promise<Bundle> {
  const { dir, variants, name = 'tiny', values = [1, 2, 3], spin = 1 } = options
  const cases = values.map((x) => ({
    inputs: {
      x: { datatype: 'FP32', shape: [1, 2], data: [x, -x] },
      spin: { datatype: 'INT64', shape: [1], data: [spin] }
    },
    outputs: { y: { datatype: 'FP32', shape: [1, 2], data: [2 * x, -2 * x] } }
  }))
  const tolerance = { fp32: TOLERANCE, fp16: TOLERANCE, int8: TOLERANCE }
  const change = (manifest: Record<string, unknown>): void => {
    rmSync(join(dir, 'model.fp32.onnx'))
    writeFileSync(join(dir, 'golden.json'), JSON.stringify({ cases, tolerance }))
    for (const { precision, model = linearModel(2) } of variants)
      writeFileSync(join(dir, `${precision}.onnx`), model)
    manifest['variants'] = variants.map(({ precision, rungs }) => ({
      ...{ file: `${precision}.onnx`, precision, rungs, memoryMb: 1 }
    }))
  }
  await writeTinyBundle({ dir, key: testKey(), name, change })
  return readBundle(dir)
}

/** A machine with a CPU and nothing else, unless told otherwise. */
export function machine(change: Partial<RungFacts> = {}): RungFacts {
  return {
    cpu: 'Test CPU',
    cores: 4,
    onnxruntime: '1.30.0',
    nvidia: false,
    driver: null,
    gpus: [],
    l4t: null,
    vulkan: { loader: null, drivers: [] },
    libraryFolders: [],
    libraries: [],
    ...change
  }
}

/** A machine on which every rung may be tried. */
export function fullMachine(change: Partial<RungFacts> = {}): RungFacts {
  const gpu = { name: 'Test GPU', uuid: null, computeCapability: '9.0', memoryMb: 81_559 }
  return machine({
    nvidia: true,
    driver: '580.65',
    gpus: [gpu, gpu],
    vulkan: { loader: '/usr/lib/libvulkan.so.1', drivers: ['/etc/vulkan/icd.d/test.json'] },
    libraries: [{ path: '/opt/libonnxruntime_providers_cuda.so', bytes: 1000, mtimeMs: 1 }],
    ...change
  })
}
