// When a screen reads again: by the clock, or because a stream said so. No page is needed.

import { mock } from 'node:test'
import { test } from 'tap'
import { Loader } from './loader.ts'

const host = {
  updates: 0,
  addController: () => undefined,
  removeController: () => undefined,
  requestUpdate: () => {
    host.updates += 1
  },
  updateComplete: Promise.resolve(true)
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

test('while a stream tells, the clock reads only after a failure; when it comes back, once', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  let reads = 0
  let failing = false
  const loader = new Loader<number>(host, 3000)
  const tick = async (): Promise<number> => {
    mock.timers.tick(3000)
    await turn()
    return reads
  }
  loader.hostConnected()
  t.equal(await tick(), 0, 'there is nothing to read yet')
  loader.load(async () => {
    reads += 1
    if (failing) throw Object.assign(new Error('No answer.'), { code: 'NS_X' })
    return reads
  })
  t.equal(await tick(), 2, 'at once, and by the clock')
  loader.follow(false)
  t.equal(await tick(), 3)
  loader.follow(true)
  t.equal(reads, 4, 'what came before the stream is read')
  loader.follow(true)
  t.equal(await tick(), 4, 'the stream tells')
  failing = true
  loader.again()
  await turn()
  t.equal(loader.value, 4, 'the last good answer stays')
  t.same(loader.failure, { sentence: 'No answer.', code: 'NS_X' })
  failing = false
  t.equal(await tick(), 6, 'a failure is tried again')
  t.equal(loader.failure, undefined)
  t.equal(await tick(), 6)
  loader.hostDisconnected()
  loader.follow(false)
  t.equal(await tick(), 6)
  t.ok(host.updates > 0)
})

test('a screen that opens while the stream runs reads once', async (t) => {
  let reads = 0
  const loader = new Loader<number>(host, 3000)
  loader.load(async () => (reads += 1), true)
  loader.follow(true)
  await turn()
  t.equal(reads, 1)
})

test('what failed has a sentence, with a code only where there is one; a later reading counts', async (t) => {
  const loader = new Loader<string>(host)
  const fail = async (reason: unknown) => {
    loader.load(() => Promise.reject(reason), true)
    await turn()
    return loader.failure
  }
  t.same(await fail(new Error('The door is shut.')), { sentence: 'The door is shut.', code: '' })
  t.same(await fail('shut'), { sentence: 'shut', code: '' })
  const late = Promise.withResolvers<string>()
  loader.load(() => late.promise)
  loader.load(async () => 'newer')
  await turn()
  late.reject(new Error('too late'))
  await turn()
  t.same([loader.value, loader.failure], ['newer', undefined])
})
