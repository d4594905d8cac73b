// What a page hears of benchmarks and of the advisor while it only listens.

import { test } from 'tap'
import type { BenchmarkReport, BenchmarkSummary } from '../../contract/index.ts'
import { fetchEventSource } from '../harness/event-source.ts'
import { postJson, startUp } from '../harness/nearside-process.ts'

const WISH = {
  model: 'sentence-roles',
  rungs: ['cpu'],
  precisions: ['int8'],
  batches: [1],
  instances: [1],
  seconds: 0.1,
  repeats: 3
}

test('a benchmark is told from its beginning to its removal, and so is the advisor', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const events = fetchEventSource(`${up.device}/api/v1/events`)
  const next = async <Data>(name: string, is: (data: Data) => boolean): Promise<Data> => {
    for (;;) {
      const { value: event } = await events.next()
      if (!event) throw new Error('the event stream ended')
      if (event.name === name && is(event.data as Data)) return event.data as Data
    }
  }
  await next('device', () => true)
  const benchmarks = `${up.device}/api/v1/benchmarks`
  const { body, status } = await postJson<BenchmarkReport>(benchmarks, WISH)
  t.equal(status, 202)
  const mine = ({ id }: { id: string }): boolean => id === body.id
  t.match(await next<BenchmarkSummary>('benchmark', mine), {
    ...{ state: 'running', model: 'sentence-roles', cells: Number }
  })
  const done = await next<BenchmarkSummary>(
    'benchmark',
    (run) => mine(run) && run.state !== 'running'
  )
  t.match(done, { state: 'done', progress: 1, findings: [/\w/] })
  t.match(await (await fetch(`${benchmarks}/${body.id}`)).json(), { state: 'done' })
  await fetch(`${benchmarks}/${body.id}`, { method: 'DELETE' })
  t.same(await next<{ id: string }>('benchmark-removed', mine), { id: body.id })
  await postJson(`${up.device}/api/v1/advice/continuous`, { on: true })
  t.match(await next('advice', () => true), { continuous: true, changes: [] })
})
