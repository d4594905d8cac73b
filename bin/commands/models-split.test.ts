import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import proto from 'onnx-proto'
import { type Test, test } from 'tap'
import { readBundle, verifyBundle, writeManifest } from '../../models/index.ts'
import { signManifest } from '../../models/signing/index.ts'
import { writeLayeredBundle } from '../../test/harness/layered-model.ts'
import { oddModel } from '../../test/harness/odd-models.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { addModels } from './models.ts'

const { FLOAT, INT64, BOOL } = proto.onnx.TensorProto.DataType
const { GRAPH, INT } = proto.onnx.AttributeProto.AttributeType
const KEY = testKey('mine')

/** Runs `nearside models …` in this process and returns what it printed. */
async function run(t: Test, ...args: string[]): Promise<string> {
  const program = new Command('nearside').exitOverride().configureOutput({ writeErr: () => {} })
  addModels(program)
  for (const command of program.commands.flatMap((group) => group.commands))
    command.exitOverride().configureOutput({ writeErr: () => {} })
  const printed = t.capture(console, 'log')
  try {
    await program.parseAsync(['models', ...args], { from: 'user' })
  } finally {
    printed.restore()
  }
  return printed()
    .map(({ args: line }) => line.join(' '))
    .join('\n')
}

async function layers(t: Test) {
  const dir = t.testdir()
  const bundle = join(dir, 'layers')
  await writeLayeredBundle({ dir: bundle, key: KEY, layers: 8, width: 16 })
  return { dir, bundle, out: join(dir, 'out') }
}

test('a model of eight layers is cut between layers, proved, and says how it is signed', async (t) => {
  const { bundle, out } = await layers(t)
  const said = await run(t, 'split', bundle, '--parts', '2', '-o', out)
  t.match(said, /^PART +SIZE +NODES +WEIGHTS +OPERATIONS +PASSED ON$/m)
  t.match(said, /^model\.fp32\.part1of2\.onnx +0\.0 MB +\d+ +0\.0 MB +0\.0 M +0\.1 kB$/m)
  t.match(said, /The parts of model\.fp32\.onnx give what the whole gives, to within 0\.0/)
  t.match(said, /not signed. Sign it: nearside models sign .* --bump$/)
  const { manifest } = await readBundle(out)
  const [variant] = manifest.variants
  t.match(variant?.parts, [
    { inputs: [{ name: 'x', shape: [-1, 16] }], outputs: [{ name: 'early' }, { name: 'h4' }] },
    { inputs: [{ name: 'h4', datatype: 'FP32', shape: [-1, 16] }], outputs: [{ name: 'y' }] }
  ])
  const [first, second] = variant?.parts ?? []
  t.ok(Math.abs((first?.size ?? 0) - (second?.size ?? 0)) < 2000, 'halves')
  await t.rejects(verifyBundle(out, [KEY.trusted]), { code: 'NS_BUNDLE_UNSIGNED' })
  await signManifest(out, KEY.privateKey)
  t.equal((await verifyBundle(out, [KEY.trusted])).manifest.version, '1.0.0')
  await t.rejects(run(t, 'split', out, '--parts', '2', '-o', `${out}-2`), {
    message: /is in parts already/
  })
  t.match(await run(t, 'inspect', out), /^model\.fp32\.part2of2\.onnx +\d+ +13 /m)
})

test('parts may be equal by operations, and there may be more of them', async (t) => {
  const { dir, bundle } = await layers(t)
  await run(t, 'split', bundle, '--parts', '4', '--by', 'time')
  const { manifest } = await readBundle(join(dir, 'layers-in-4-parts'))
  t.strictSame(
    manifest.variants[0]?.parts?.map(({ inputs }) => inputs.map(({ name }) => name)),
    [['x'], ['h2'], ['h4'], ['h6']]
  )
})

test('a part that the list of files does not name is refused', async (t) => {
  const { bundle, out } = await layers(t)
  await run(t, 'split', bundle, '--parts', '2', '-o', out)
  const path = join(out, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8'))
  const [part] = manifest.variants[0].parts
  part.sha256 = '0'.repeat(64)
  await writeFile(path, JSON.stringify(manifest))
  await t.rejects(readBundle(out), { message: /part1of2\.onnx: is a part that the list/ })
  part.file = 'absent.onnx'
  await writeFile(path, JSON.stringify(manifest))
  await t.rejects(writeManifest(out), { message: /^absent\.onnx: is missing; add the part/ })
})

test('what cannot be done is said, and nothing is left behind', async (t) => {
  const { dir, bundle, out } = await layers(t)
  await t.rejects(run(t, 'split', bundle, '--parts', '64', '-o', out), {
    code: 'NS_MODEL_INDIVISIBLE',
    message: /has \d+ places where it can be cut, too few for 64 parts/
  })
  await t.rejects(run(t, 'split', bundle, '--parts', '1', '-o', out), { message: /from 2 to 64/ })
  await t.rejects(run(t, 'split', bundle, '--parts', '2', '-o', bundle), {
    code: 'NS_USAGE_INVALID',
    message: /is not empty/
  })
  await t.rejects(run(t, 'split', bundle, '--parts', '2', '-o', import.meta.filename), {
    message: /is a file/
  })
  await t.rejects(run(t, 'split', bundle, '--parts', '2', '-o', join(bundle, 'parts')), {
    message: /lies in the bundle itself/
  })
  t.strictSame((await readdir(dir)).sort(), ['layers'])
})

const port = (name: string, elemType: number, dims: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) }
    }
  }
})
const floats = (name: string, dims: number[], floatData: number[]) => ({
  name,
  dims,
  dataType: FLOAT,
  floatData
})

/** Writes a bundle for y = x of the tiny kind with another model in it. */
async function withModel(t: Test, bytes: Buffer, change: object = {}): Promise<string> {
  const dir = join(t.testdir(), 'tiny')
  await writeTinyBundle({ dir, key: KEY, change: (manifest) => Object.assign(manifest, change) })
  await writeFile(join(dir, 'model.fp32.onnx'), bytes)
  await writeManifest(dir)
  return dir
}

const INPUTS = [port('x', FLOAT, ['rows', 2]), port('spin', INT64, ['rows'])]
const OUTPUTS = [port('y', FLOAT, ['rows', 2])]

test('subgraphs, constants of their own, late inputs and old weight lists survive the cut', async (t) => {
  const branch = (name: string, by: string) => ({
    name,
    type: GRAPH,
    g: {
      name,
      node: [{ opType: 'Mul', input: ['a', by], output: [`${name}_y`] }],
      output: [port(`${name}_y`, FLOAT, ['rows', 2])]
    }
  })
  const bytes = oddModel(
    {
      node: [
        { opType: 'Add', input: ['half', 'half'], output: ['one'] },
        { opType: 'Mul', input: ['x', 'one'], output: ['a'] },
        { opType: 'Relu', input: ['a'], output: ['b'] },
        { opType: 'Sub', input: ['a', 'b'], output: ['c'] },
        {
          opType: 'If',
          input: ['true'],
          output: ['d'],
          attribute: [branch('then_branch', 'one'), branch('else_branch', 'half')]
        },
        {
          opType: 'Cast',
          input: ['spin'],
          output: ['spins'],
          attribute: [{ name: 'to', type: INT, i: FLOAT }]
        },
        { opType: 'Unsqueeze', input: ['spins', 'axis'], output: ['column'] },
        { opType: 'Mul', input: ['column', 'nought'], output: ['nothing'] },
        { opType: 'Add', input: ['b', 'c'], output: ['e'] },
        { opType: 'Add', input: ['d', 'e'], output: ['f'] },
        { opType: 'Mul', input: ['f', 'half'], output: ['g'] },
        { opType: 'Add', input: ['g', 'nothing'], output: ['y'] }
      ],
      initializer: [
        floats('half', [1], [0.5]),
        floats('nought', [1], [0]),
        { name: 'true', dims: [], dataType: BOOL, int32Data: [1] },
        { name: 'axis', dims: [1], dataType: INT64, int64Data: [1] }
      ],
      input: [
        ...INPUTS,
        port('half', FLOAT, [1]),
        port('nought', FLOAT, [1]),
        port('true', BOOL, []),
        port('axis', INT64, [1])
      ],
      output: OUTPUTS
    },
    { irVersion: 3 }
  )
  const dir = await withModel(t, bytes)
  await run(t, 'split', dir, '--parts', '3', '--by', 'time', '-o', `${dir}-3`)
  const [variant] = (await readBundle(`${dir}-3`)).manifest.variants
  t.equal(variant?.parts?.length, 3)
  t.strictSame(
    variant?.parts
      ?.flatMap(({ inputs }) => inputs.map(({ name }) => name))
      .filter((name) => ['half', 'nought', 'true', 'axis'].includes(name)),
    [],
    'weights are no inputs, even where the file lists them so'
  )
})

test('a model whose values cannot travel is not cut', async (t) => {
  const bytes = oddModel({
    node: [
      { opType: 'SequenceConstruct', input: ['x', 'x'], output: ['list'] },
      { opType: 'SequenceAt', input: ['list', 'first'], output: ['y'] }
    ],
    initializer: [{ name: 'first', dims: [], dataType: INT64, int64Data: [0] }],
    input: INPUTS,
    output: OUTPUTS
  })
  const dir = await withModel(t, bytes)
  await t.rejects(run(t, 'split', dir, '--parts', '2'), {
    code: 'NS_MODEL_INDIVISIBLE',
    message: /has 0 places where it can be cut, too few for 2 parts/
  })
})

test('a weight as output is not cut', async (t) => {
  const bytes = oddModel({
    node: [
      { opType: 'Relu', input: ['x'], output: ['r'] },
      { opType: 'Sub', input: ['x', 'r'], output: ['s'] },
      { opType: 'Add', input: ['r', 's'], output: ['y'] }
    ],
    initializer: [floats('w', [1], [1])],
    input: INPUTS,
    output: [...OUTPUTS, port('w', FLOAT, [1])]
  })
  const dir = await withModel(t, bytes)
  await t.rejects(run(t, 'split', dir, '--parts', '2'), { message: /output w is a weight/ })
})

test('a model of fixed rows is cut all the same', async (t) => {
  const bytes = oddModel({
    node: [
      { opType: 'Relu', input: ['x'], output: ['r'] },
      { opType: 'Sub', input: ['x', 'r'], output: ['s'] },
      { opType: 'Add', input: ['r', 's'], output: ['y'] }
    ],
    input: [port('x', FLOAT, [1, 2]), port('spin', INT64, [1])],
    output: [port('y', FLOAT, [1, 2])]
  })
  const dir = await withModel(t, bytes)
  await run(t, 'split', dir, '--parts', '2', '-o', `${dir}-2`)
  const [variant] = (await readBundle(`${dir}-2`)).manifest.variants
  t.match(
    variant?.parts?.[1]?.inputs.find(({ name }) => name === 'r'),
    { shape: [1, 2] }
  )
})

test('parts that would not give what the whole gives are not written', async (t) => {
  const bytes = oddModel({
    node: [
      { opType: 'RandomUniformLike', input: ['x'], output: ['noise'] },
      { opType: 'Relu', input: ['x'], output: ['r'] },
      { opType: 'Add', input: ['r', 'noise'], output: ['y'] }
    ],
    input: INPUTS,
    output: OUTPUTS
  })
  const dir = await withModel(t, bytes)
  await t.rejects(run(t, 'split', dir, '--parts', '2', '-o', `${dir}-2`), {
    code: 'NS_GOLDEN_MISMATCH',
    message: /model\.fp32\.onnx: the parts do not give what the whole gives/
  })
  await t.rejects(readBundle(`${dir}-2`), { message: /is no folder/ })
})
