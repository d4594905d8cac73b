// Whether memory comes back: a model is loaded, asked and unloaded a thousand times, and the memory of the
// asking process is compared with what it was after the first fifty. And how soon a cold model answers.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelPool, type Tensors } from '../../device/inference/index.ts'
import {
  BUILTIN_MODELS,
  findBundles,
  loadTrustedKeys,
  trustedKeyFolders
} from '../../models/index.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { residentMb } from '../process-figures.ts'
import { median, type Scenario, type ScenarioResult } from '../scenario.ts'

const CYCLES = 1000
const WARM = 50
const COLD_STARTS = 9

const INPUTS: Tensors = {
  x: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) },
  spin: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(1n) }
}

async function cycles(): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const key = testKey('bench')
  await writeTinyBundle({ dir, key })
  const pool = new ModelPool({ trustedKeys: [key.trusted] })
  await pool.register(dir, 'builtin')
  const memory: number[] = []
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    await pool.load('tiny')
    await pool.submit('tiny', { kind: 'tensors', inputs: INPUTS })
    await pool.unload('tiny')
    if (cycle % 25 === 24) memory.push(residentMb(process.pid))
  }
  await pool.close()
  return memory
}

/** From a cold model that ships to its first answer, the golden check included, ms. */
async function coldStarts(): Promise<number[]> {
  const trustedKeys = await loadTrustedKeys(trustedKeyFolders(tmpdir()))
  const [bundle] = await findBundles(BUILTIN_MODELS)
  const times: number[] = []
  for (let start = 0; bundle && start < COLD_STARTS; start += 1) {
    const pool = new ModelPool({ trustedKeys })
    await pool.register(bundle.dir, 'builtin')
    const began = performance.now()
    await pool.submit(bundle.name, { kind: 'document', sentences: ['We measured it.'] })
    times.push(performance.now() - began)
    await pool.close()
  }
  return times
}

async function run(): Promise<ScenarioResult> {
  const starts = await coldStarts()
  const memory = await cycles()
  const before = median(memory.slice(WARM / 25 - 1, WARM / 25 + 3))
  const after = median(memory.slice(-4))
  const growth = Math.round(((after - before) / before) * 1000) / 10
  const coldMs = Math.round(median(starts))
  const rows = [
    {
      what: 'cold start to the first answer on the CPU',
      ...{ value: coldMs, unit: 'ms', must: '≤ 1000', pass: coldMs <= 1000 }
    },
    {
      what: `memory growth of the agent over ${CYCLES} load and unload cycles`,
      ...{ value: growth, unit: '%', must: '≤ 5', pass: growth <= 5 }
    }
  ]
  return { rows, detail: { startsMs: starts, residentMb: memory } }
}

export const scenario: Scenario = {
  name: 'load-cycles',
  title: 'Loading and unloading models',
  run
}
