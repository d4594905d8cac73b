import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { BenchmarkReport, BenchmarkRequest, BenchmarkSummary } from '../../contract/index.ts'
import { sampleBenchmark } from '../../test/harness/benchmark-sample.ts'
import { type BenchmarkFile, writeBenchmarkFile } from './benchmark-file.ts'
import { BenchmarkService, type RunControl } from './benchmark-service.ts'
import { BenchmarkStore } from './benchmark-store.ts'

const REQUEST = BenchmarkRequest.parse({ model: 'example-encoder' })

/** A service whose runs end when the test says so. */
async function setUp(t: Test, folder = join(t.testdir(), 'benchmarks')) {
  const store = new BenchmarkStore(folder)
  await store.open()
  const controls: RunControl[] = []
  const ends: ((file: BenchmarkFile | Error) => void)[] = []
  const told: BenchmarkSummary[] = []
  const removed: string[] = []
  let now = Date.UTC(2026, 10, 24)
  const service = new BenchmarkService({
    store,
    now: () => (now += 1000),
    onChange: (summary) => told.push(summary),
    onRemoved: (id) => removed.push(id),
    prepare: async (_request, control) => {
      controls.push(control)
      const first = {
        ...sampleBenchmark({ repeats: 0 }),
        id: control.id,
        state: 'running' as const,
        progress: 0
      }
      return {
        first,
        run: () =>
          new Promise((resolve, reject) => {
            control.signal.addEventListener('abort', () =>
              resolve({ ...first, state: 'cancelled' })
            )
            ends.push((file) =>
              file instanceof Error ? reject(file) : resolve({ ...file, id: control.id })
            )
          })
      }
    }
  })
  const last = <Item>(list: readonly Item[]): Item => {
    const item = list.at(-1)
    if (item === undefined) throw new Error('nothing there yet')
    return item
  }
  const settled = async (id: string): Promise<BenchmarkFile> => {
    for (;;) {
      const file = await service.get(id)
      if (file.state !== 'running') return file
      await new Promise(setImmediate)
    }
  }
  return {
    service,
    store,
    folder,
    told,
    removed,
    settled,
    control: () => last(controls),
    end: (file: BenchmarkFile | Error) => last(ends)(file)
  }
}

test('a run begins at once, shows how far it is, and is kept', async (t) => {
  const { service, told, folder, control, end, settled } = await setUp(t)
  const first = BenchmarkReport.parse(await service.start(REQUEST))
  t.equal(first.state, 'running')
  await new Promise(setImmediate)
  control().onProgress(3, 12)
  t.equal((await service.get(first.id)).progress, 0.25)
  control().onProgress(3, 0)
  t.equal(service.list()[0]?.progress, 0)
  await control().onRound({ ...sampleBenchmark(), id: first.id, state: 'running', progress: 0.5 })
  t.equal(service.list()[0]?.progress, 0.5)
  t.match(JSON.parse(await readFile(join(folder, `${first.id}.json`), 'utf8')), {
    state: 'running',
    progress: 0.5
  })
  end(sampleBenchmark())
  const done = await settled(first.id)
  t.equal(done.state, 'done')
  t.same(
    service.list().map((summary) => BenchmarkSummary.parse(summary).id),
    [first.id]
  )
  t.match(told.map(({ state }) => state).join(), /^running.*done$/)
  t.notOk('run' in (told[0] ?? {}), 'a summary has no windows')
})

test('one at a time', async (t) => {
  const { service, end, settled } = await setUp(t)
  const { id } = await service.start(REQUEST)
  await t.rejects(service.start(REQUEST), { code: 'NS_BENCHMARK_RUNNING', status: 409 })
  await new Promise(setImmediate)
  end(sampleBenchmark())
  await settled(id)
  const second = await service.start(REQUEST)
  t.not(second.id, id)
  t.same(
    service.list().map((one) => one.id),
    [second.id, id],
    'newest first'
  )
  await service.close()
  t.equal((await service.get(second.id)).state, 'cancelled')
  await t.rejects(service.start(REQUEST), { code: 'NS_BENCHMARK_RUNNING' })
})

test('two that ask in the same moment do not both get it', async (t) => {
  const { service } = await setUp(t)
  const results = await Promise.allSettled([service.start(REQUEST), service.start(REQUEST)])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await service.close()
})

test('removing cancels first, then removes', async (t) => {
  const { service, folder, removed } = await setUp(t)
  const { id } = await service.start(REQUEST)
  await service.remove(id)
  t.equal((await service.get(id)).state, 'cancelled')
  t.same(removed, [])
  await service.remove(id)
  t.same(removed, [id])
  await t.rejects(service.get(id), { code: 'NS_BENCHMARK_UNKNOWN', status: 404 })
  await t.rejects(service.remove(id), { code: 'NS_BENCHMARK_UNKNOWN' })
  t.same(await readdir(folder), [])
})

test('a run that fails says so and makes room for the next', async (t) => {
  const { service, end, settled } = await setUp(t)
  const { id } = await service.start(REQUEST)
  await new Promise(setImmediate)
  end(new Error('a fault'))
  const file = await settled(id)
  t.equal(file.state, 'failed')
  t.match(file.findings.join(), /unexpected fault/)
  await service.start(REQUEST)
  await service.close()
})

test('what is kept survives a restart, a cut-off run as cancelled', async (t) => {
  const { service, folder } = await setUp(t)
  const { id } = await service.start(REQUEST)
  await writeFile(join(folder, 'note.txt'), 'not ours')
  await writeFile(join(folder, `${'0'.repeat(20)}.json`), 'damaged')
  const again = new BenchmarkStore(folder)
  await again.open()
  t.same(
    again.list().map((one) => [one.id, one.state]),
    [[id, 'cancelled']]
  )
  t.match(
    (await again.read(id)).findings.join(),
    /The device stopped before the benchmark was done\./
  )
  await service.close()
})

test('the newest fifty are kept', async (t) => {
  const { store, folder } = await setUp(t)
  const id = (at: number): string => String(at).padStart(20, '0')
  const file = sampleBenchmark({ repeats: 1 })
  for (let at = 0; at < 50; at += 1)
    await writeBenchmarkFile(join(folder, `${id(at)}.json`), { ...file, id: id(at) })
  await store.open()
  await store.write({ ...file, id: id(50) })
  const names = await readdir(folder)
  t.equal(names.length, 50)
  t.notOk(names.includes(`${id(0)}.json`))
  t.equal(store.list().length, 50)
  t.equal(store.list()[0]?.id, id(50))
})
