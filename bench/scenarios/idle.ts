// What an idle appliance costs: memory and processor of device and fleet, a minute after `nearside up`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceInfo } from '../../contract/index.ts'
import { getJson, LAUNCHER, newHome, startUp } from '../../test/harness/nearside-process.ts'
import { pause, processorSeconds, residentMb } from '../process-figures.ts'
import type { Scenario, ScenarioResult } from '../scenario.ts'

const SETTLE_MS = 60_000
const MEASURE_MS = 60_000

async function run(): Promise<ScenarioResult> {
  const home = newHome()
  await (await startUp(home, [], LAUNCHER)).stop() // the first start fills caches and makes certificates
  const started = performance.now()
  const up = await startUp(home, [], LAUNCHER)
  const startMs = performance.now() - started
  try {
    const device = (await getJson<DeviceInfo>(`${up.device}/api/v1/device`)).pid
    const fleet = (
      JSON.parse(readFileSync(join(home, 'fleet', 'run.json'), 'utf8')) as { pid: number }
    ).pid
    await pause(SETTLE_MS)
    const before = processorSeconds(device) + processorSeconds(fleet)
    await pause(MEASURE_MS)
    const share =
      ((processorSeconds(device) + processorSeconds(fleet) - before) / (MEASURE_MS / 1000)) * 100
    const [deviceMb, fleetMb] = [residentMb(device), residentMb(fleet)]
    return {
      rows: [
        {
          what: 'resident memory of the device process',
          value: deviceMb,
          unit: 'MB',
          must: '≤ 160',
          pass: deviceMb <= 160
        },
        {
          what: 'resident memory of the fleet process',
          value: fleetMb,
          unit: 'MB',
          must: '≤ 130',
          pass: fleetMb <= 130
        },
        {
          what: 'processor time of both, share of one core',
          value: share,
          unit: '%',
          must: '≤ 2',
          pass: share <= 2
        },
        {
          what: 'second start of nearside up',
          value: startMs / 1000,
          unit: 's',
          must: '< 3',
          pass: startMs < 3000
        }
      ],
      detail: { settleMs: SETTLE_MS, measureMs: MEASURE_MS }
    }
  } finally {
    await up.stop()
  }
}

export const scenario: Scenario = {
  name: 'idle',
  title: 'Idle: memory and processor of device and fleet',
  run
}
