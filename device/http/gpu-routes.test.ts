// GPUs and long histories over HTTP.

import { test } from 'tap'
import { GpuOverview, type SeriesHistory } from '../../contract/index.ts'
import { createHttpApp } from '../../kernel/http-server.ts'
import { createLogger } from '../../kernel/logger.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import type { DevicePorts } from './device-ports.ts'
import { addGpuRoutes } from './gpu-routes.ts'
import { addStatusRoutes } from './status-routes.ts'

async function app(add: (app: Awaited<ReturnType<typeof createHttpApp>>) => void) {
  const logger = createLogger({ name: 'test', level: 'silent' })
  const made = await createHttpApp({ title: 'Test', version: '0', logger })
  add(made)
  return made
}

test('the GPUs are listed; a machine without one says so', async (t) => {
  let overview: GpuOverview = { gpus: [], sentence: 'This machine has no GPU.' }
  const server = await app((made) => addGpuRoutes(made, { gpus: () => overview }))
  t.teardown(() => server.close())
  const get = async (): Promise<GpuOverview> =>
    GpuOverview.parse((await server.inject('/api/v1/gpus')).json())
  t.same(await get(), overview)
  const processes = [{ pid: 7, memoryMb: 512, model: 'sentiment' }]
  overview = { gpus: [anyGpu({ processes, throttle: ['thermal'] })], sentence: 'One GPU.' }
  t.same(await get(), overview)
})

test('history goes back thirty days and no further', async (t) => {
  const asked: [string, number][] = []
  const telemetry = {
    snapshot: () => ({ at: 0, series: [] }),
    history: async (name: string, windowS: number): Promise<SeriesHistory> => {
      asked.push([name, windowS])
      const series = {
        ...{ name, group: 'gpu' as const, title: 'GPU power', unit: 'W', decimals: 1, value: 70 },
        ...{ at: 0, periodS: 5, band: null, score: null, state: 'normal' as const }
      }
      return { series, points: [] }
    }
  }
  const ports: Pick<DevicePorts, 'telemetry'> = { telemetry }
  const server = await app((made) => addStatusRoutes(made, ports as DevicePorts))
  t.teardown(() => server.close())
  const status = async (minutes: number): Promise<number> =>
    (await server.inject(`/api/v1/telemetry/gpu.power:0?minutes=${minutes}`)).statusCode
  t.equal(await status(43_200), 200)
  t.same(asked, [['gpu.power:0', 30 * 24 * 3600]])
  t.equal(await status(43_201), 400)
})
