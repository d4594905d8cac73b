import { test } from 'tap'
import { NearsideError } from '../../contract/index.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { LatencyWindow } from './latency-window.ts'
import { type BatchServer, Scheduler } from './scheduler.ts'

type Batches = { items: readonly string[]; finish: (error?: Error) => void }[]

/** A server whose batches end when the test says so; answers are the items with its name before them. */
function server(
  name: string,
  maxBatch = 3
): { server: BatchServer<string, string, string>; batches: Batches } {
  const batches: Batches = []
  return {
    batches,
    server: {
      about: name,
      maxBatch,
      run: (items) =>
        new Promise((resolve, reject) => {
          const finish = (error?: Error): void => {
            if (error) reject(error)
            else resolve({ answers: items.map((item) => `${name}:${item}`), computeMs: 5 })
          }
          batches.push({ items, finish })
        })
    }
  }
}

function scheduler(options: { queueLimit?: number } = {}) {
  const clock = new ManualClock()
  const seen = { wanted: 0, batches: [] as number[] }
  const made = new Scheduler<string, string, string>({
    model: 'tiny',
    clock,
    queueLimit: options.queueLimit ?? 10,
    onWaiting: () => {
      seen.wanted += 1
    },
    describe: () => ({ version: '1.0.0', rung: 'cpu' }),
    onBatch: ({ requests }) => seen.batches.push(requests.length)
  })
  const submit = (item: string, bucket = 'a', size = 1) => made.submit({ item, bucket, size })
  return { clock, seen, scheduler: made, submit }
}

test('requests wait for a server, then run in batches up to the limit, oldest first', async (t) => {
  const { clock, seen, scheduler: queue, submit } = scheduler()
  const answers = ['1', '2', '3', '4'].map((item) => submit(item))
  t.equal(seen.wanted, 4)
  t.equal(queue.waiting, 4)
  clock.advance(20)
  const { server: first, batches } = server('v1')
  await queue.serveWith([first])
  t.strictSame(batches[0]?.items, ['1', '2', '3'])
  t.equal(batches.length, 1, 'one batch at a time')
  t.ok(queue.busy)
  batches[0]?.finish()
  t.match(await answers[0], {
    answer: 'v1:1',
    about: 'v1',
    batchSize: 3,
    queueMs: 20,
    computeMs: 5
  })
  await settle()
  t.strictSame(batches[1]?.items, ['4'])
  batches[1]?.finish()
  t.match(await answers[3], { answer: 'v1:4', batchSize: 1 })
  await settle()
  t.strictSame(seen.batches, [3, 1])
  t.notOk(queue.busy)
})

test('a batch is bounded by its bytes too, and a row beyond them goes alone', async (t) => {
  const { scheduler: queue } = scheduler()
  const { server: only, batches } = server('v1', 8)
  const answers = [12, 12, 12, 40].map((megabytes, index) =>
    queue.submit({
      item: String(index),
      bucket: String(megabytes),
      size: 1,
      rowBytes: megabytes * 1024 * 1024
    })
  )
  await queue.serveWith([only])
  for (const items of [['0', '1'], ['2'], ['3']]) {
    t.strictSame(batches.at(-1)?.items, items)
    batches.at(-1)?.finish()
    await settle()
  }
  t.equal((await Promise.all(answers)).length, 4)
})

test('only requests of one bucket share a batch, and a large one fills it', async (t) => {
  const { scheduler: queue, submit } = scheduler()
  const { server: only, batches } = server('v1')
  await queue.serveWith([only])
  const all = [
    submit('first'),
    submit('a1'),
    submit('b1', 'b'),
    submit('a2'),
    submit('big', 'a', 9)
  ]
  await settle()
  for (let index = 0; index < 3; index += 1) {
    batches[index]?.finish()
    await settle()
  }
  await Promise.all(all)
  t.strictSame(
    batches.map(({ items }) => items),
    [['first', 'a1', 'a2'], ['b1'], ['big']]
  )
})

test('a full queue refuses at once', async (t) => {
  const { scheduler: queue, submit } = scheduler({ queueLimit: 1 })
  const waiting = submit('1')
  await t.rejects(submit('2'), { code: 'NS_INFERENCE_OVERLOADED', message: /1 requests already/ })
  queue.failAll(new NearsideError('NS_INFERENCE_FAILED', 'Gone.'))
  await t.rejects(waiting, { code: 'NS_INFERENCE_FAILED' })
})

test('a cancelled request leaves the queue; one that runs is answered', async (t) => {
  const { scheduler: queue } = scheduler()
  const { server: only, batches } = server('v1', 1)
  const [running, waiting] = [new AbortController(), new AbortController()]
  const submit = (item: string, { signal }: AbortController) =>
    queue.submit({ item, bucket: 'a', size: 1, signal })
  await queue.serveWith([only])
  const first = submit('1', running)
  await settle()
  const second = submit('2', waiting)
  waiting.abort()
  running.abort()
  await t.rejects(second, { code: 'NS_JOB_CANCELLED' })
  await t.rejects(submit('3', waiting), { code: 'NS_JOB_CANCELLED' })
  batches[0]?.finish()
  t.match(await first, { answer: 'v1:1' })
  t.equal(batches.length, 1)
})

test('a failing batch fails its own requests only', async (t) => {
  const { scheduler: queue, submit } = scheduler()
  const { server: only, batches } = server('v1', 1)
  await queue.serveWith([only])
  const first = submit('1')
  const second = submit('2')
  await settle()
  batches[0]?.finish(new NearsideError('NS_INFERENCE_DEADLINE', 'Too slow.'))
  await t.rejects(first, { code: 'NS_INFERENCE_DEADLINE' })
  await settle()
  batches[1]?.finish()
  t.match(await second, { answer: 'v1:2' })
})

test('a switch gives the next batch to the new server and waits for the old one', async (t) => {
  const { scheduler: queue, submit } = scheduler()
  const [old, young] = [server('v1', 1), server('v2', 1)]
  await queue.serveWith([old.server])
  const answers = [submit('1'), submit('2')]
  await settle()
  let drained = false
  const switched = queue.serveWith([young.server]).then(() => {
    drained = true
  })
  await settle()
  t.notOk(drained)
  t.strictSame(young.batches[0]?.items, ['2'], 'the new one does not wait for the old one')
  old.batches[0]?.finish()
  await switched
  await settle()
  young.batches[0]?.finish()
  t.match(await Promise.all(answers), [{ about: 'v1' }, { about: 'v2' }])
})

test('percentiles come from the last 512 durations', (t) => {
  const latency = new LatencyWindow()
  t.equal(latency.percentile(0.5), null)
  latency.add(7)
  t.equal(latency.percentile(0), 7)
  for (let duration = 1; duration <= 1000; duration += 1) latency.add(duration)
  t.equal(latency.percentile(0.5), 744)
  t.equal(latency.percentile(0.95), 975)
  t.equal(latency.percentile(1), 1000)
  t.end()
})
