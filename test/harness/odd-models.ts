// ONNX models for tests of what is refused: a good one, and the means to spoil it.

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import type { Test } from 'tap'
import type { ErrorCode } from '../../contract/index.ts'
import { checkOnnxFile } from '../../models/onnx/index.ts'

const { onnx } = proto
const { FLOAT } = onnx.TensorProto.DataType

export const port = (name: string, dims: readonly number[] = [2]) => ({
  name,
  type: {
    tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } }
  }
})
export const relu = (input: string, output: string) => ({
  opType: 'Relu',
  input: [input],
  output: [output]
})

const GRAPH_OF: Readonly<Record<string, unknown>> = {
  name: 'g',
  node: [relu('x', 'y')],
  input: [port('x')],
  output: [port('y')]
}

/** A good model with changes to its graph and to itself. */
export function oddModel(graph: object = {}, change: object = {}): Buffer {
  const whole = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: { ...GRAPH_OF, ...graph },
    ...change
  }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(whole)).finish())
}

/** What a refusal must say. */
export type Refused = readonly [bytes: Buffer, code: ErrorCode, says: RegExp]
export const INVALID = 'NS_BUNDLE_INVALID'
export const UNSAFE = 'NS_MODEL_UNSAFE'

/** A bundle's folder with a file of 100 bytes, a folder, and links that lead out. */
export async function oddFolder(t: Test): Promise<string> {
  const dir = t.testdir({ data: 'x'.repeat(100) })
  await mkdir(join(dir, 'folder'))
  await symlink('/etc/passwd', join(dir, 'link'))
  await symlink('/etc', join(dir, 'linked'))
  return dir
}

/** Checks each model in a folder: the code, the sentence, and that it is one sentence that names the file. */
export async function refuseAll(t: Test, cases: Readonly<Record<string, Refused>>): Promise<void> {
  const dir = await oddFolder(t)
  for (const [name, [bytes, code, says]] of Object.entries(cases)) {
    await writeFile(join(dir, 'm.onnx'), bytes)
    const expected = { code, message: says, details: { file: 'm.onnx' } }
    await t.rejects(checkOnnxFile(dir, 'm.onnx'), expected, name)
    const error = await checkOnnxFile(dir, 'm.onnx').catch((reason: Error) => reason)
    t.match(error, { message: /^m\.onnx: [^\n]+\.$/ }, `${name}: one sentence`)
  }
}

/** Checks that each model passes. */
export async function passAll(t: Test, cases: Readonly<Record<string, Buffer>>): Promise<void> {
  const dir = await oddFolder(t)
  for (const [name, bytes] of Object.entries(cases)) {
    await writeFile(join(dir, 'm.onnx'), bytes)
    await t.resolves(checkOnnxFile(dir, 'm.onnx'), name)
  }
}
