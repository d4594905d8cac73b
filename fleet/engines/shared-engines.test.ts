// What takes time, or happens at the same moment: a builder that falls silent, an engine that goes while it
// arrives, engines that nobody wants any more.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type Test, test } from 'tap'
import type { DeviceCredentials } from '../../kernel/device-certificate.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { signDocument } from '../../models/index.ts'
import { type Engine, engineOf } from '../../test/harness/engine-sender.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { TestAuthority } from '../../test/harness/test-authority.ts'
import { BlobStore } from '../registry/index.ts'
import { type ChangeBus, openSqliteStore } from '../store/index.ts'
import { SharedEngines } from './shared-engines.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

async function setting(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-shared-engines-'))
  const store = openSqliteStore(':memory:')
  t.teardown(() => store.close())
  const authority = await TestAuthority.create()
  const clock = new ManualClock(Date.now())
  const changes: ChangeBus = new EventBus()
  const blobs = new BlobStore(join(folder, 'blobs'))
  const engines = new SharedEngines({
    ...{ store, blobs, clock, changes, sharing: true },
    parts: join(folder, 'parts'),
    authority: async () => authority.certificate,
    limits: { maxBytes: 1e6, perModel: 9, perModelBytes: 1e9, totalBytes: 1e9 }
  })
  await engines.start()
  const device = async (deviceId: string): Promise<DeviceCredentials> => ({
    ...{ deviceId, ...(await authority.issue(deviceId)) }
  })
  const offer = (by: DeviceCredentials, engine: Engine) =>
    engines.offer(by.deviceId, signDocument('statement', engine.statement, by))
  const send = (by: DeviceCredentials, engine: Engine, which?: number) =>
    [...engine.files]
      .slice(which ?? 0, which === undefined ? 9 : which + 1)
      .map(([sha256, data]) => ({
        ...{ engine: engine.id, sha256, offset: 0, stream: Readable.from([data]) }
      }))
      .reduce(async (before, piece) => {
        await before
        await engines.receive(by.deviceId, piece)
      }, Promise.resolve())
  return { engines, blobs, clock, changes, device, offer, send }
}

test('a builder that falls silent for an hour gives its place to the next', async (t) => {
  const { engines, clock, device, offer, send } = await setting(t)
  const [a, b] = [await device('press-a'), await device('press-b')]
  const first = engineOf(a)
  const second = engineOf(b, { plan: Buffer.from('another plan') })
  await offer(a, first)
  await send(a, first, 0)
  clock.advance(59 * MINUTE_MS)
  t.match(await offer(b, second), { state: 'declined', missing: [] })
  clock.advance(2 * MINUTE_MS)
  t.match(await offer(b, second), { state: 'wanted' })
  await t.rejects(send(a, first, 1), { code: 'NS_ENGINE_UNKNOWN' })
  await send(b, second)
  t.match(await engines.list(), [{ state: 'ready', builder: 'press-b' }])
})

test('an engine that goes while a file of it arrives leaves nothing', async (t) => {
  const { engines, blobs, device, offer } = await setting(t)
  const a = await device('press-a')
  const engine = engineOf(a)
  await offer(a, engine)
  const [sha256 = '', data = Buffer.alloc(0)] = [...engine.files][1] ?? []
  const stream = new PassThrough()
  const receiving = engines.receive('press-a', { engine: engine.id, sha256, offset: 0, stream })
  stream.write(data.subarray(0, 1))
  await new Promise(setImmediate)
  await engines.remove(engine.id)
  stream.end(data.subarray(1))
  await t.rejects(receiving, { code: /NS_ENGINE_(UNKNOWN|DAMAGED)/ })
  t.notOk(await blobs.has(sha256))
  t.strictSame(await engines.list(), [])
})

test('an engine that is replaced while a file of it arrives keeps what both need', async (t) => {
  const { engines, blobs, device, offer } = await setting(t)
  const a = await device('press-a')
  const before = engineOf(a)
  const after = engineOf(a, { plan: Buffer.from('rebuilt') })
  await offer(a, before)
  const [shared = '', data = Buffer.alloc(0)] = [...before.files][0] ?? []
  const stream = new PassThrough()
  const receiving = engines.receive('press-a', {
    ...{ engine: before.id, sha256: shared, offset: 0, stream }
  })
  stream.write(data)
  stream.end()
  await Promise.allSettled([receiving, offer(a, after)])
  const answer = await offer(a, after)
  t.equal(answer.state, 'wanted')
  t.equal(
    answer.missing.some(({ sha256 }) => sha256 === shared),
    !(await blobs.has(shared))
  )
})

test('what nobody takes goes by itself, and whoever looks at the registry is told', async (t) => {
  const { engines, blobs, clock, changes, device, offer, send } = await setting(t)
  const told: string[] = []
  changes.on('models', ({ name }) => told.push(name))
  const a = await device('press-a')
  const [taken, idle] = [engineOf(a), engineOf(a, { tensorrt: '10.7.0', plan: Buffer.from('7') })]
  for (const engine of [taken, idle]) {
    await offer(a, engine)
    await send(a, engine)
  }
  t.strictSame(told, ['tiny', 'tiny'])
  clock.advance(60 * DAY_MS)
  await engines.take(taken.id)
  clock.advance(31 * DAY_MS)
  await engines.prune()
  t.match(await engines.list(), [{ id: taken.id, taken: 1 }])
  t.equal(told.length, 3)
  const [, [gone = ''] = []] = [...idle.files]
  t.notOk(await blobs.has(gone))
  const [[common = ''] = []] = [...idle.files]
  t.ok(await blobs.has(common), 'a file of both stays')
})
