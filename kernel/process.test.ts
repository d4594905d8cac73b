// Clock, ids, events, log and lifecycle.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { systemClock } from './clock.ts'
import { EventBus } from './event-bus.ts'
import { newId, newToken } from './ids.ts'
import { type Service, startAll } from './lifecycle.ts'
import { createLogger } from './logger.ts'
import { trimMemory, trimWhenSettled } from './trim-memory.ts'

test('ids sort by time and never repeat; tokens are long', async (t) => {
  const ids = Array.from({ length: 1000 }, (_, index) => newId(1_800_000_000_000 + index))
  t.same([...ids].sort(), ids)
  t.equal(new Set(Array.from({ length: 1000 }, () => newId())).size, 1000)
  t.match(newId(), /^[0-9a-hjkmnp-tv-z]{20}$/)
  t.match(newToken(), /^[0-9a-hjkmnp-tv-z]{32}$/)
})

test('listeners get their events in order until they are removed', async (t) => {
  const bus = new EventBus<{ tick: number }>()
  const seen: number[] = []
  t.equal(bus.has('tick'), false)
  bus.emit('tick', 0)
  const remove = bus.on('tick', (n) => seen.push(n))
  bus.on('tick', (n) => {
    seen.push(-n)
    if (n === 1) remove()
  })
  bus.emit('tick', 1)
  bus.emit('tick', 2)
  t.same(seen, [1, -1, -2])
  t.equal(bus.has('tick'), true)
})

test('the log never holds a secret or a document', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'nearside-log-')), 'device.log')
  const logger = createLogger({ name: 'device', file })
  logger.info({ token: 'hunter2', job: { text: 'private sentence' }, id: 7 }, 'enrolled')
  logger.debug('not written at this level')
  logger.flush()
  const text = await until(file, 'enrolled')
  t.match(JSON.parse(text), {
    name: 'device',
    msg: 'enrolled',
    id: 7,
    token: '[redacted]',
    job: { text: '[redacted]' }
  })
  t.notMatch(text, /hunter2|private sentence|not written/)
})

/** Reads again at every turn of the loop until the text is there. */
async function until(path: string, part: string): Promise<string> {
  for (;;) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    if (text.includes(part)) return text
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function recorder(
  name: string,
  calls: string[],
  fails: 'start' | 'stop' | 'never' = 'never'
): Service {
  const act = (what: 'start' | 'stop'): void => {
    calls.push(`${what} ${name}`)
    if (fails === what) throw new Error(`${name} cannot ${what}`)
  }
  return { name, start: () => act('start'), stop: () => act('stop') }
}

test('services start in order and stop in the reverse order', async (t) => {
  const calls: string[] = []
  const stop = await startAll([
    recorder('a', calls),
    recorder('b', calls, 'stop'),
    recorder('c', calls)
  ])
  await t.rejects(stop(), { message: 'b cannot stop' })
  t.same(calls, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
  calls.length = 0
  await t.rejects(
    startAll([recorder('a', calls), recorder('b', calls, 'start'), recorder('c', calls)]),
    {
      message: 'b cannot start'
    }
  )
  t.same(calls, ['start a', 'start b', 'stop a'])
})

test('the first signal ends a process in order, one a second later ends it at once', async (t) => {
  const script = `import { untilSignal } from ${JSON.stringify(join(import.meta.dirname, 'lifecycle.ts'))}
    let time = 0; const signal = untilSignal({ monotonicMs: () => (time += 600) }); setInterval(() => {}, 1000); console.log('up'); console.log(await signal)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const [name] = (await once(child.stdout, 'data')) as [Buffer]
  t.match(name.toString(), 'SIGTERM')
  child.kill('SIGTERM') // 600 ms after the first: the same wish
  child.kill('SIGINT') // 1,200 ms after it
  const [code] = await once(child, 'close')
  t.equal(code, 130)
})

test('the clock of the system runs timers and can cancel them', async (t) => {
  t.ok(systemClock.now() > 1_700_000_000_000)
  const before = systemClock.monotonicMs()
  let ticks = 0
  const stop = systemClock.every(1, () => {
    ticks += 1
  })
  systemClock.after(0, () => t.fail('cancelled'))()
  const alive = setInterval(() => undefined, 1000) // the clock's own timers keep nothing alive
  await new Promise<void>((resolve) => systemClock.after(5, resolve))
  clearInterval(alive)
  stop()
  t.ok(systemClock.monotonicMs() >= before)
  t.ok(ticks >= 0)
})

/** Fills the heap with what nobody needs; returns how much it was then. */
function waste(): number {
  const rows = Array.from({ length: 100 }, () => new Array<number>(10_000).fill(1.5))
  const { heapUsed } = process.memoryUsage()
  return rows.length === 100 ? heapUsed : 0
}

test('memory that is not needed any more goes back', async (t) => {
  const before = waste()
  trimMemory()
  t.ok(process.memoryUsage().heapUsed < before - 4_000_000)
  trimMemory()
})

test('a thread gives back what its start left, and again every hour, until it is stopped', async (t) => {
  const clock = new ManualClock()
  const stop = trimWhenSettled(clock)
  for (const ms of [15_000, 3_600_000]) {
    const before = waste()
    clock.advance(ms)
    t.ok(process.memoryUsage().heapUsed < before - 4_000_000)
  }
  stop()
  t.equal(clock.pending, 0)
})
