import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { BenchmarkReport, BenchmarkSummary } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createHttpApp, listen } from '../../kernel/http-server.ts'
import { createLogger } from '../../kernel/logger.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { openBenchmarks } from '../advisor/index.ts'
import { addBenchmarkRoutes } from './benchmark-routes.ts'

/** The routes over real benchmarks of a tiny model that a home folder holds. */
async function setUp(t: Test) {
  const home = t.testdir()
  const key = testKey('mine')
  const keys = join(home, 'device', 'trusted-keys')
  await mkdir(keys, { recursive: true })
  await writeFile(join(keys, 'mine.pem'), key.trusted.key.export({ type: 'spki', format: 'pem' }))
  await writeTinyBundle({ dir: join(home, 'device', 'models', 'tiny', '1.0.0'), key })
  const open = async () => {
    const benchmarks = await openBenchmarks({ home, clock: systemClock })
    const logger = createLogger({ name: 'test', level: 'silent' })
    const app = await createHttpApp({ title: 'Test', version: '0.0.0', logger })
    addBenchmarkRoutes(app, benchmarks)
    const url = await listen(app, { host: '127.0.0.1', port: 0 })
    t.teardown(async () => {
      await benchmarks.close()
      await app.close()
    })
    return { benchmarks, url: `${url}/api/v1/benchmarks` }
  }
  return { home, open }
}

const start = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })

async function ended(url: string, id: string): Promise<BenchmarkReport> {
  for (;;) {
    const report = BenchmarkReport.parse(await (await fetch(`${url}/${id}`)).json())
    if (report.state !== 'running') return report
    await new Promise(setImmediate)
  }
}

const SHORT = {
  model: 'tiny',
  rungs: ['cpu'],
  batches: [1, 4],
  instances: [1],
  seconds: 0.1,
  repeats: 3
}

test('a benchmark is started, followed, read in three forms, compared and removed', async (t) => {
  const { open } = await setUp(t)
  const { url } = await open()
  const answer = await start(url, SHORT)
  t.equal(answer.status, 202)
  const first = BenchmarkReport.parse(await answer.json())
  t.equal(first.state, 'running')
  t.equal(first.cells.length, 2)
  const second = await start(url, SHORT)
  t.equal(second.status, 409)
  t.match(await second.json(), { code: 'NS_BENCHMARK_RUNNING', retryable: true })
  const report = await ended(url, first.id)
  t.equal(report.state, 'done')
  t.ok(
    report.cells.every(({ state, throughput }) => state === 'measured' && throughput?.low !== null)
  )
  t.equal(report.progress, 1)
  const list = BenchmarkSummary.array().parse(await (await fetch(url)).json())
  t.same(
    list.map(({ id, cells }) => [id, cells]),
    [[first.id, 2]]
  )
  const forms = [
    ['html', 'text/html', /^<!doctype html>/],
    ['md', 'text/markdown', /^# Benchmark of tiny 1\.0\.0/],
    ['json', 'application/json', /"run": \{/]
  ] as const
  for (const [format, type, text] of forms) {
    const form = await fetch(`${url}/${first.id}/report?format=${format}&compare=${first.id}`)
    t.match(form.headers.get('content-type'), type)
    t.match(await form.text(), text)
  }
  t.equal((await fetch(`${url}/${first.id}`, { method: 'DELETE' })).status, 204)
  t.same(await (await fetch(url)).json(), [])
})

test('a run that is removed while it runs is cancelled and stays; a restart keeps it', async (t) => {
  const { open } = await setUp(t)
  const { url, benchmarks } = await open()
  const { id } = (await (
    await start(url, { ...SHORT, seconds: 1, repeats: 30 })
  ).json()) as BenchmarkReport
  t.equal((await fetch(`${url}/${id}`, { method: 'DELETE' })).status, 204)
  t.equal((await ended(url, id)).state, 'cancelled')
  await benchmarks.close()
  const again = await open()
  t.equal((await ended(again.url, id)).state, 'cancelled')
})

test('wrong requests are refused in one sentence', async (t) => {
  const { open } = await setUp(t)
  const { url } = await open()
  const code = async (response: Response) => ((await response.json()) as { code: string }).code
  t.equal(await code(await start(url, { model: 'none' })), 'NS_MODEL_UNKNOWN')
  t.equal(await code(await start(url, { model: '../../etc' })), 'NS_MODEL_UNKNOWN')
  t.equal(await code(await start(url, { model: 'tiny', batches: [0] })), 'NS_REQUEST_INVALID')
  t.equal(await code(await start(url, { model: 'tiny', seconds: 1e9 })), 'NS_REQUEST_INVALID')
  t.equal(await code(await fetch(`${url}/none`)), 'NS_BENCHMARK_UNKNOWN')
  t.equal(await code(await fetch(`${url}/none/report`)), 'NS_BENCHMARK_UNKNOWN')
  t.equal(await code(await fetch(`${url}/none`, { method: 'DELETE' })), 'NS_BENCHMARK_UNKNOWN')
})
