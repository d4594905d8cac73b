// What changes inside the device, as a page hears it over HTTP.

import { test } from 'tap'
import type { AdvisorOverview, BenchmarkSummary, DeviceEvents } from '../contract/index.ts'
import { EventStream } from '../kernel/http-events.ts'
import { createHttpApp, listen } from '../kernel/http-server.ts'
import { createLogger } from '../kernel/logger.ts'
import { sampleBenchmark } from '../test/harness/benchmark-sample.ts'
import { fetchEventSource } from '../test/harness/event-source.ts'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { LiveSignals } from './live-signals.ts'

const run = (id: string, over: Partial<BenchmarkSummary> = {}): BenchmarkSummary => {
  const { cells, ...rest } = sampleBenchmark()
  return { ...rest, id, cells: cells.length, state: 'running', ...over }
}

test('a benchmark begins and ends at once, goes on once a second; advice and removal follow', async (t) => {
  const clock = new ManualClock()
  const signals = new LiveSignals(clock)
  signals.onBenchmark(run('before')) // nobody listens yet
  const stream = new EventStream<DeviceEvents>()
  const logger = createLogger({ name: 'test', level: 'silent' })
  const app = await createHttpApp({ title: 'Test', version: '0.0.0', logger })
  stream.register(app, '/events', () => [{ name: 'job-removed', data: { id: 'hello' } }])
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  signals.start({ stream, status: {} as never, tellFleet: () => undefined })
  t.teardown(() => signals.stop())
  const events = fetchEventSource(`${url}/events`)
  const next = async () => {
    const { value } = await events.next()
    const { id = '', progress = '' } = (value?.data ?? {}) as Partial<BenchmarkSummary>
    return `${value?.name} ${id} ${progress}`.trim()
  }
  t.equal(await next(), 'job-removed hello')

  signals.onBenchmark(run('a', { progress: 0 }))
  t.equal(await next(), 'benchmark a 0')
  for (const progress of [0.1, 0.2, 0.3]) signals.onBenchmark(run('a', { progress }))
  clock.advance(1000)
  t.equal(await next(), 'benchmark a 0.3', 'the last of a second')
  clock.advance(1000)
  signals.onBenchmark(run('a', { progress: 0.9 }))
  signals.onBenchmark(run('a', { progress: 1, state: 'done' }))
  t.equal(await next(), 'benchmark a 1', 'nothing that is overtaken')
  clock.advance(1000)
  signals.onBenchmark(run('b', { progress: 0 }))
  t.equal(await next(), 'benchmark b 0')
  signals.onBenchmarkRemoved('a')
  t.equal(await next(), 'benchmark-removed a')
  const overview: AdvisorOverview = { advice: [], changes: [], continuous: true }
  signals.onAdvice(overview)
  t.same((await events.next()).value, { name: 'advice', data: overview })
})
