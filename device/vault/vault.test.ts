import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { mountSmallDisk } from '../../test/harness/small-disk.ts'
import { AuditStore, openDeviceDatabase } from '../store/index.ts'
import { AuditTrail, Retention, Vault } from './index.ts'

const temporary = (): string => mkdtempSync(join(tmpdir(), 'nearside-vault-'))
const key = randomBytes(32)
const CANARY = 'patient-4711-has-a-secret'

function makeVault(folder = temporary()) {
  const database = openDeviceDatabase(':memory:')
  const audit = new AuditTrail({ store: new AuditStore(database), clock: new ManualClock() })
  return { folder, audit, vault: new Vault({ folder, key, audit }) }
}

test('a file comes back as it went in, whatever its size', async (t) => {
  const { vault, folder } = makeVault()
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 300_001]) {
    const data = randomBytes(size)
    const pieces = Readable.from([data.subarray(0, size >> 1), data.subarray(size >> 1)])
    const stored = await vault.intake('job-1', pieces, size)
    t.equal(stored.bytes, size)
    t.equal(stored.sha256, createHash('sha256').update(data).digest('hex'))
    t.ok((await vault.read(stored.id)).equals(data), `${size} bytes`)
    t.ok(Buffer.concat(await vault.open(stored.id).toArray()).equals(data))
  }
  t.equal(readdirSync(folder).length, 7)
})

test('nothing readable lies on the disk, neither content nor name', async (t) => {
  const { vault, folder } = makeVault()
  const stored = await vault.put('job-1', Buffer.from(CANARY.repeat(10_000)))
  const bytes = readFileSync(join(folder, stored.id))
  t.notOk(bytes.includes(CANARY))
  t.notOk(Buffer.from(vault.seal(CANARY)).includes(CANARY))
  t.equal(vault.unseal(vault.seal(CANARY)), CANARY)
  t.not(
    Buffer.from(vault.seal(CANARY)).toString('hex'),
    Buffer.from(vault.seal(CANARY)).toString('hex')
  )
})

test('a file over the limit is refused as soon as the limit is passed, and leaves nothing', async (t) => {
  const { vault, folder } = makeVault()
  let given = 0
  const endless = (async function* () {
    for (;;) {
      given += 65_536
      yield Buffer.alloc(65_536)
    }
  })()
  const failure = vault.intake('job-1', endless, 2 * 1024 * 1024)
  await t.rejects(failure, { code: 'NS_INPUT_TOO_LARGE', message: /larger than 2 MiB/ })
  t.equal(given, 2 * 1024 * 1024 + 65_536)
  t.same(readdirSync(folder), [])
  await t.rejects(vault.intake('job-1', Readable.from([Buffer.alloc(11)]), 10), {
    message: /10 bytes/
  })
})

test('a source that breaks leaves nothing', async (t) => {
  const { vault, folder } = makeVault()
  const broken = (async function* () {
    yield Buffer.alloc(100_000)
    throw new Error('connection lost')
  })()
  await t.rejects(vault.intake('job-1', broken, 1e9), { code: 'NS_INTERNAL' })
  t.same(readdirSync(folder), [])
  await t.rejects(vault.intake('../up', Readable.from([]), 1), { code: 'NS_INTERNAL' })
})

const smallDisk = mountSmallDisk(1)
const noDisk = smallDisk ? false : 'needs the right to mount a small tmpfs; full disk not checked'

test('a full disk gives a sentence and leaves nothing', { skip: noDisk }, async (t) => {
  const folder = smallDisk?.path ?? ''
  t.teardown(() => smallDisk?.release())
  const { vault } = makeVault(folder)
  await t.rejects(vault.put('job-1', randomBytes(2 * 1024 * 1024)), { code: 'NS_STORAGE_FULL' })
  t.same(readdirSync(folder), [])
  const small = await vault.put('job-1', Buffer.from('fits'))
  t.equal((await vault.read(small.id)).toString(), 'fits')
})

test('a changed, cut or swapped file is not taken for good', async (t) => {
  const { vault, folder } = makeVault()
  const data = randomBytes(200_000)
  const damage: Record<string, (path: string) => void> = {
    flipped: (path) => {
      const bytes = readFileSync(path)
      bytes.writeUInt8(bytes.readUInt8(150_000) ^ 1, 150_000)
      writeFileSync(path, bytes)
    },
    'cut at a chunk': (path) => truncateSync(path, 20 + 2 * (65_536 + 16)),
    'cut to the header': (path) => truncateSync(path, 20),
    'other magic': (path) => {
      const bytes = readFileSync(path)
      bytes.writeUInt8(0, 0)
      writeFileSync(path, bytes)
    }
  }
  for (const [name, spoil] of Object.entries(damage)) {
    const { id } = await vault.put('job-1', data)
    spoil(join(folder, id))
    await t.rejects(vault.read(id), { code: 'NS_JOB_INPUTS_GONE' }, name)
  }
  await t.rejects(vault.read('job-1.00000000000000000000'), { code: 'NS_JOB_INPUTS_GONE' })
  await t.rejects(vault.read('../../etc/passwd'), { code: 'NS_JOB_INPUTS_GONE' })
})

test('files of another key cannot be read and are purged, own ones stay', async (t) => {
  const { vault, folder, audit } = makeVault()
  const lost = await vault.put('job-1', Buffer.from(CANARY))
  writeFileSync(join(folder, 'job-1.00000000000000000001.tmp'), 'half')
  const after = new Vault({ folder, key: randomBytes(32), audit })
  await t.rejects(after.read(lost.id), { code: 'NS_JOB_INPUTS_GONE' })
  t.throws(() => after.unseal(vault.seal(CANARY)), { code: 'NS_JOB_INPUTS_GONE' })
  t.throws(() => after.unseal(Buffer.from('short')), { code: 'NS_JOB_INPUTS_GONE' })
  const kept = await after.put('job-2', randomBytes(100_000))
  t.equal(await after.purgeForeign(), 2)
  t.same(readdirSync(folder), [kept.id])
  t.equal(await after.purgeForeign(), 0)
  t.throws(() => new Vault({ folder, key: randomBytes(16) }), { code: 'NS_KEY_INVALID' })
})

test('wiping by scope takes that scope only, and the audit trail counts without names', async (t) => {
  const { vault, audit } = makeVault()
  await vault.put('job-1', Buffer.from(CANARY))
  await vault.put('job-1', Buffer.from(CANARY))
  const other = await vault.put('job-10', Buffer.from('stays'))
  t.same([...(await vault.scopes())].sort(), ['job-1', 'job-10'])
  t.equal((await vault.stats()).items, 3)
  t.equal(await vault.wipeAll('job-1'), 2)
  t.equal(await vault.wipeAll('job-1'), 0)
  t.equal((await vault.read(other.id)).toString(), 'stays')
  t.equal(await vault.wipe(other.id), true)
  t.equal(await vault.wipe(other.id), false)
  t.same(
    audit.list(2).map(({ action, subject, detail }) => ({ action, subject, detail })),
    [
      { action: 'wipe', subject: 'job-10', detail: '1 file wiped.' },
      { action: 'wipe', subject: 'job-1', detail: '2 files wiped.' }
    ]
  )
  t.notOk(JSON.stringify(audit.list()).includes(CANARY))
})

test('an audit entry also goes to the fleet, and one that cannot be written stops nothing', (t) => {
  const sent: unknown[] = []
  const errors: unknown[] = []
  const outbox = { append: (stream: string, body: unknown) => sent.push({ stream, body }) }
  const clock = new ManualClock()
  const database = openDeviceDatabase(':memory:')
  const store = new AuditStore(database)
  const trail = new AuditTrail({ store, clock, outbox, onError: (error) => errors.push(error) })
  trail.record('intake', 'job-1', '3 bytes')
  t.match(sent, [{ stream: 'audit', body: { actor: 'device', action: 'intake', outcome: 'done' } }])
  database.close()
  trail.record('intake', 'job-1', '3 bytes')
  t.equal(errors.length, 1)
  t.end()
})

test('retention wipes what is due, once, and tries again after a failure', async (t) => {
  const clock = new ManualClock(1000)
  const wiped: string[] = []
  const errors: unknown[] = []
  const left = new Map([
    ['a', 1500],
    ['b', 61_000],
    ['c', 1e9]
  ])
  let broken = true
  const retention = new Retention({
    clock,
    deadlines: () => [...left].map(([scope, until]) => ({ scope, until })),
    wipe: async (scope) => {
      if (broken) throw new Error('disk away')
      wiped.push(scope)
      left.delete(scope)
    },
    onError: (error) => errors.push(error)
  })
  await retention.start()
  await clock.advanceAsync(60_000)
  t.equal(errors.length, 2)
  broken = false
  await clock.advanceAsync(60_000)
  t.same(wiped, ['a', 'b'])
  await retention.stop()
  await clock.advanceAsync(1e10)
  t.same(wiped, ['a', 'b'])
})
