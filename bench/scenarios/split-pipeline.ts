// What two executors gain on a model that is cut in two: rows a second of the whole in one executor, of the parts
// one behind the other, and of the parts as a pipeline over micro-batches, each with one thread a part.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  openSplitModel,
  openTensorExecutor,
  type Tensors,
  tensorFrom
} from '../../device/inference/index.ts'
import { collectSeldom } from '../../kernel/trim-memory.ts'
import { readBundle, splitBundle } from '../../models/index.ts'
import { writeLayeredBundle } from '../../test/harness/layered-model.ts'
import { SPLIT_OPENER } from '../../test/harness/split-bundle.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { median, type Scenario, type ScenarioResult } from '../scenario.ts'

const LAYERS = 8
const WIDTH = 256
const ROWS = 1024
const ROUNDS = 25
/** The pipeline learns meanwhile into how many micro-batches it should cut. */
const WARM_UP = 15
const SETTINGS = { threads: 1 }

interface Contender {
  readonly name: 'whole' | 'in turn' | 'pipeline'
  run(inputs: Tensors): Promise<unknown>
  close(): Promise<void>
}

async function contenders(dir: string): Promise<Contender[]> {
  const { manifest } = await readBundle(dir)
  const [variant] = manifest.variants
  if (!variant) throw new Error('the bundle has no variant')
  const outputs = manifest.outputs.map(({ name }) => name)
  const split = { dir, variant, outputs, settings: SETTINGS }
  const whole = await openTensorExecutor({ dir, file: variant.file }, { settings: SETTINGS })
  const inTurn = await openSplitModel({ ...split, microRows: ROWS })
  const pipeline = await openSplitModel(split)
  return [
    { name: 'whole', run: (inputs) => whole.run(inputs), close: () => whole.close() },
    { name: 'in turn', run: (inputs) => inTurn.run(inputs), close: () => inTurn.close() },
    { name: 'pipeline', run: (inputs) => pipeline.run(inputs), close: () => pipeline.close() }
  ]
}

async function prepare(scratch: string): Promise<string> {
  const bundle = join(scratch, 'layers')
  await writeLayeredBundle({ dir: bundle, key: testKey(), layers: LAYERS, width: WIDTH })
  const out = join(scratch, 'split')
  const about = { bundle: await readBundle(bundle), out, parts: 2, opener: SPLIT_OPENER }
  await splitBundle({ ...about, by: 'time' })
  return out
}

async function measure(): Promise<ScenarioResult> {
  collectSeldom() // as the process does that hands batches on
  const scratch = await mkdtemp(join(tmpdir(), 'nearside-split-bench-'))
  try {
    const all = await contenders(await prepare(scratch))
    const data = Array.from({ length: ROWS * WIDTH }, (_, index) => Math.sin(index))
    const inputs = { x: tensorFrom({ datatype: 'FP32', shape: [ROWS, WIDTH], data }) }
    const times: Record<string, number[]> = {}
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      for (const { name, run } of all) {
        const started = performance.now()
        await run(inputs)
        if (round >= WARM_UP) times[name] = [...(times[name] ?? []), performance.now() - started]
      }
    }
    for (const { close } of all) await close()
    const rate = (name: Contender['name']): number => ROWS / (median(times[name] ?? []) / 1000)
    const gain = rate('pipeline') / rate('whole')
    return {
      rows: [
        { what: 'whole model, one executor', value: rate('whole'), unit: 'rows/s' },
        { what: 'two parts in turn, two executors', value: rate('in turn'), unit: 'rows/s' },
        { what: 'two parts as a pipeline, two executors', value: rate('pipeline'), unit: 'rows/s' },
        {
          what: 'pipeline against whole',
          value: gain,
          unit: 'times',
          must: '≥ 1.3',
          pass: gain >= 1.3
        }
      ],
      detail: {
        layers: LAYERS,
        width: WIDTH,
        rows: ROWS,
        threadsPerPart: 1,
        msPerBatch: times
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

export const scenario: Scenario = {
  name: 'split-pipeline',
  title: 'A model in two parts: pipeline over two executors against one',
  run: measure
}
