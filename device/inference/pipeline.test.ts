import { join } from 'node:path'
import { type Test, test } from 'tap'
import { NearsideError } from '../../contract/index.ts'
import { readBundle, splitBundle } from '../../models/index.ts'
import { layeredOutputs, writeLayeredBundle } from '../../test/harness/layered-model.ts'
import { SPLIT_OPENER } from '../../test/harness/split-bundle.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { openPipelineServer, type PipelinePart, type PipelineStep } from './pipeline.ts'
import { openSplitModel } from './split-model.ts'
import { type Tensors, tensorFrom } from './tensors.ts'

const rows = (...values: number[]): Tensors => ({
  x: tensorFrom({ datatype: 'FP32', shape: [values.length, 1], data: values })
})
const numbersOf = (tensors: Tensors, name: string): number[] =>
  [...(tensors[name]?.data ?? [])].map(Number)

/** A part that adds to each number and ends when it is told to. */
function steppedPart(from: string, to: string, add: number) {
  const waiting: (() => void)[] = []
  const part: PipelinePart = {
    inputs: [from],
    run: (inputs) =>
      new Promise((resolve) => {
        const value = inputs[from]
        waiting.push(() => {
          const data = numbersOf(inputs, from).map((number) => number + add)
          const output = tensorFrom({ datatype: 'FP32', shape: [...(value?.shape ?? [])], data })
          resolve({ outputs: { [to]: output }, computeMs: 1 })
        })
      })
  }
  return { part, waiting, finish: () => waiting.shift()?.() }
}

const turn = (): Promise<void> => new Promise(setImmediate)

test('a part works on a micro-batch while the next part works on the one before', async (t) => {
  const first = steppedPart('x', 'h', 1)
  const second = steppedPart('h', 'y', 10)
  const steps: string[] = []
  const pipeline = openPipelineServer({
    parts: [first.part, second.part],
    outputs: ['y'],
    microRows: 2,
    onStep: ({ part, microBatch, state }) => steps.push(`${part}:${microBatch} ${state}`)
  })
  const done = pipeline.run(rows(1, 2, 3, 4, 5))
  await turn()
  t.equal(first.waiting.length, 1, 'a part has one micro-batch at a time')
  first.finish()
  await turn()
  t.equal(first.waiting.length, 1, 'part 1 is on the second micro-batch')
  t.equal(second.waiting.length, 1, 'while part 2 is on the first')
  first.finish()
  await turn()
  first.finish()
  await turn()
  t.equal(second.waiting.length, 1, 'part 2 is still on the first')
  for (let count = 0; count < 3; count += 1) {
    second.finish()
    await turn()
  }
  const { outputs, computeMs } = await done
  t.strictSame(numbersOf(outputs, 'y'), [12, 13, 14, 15, 16])
  t.strictSame(outputs['y']?.shape, [5, 1])
  t.equal(computeMs, 6)
  t.strictSame(
    steps.filter((step) => step.endsWith('begins') && step.startsWith('1')),
    ['1:0 begins', '1:1 begins', '1:2 begins'],
    'order is kept'
  )
  t.ok(steps.indexOf('0:1 begins') < steps.indexOf('1:0 ends'))
})

test('only as many micro-batches are under way as parts can use', async (t) => {
  const first = steppedPart('x', 'h', 1)
  const second = steppedPart('h', 'y', 1)
  const begun: number[] = []
  const pipeline = openPipelineServer({
    parts: [first.part, second.part],
    outputs: ['y'],
    microRows: 1,
    onStep: ({ part, microBatch, state }) => {
      if (part === 0 && state === 'begins') begun.push(microBatch)
    }
  })
  const done = pipeline.run(rows(...Array(8).keys()))
  for (let count = 0; count < 8; count += 1) {
    first.finish()
    await turn()
  }
  t.strictSame(begun, [0, 1, 2], 'the rest waits for part 2')
  let ended = false
  const result = done.finally(() => {
    ended = true
  })
  while (!ended) {
    first.finish()
    second.finish()
    await turn()
  }
  t.strictSame(numbersOf((await result).outputs, 'y'), [2, 3, 4, 5, 6, 7, 8, 9])
})

const plus = (from: string, to: string): PipelinePart => ({
  inputs: [from],
  run: async (inputs) => {
    const value = inputs[from]
    if (!value) throw new Error('not picked')
    if (value.data[0] === 3) throw new NearsideError('NS_WORKER_FAILED', 'The part was lost.')
    return { outputs: { [to]: value }, computeMs: 0 }
  }
})

test('the failure of one part fails its batch with its error, the next batch is served', async (t) => {
  const seen: number[] = []
  const pipeline = openPipelineServer({
    parts: [plus('x', 'h'), plus('h', 'y')],
    outputs: ['y', 'x'],
    microRows: 1,
    onStep: ({ microBatch }) => seen.push(microBatch)
  })
  const failing = pipeline.run(rows(1, 2, 3, 4, 5, 6, 7, 8))
  await t.rejects(failing, { code: 'NS_WORKER_FAILED', message: 'The part was lost.' })
  t.notOk(seen.includes(7), 'what is left of it is not begun')
  const { outputs } = await pipeline.run(rows(4, 5))
  t.strictSame(numbersOf(outputs, 'y'), [4, 5])
  t.strictSame(numbersOf(outputs, 'x'), [4, 5], 'an input may be an answer')
  const both = await Promise.all([pipeline.run(rows(1)), pipeline.run(rows(2, 9))])
  t.strictSame(
    both.map((answer) => numbersOf(answer.outputs, 'y')),
    [[1], [2, 9]],
    'batches do not mix'
  )
})

test('what cannot be cut by rows is said', async (t) => {
  const total: PipelinePart = {
    inputs: ['x'],
    run: async () => ({
      outputs: { y: tensorFrom({ datatype: 'FP32', shape: [1], data: [1] }) },
      computeMs: 0
    })
  }
  const pipeline = openPipelineServer({ parts: [total], outputs: ['y'], microRows: 2 })
  t.strictSame(numbersOf((await pipeline.run(rows(1))).outputs, 'y'), [1])
  await t.rejects(pipeline.run(rows(1, 2, 3)), {
    code: 'NS_INFERENCE_FAILED',
    message: /output y does not follow the rows/
  })
  const asking = openPipelineServer({
    parts: [{ ...total, inputs: ['z'] }],
    outputs: [],
    microRows: 1
  })
  await t.rejects(asking.run(rows(1)), {
    code: 'NS_INFERENCE_INPUT',
    message: /value z is missing/
  })
})

const SHAPE = { layers: 8, width: 16 }

async function splitLayers(t: Test, parts: number) {
  const dir = t.testdir()
  const folder = join(dir, 'layers')
  await writeLayeredBundle({ dir: folder, key: testKey(), ...SHAPE })
  const out = join(dir, 'split')
  await splitBundle({
    bundle: await readBundle(folder),
    out,
    parts,
    by: 'memory',
    opener: SPLIT_OPENER
  })
  const [variant] = (await readBundle(out)).manifest.variants
  if (!variant) throw new Error('no variant')
  return { dir: out, variant }
}

test('a real model in two executors overlaps and answers as the whole does', async (t) => {
  const { dir, variant } = await splitLayers(t, 2)
  const steps: PipelineStep[] = []
  const model = await openSplitModel({
    dir,
    variant,
    outputs: ['y', 'early'],
    microRows: 1,
    settings: { threads: 1 },
    onStep: (step) => steps.push(step)
  })
  t.teardown(() => model.close())
  t.equal(new Set(model.pids).size, 2, 'two processes')
  const x = Array.from({ length: 12 * SHAPE.width }, (_, index) => Math.sin(index))
  const inputs = { x: tensorFrom({ datatype: 'FP32', shape: [12, SHAPE.width], data: x }) }
  const { outputs } = await model.run(inputs)
  for (let row = 0; row < 12; row += 1) {
    const from = row * SHAPE.width
    const expected = layeredOutputs(x.slice(from, from + SHAPE.width), SHAPE)
    for (const name of ['y', 'early'] as const) {
      const given = numbersOf(outputs, name).slice(from, from + SHAPE.width)
      const off = expected[name].map((value, index) =>
        Math.abs(value - (given[index] ?? Number.NaN))
      )
      t.ok(Math.max(...off) < 1e-3, `${name} of row ${row}`)
    }
  }
  const order = steps.map(({ part, microBatch, state }) => `${part}:${microBatch} ${state}`)
  const overlapping = Array.from({ length: 11 }, (_, index) => index).filter((index) => {
    const [begins, ends] = [`0:${index + 1} begins`, `1:${index} ends`]
    return order.indexOf(begins) < order.indexOf(ends)
  })
  t.equal(overlapping.length, 11, 'each micro-batch began before the one before had ended')
  const whole = { ...variant }
  delete whole.parts
  await t.rejects(openSplitModel({ dir, variant: whole, outputs: [], microRows: 1 }), {
    code: 'NS_USAGE_INVALID'
  })
})

test('a part that is not what the manifest says closes those before it', async (t) => {
  const { dir, variant } = await splitLayers(t, 3)
  const [first, second, third] = variant.parts ?? []
  if (!first || !second || !third) throw new Error('three parts')
  const parts = [first, second, { ...third, sha256: second.sha256 }]
  const opened = openSplitModel({ dir, variant: { ...variant, parts }, outputs: [], microRows: 1 })
  await t.rejects(opened, { code: 'NS_BUNDLE_DIGEST' })
})
