// What killing an executor in the middle of its batches costs those who wait: every request must be answered
// once and rightly. Sixteen clients keep the model busy while its process is killed with SIGKILL again and again.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelPool, type Tensors } from '../../device/inference/index.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import type { Scenario, ScenarioResult } from '../scenario.ts'

const KILLS = 500
const CLIENTS = 16
/** What one run counts to, so that there is a middle to be killed in: about 5 ms. */
const SPIN = 5000n

interface Tally {
  asked: number
  right: number
  wrong: number
  failed: Record<string, number>
}

function inputsOf(number: number): Tensors {
  return {
    x: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(number, -number) },
    spin: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(SPIN) }
  }
}

async function client(pool: ModelPool, tally: Tally, going: () => boolean): Promise<void> {
  while (going()) {
    tally.asked += 1
    const number = tally.asked % 100_000
    try {
      const { answer } = await pool.submit('tiny', { kind: 'tensors', inputs: inputsOf(number) })
      const y = answer.kind === 'tensors' ? answer.outputs['y']?.data : undefined
      if (y?.[0] === number * 3 && y[1] === -number * 3) tally.right += 1
      else tally.wrong += 1
    } catch (error) {
      const code = String((error as { code?: unknown }).code)
      tally.failed[code] = (tally.failed[code] ?? 0) + 1
    }
  }
}

/** Kills the executor once it has answered since the last time; three losses in a row would be a fault of its own. */
async function killAll(pool: ModelPool): Promise<void> {
  let answered = -1
  for (let kills = 0; kills < KILLS; ) {
    await new Promise((resolve) => setTimeout(resolve, 3 + (kills % 7)))
    const [statistics] = pool.statistics('tiny')
    const [pid] = pool.pids('tiny')
    if (!pid || !statistics || statistics.executionCount <= answered) continue
    answered = statistics.executionCount
    try {
      process.kill(pid, 'SIGKILL')
      kills += 1
    } catch {
      // It just ended by the kill before.
    }
  }
}

async function run(): Promise<ScenarioResult> {
  const dir = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const key = testKey('bench')
  await writeTinyBundle({ dir, key, scale: 3 })
  const pool = new ModelPool({ trustedKeys: [key.trusted] })
  await pool.register(dir, 'builtin')
  await pool.load('tiny')
  const tally: Tally = { asked: 0, right: 0, wrong: 0, failed: {} }
  let going = true
  const clients = Array.from({ length: CLIENTS }, () => client(pool, tally, () => going))
  const began = performance.now()
  await killAll(pool)
  going = false
  await Promise.all(clients)
  const seconds = (performance.now() - began) / 1000
  await pool.close()
  const lost = tally.asked - tally.right - tally.wrong
  const rows = [
    { what: 'executors killed mid-load', value: KILLS, unit: '' },
    { what: 'requests answered', value: tally.right, unit: '' },
    { what: 'requests lost', value: lost, unit: '', must: '0', pass: lost === 0 },
    {
      what: 'requests answered wrongly or twice',
      ...{ value: tally.wrong, unit: '', must: '0', pass: tally.wrong === 0 }
    }
  ]
  return { rows, detail: { ...tally, seconds, clients: CLIENTS } }
}

export const scenario: Scenario = {
  name: 'executor-kill',
  title: 'Killing the executor of a busy model',
  run
}
