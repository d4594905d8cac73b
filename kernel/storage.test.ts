// Files, databases and the home lock, with the disk full and with processes that really die.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { mountSmallDisk } from '../test/harness/small-disk.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { lockHome } from './home-lock.ts'
import { inTransaction, openSqlite } from './sqlite-file.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'nearside-kernel-'))

test('an atomic write replaces the whole file, private by default, and leaves nothing beside it', async (t) => {
  const path = join(folder(), 'deep', 'state.json')
  await writeFileAtomic(path, 'one')
  await writeFileAtomic(path, new Uint8Array([116, 119, 111]))
  t.equal(readFileSync(path, 'utf8'), 'two')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(join(path, '..')), ['state.json'])
})

test('a failed atomic write leaves nothing behind and says why', async (t) => {
  const home = folder()
  await mkdir(join(home, 'taken', 'inside'), { recursive: true })
  await t.rejects(writeFileAtomic(join(home, 'taken'), 'x'), { code: 'NS_INTERNAL' })
  t.same(readdirSync(home), ['taken'])
})

const disk = mountSmallDisk(1)

test('a full disk is named as such', {
  skip: !disk && 'mounting a small disk is not allowed here'
}, async (t) => {
  const home = disk?.path ?? ''
  t.teardown(() => disk?.release())
  await writeFileAtomic(join(home, 'state'), 'old')
  await t.rejects(writeFileAtomic(join(home, 'state'), Buffer.alloc(4 * 1024 * 1024)), {
    code: 'NS_STORAGE_FULL'
  })
  t.same(readdirSync(home), ['state'])
  t.equal(readFileSync(join(home, 'state'), 'utf8'), 'old')
})

test('migrations run once, in order, each whole or not at all', async (t) => {
  const home = folder()
  writeFileSync(join(home, '0001-a.sql'), 'CREATE TABLE a (x INTEGER)')
  const open = (): ReturnType<typeof openSqlite> =>
    openSqlite({ path: join(home, 'x.db'), migrations: home })
  const first = open()
  inTransaction(first, () => first.exec('INSERT INTO a VALUES (1)'))
  t.throws(() =>
    inTransaction(first, () => {
      first.exec('INSERT INTO a VALUES (2)')
      throw new Error('no')
    })
  )
  first.close()
  writeFileSync(
    join(home, '0002-b.sql'),
    'CREATE TABLE b (y INTEGER); INSERT INTO nowhere VALUES (1)'
  )
  t.throws(open, { code: 'NS_STORAGE_FAILED' })
  writeFileSync(join(home, '0002-b.sql'), 'CREATE TABLE b (y INTEGER)')
  const again = open()
  t.same(again.prepare('SELECT count(*) AS n FROM a').get(), { n: 1 })
  t.same(again.prepare('PRAGMA user_version').get(), { user_version: 2 })
  again.exec('PRAGMA user_version = 9')
  again.close()
  t.throws(open, { code: 'NS_STORAGE_FAILED', message: /newer Nearside/ })
  writeFileSync(
    join(home, 'broken.db'),
    'this is no database, but it is long enough to be read as one'.repeat(20)
  )
  t.throws(() => openSqlite({ path: join(home, 'broken.db'), migrations: home }), {
    code: 'NS_STORAGE_FAILED'
  })
  openSqlite({ path: ':memory:', migrations: home, synchronous: 'NORMAL' }).close()
})

test('a home folder belongs to one process until that process ends, even by SIGKILL', async (t) => {
  const home = folder()
  const script = `import { lockHome } from ${JSON.stringify(join(import.meta.dirname, 'home-lock.ts'))}
    lockHome(${JSON.stringify(home)}, 'device'); console.log('locked'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout, 'data')
  t.throws(() => lockHome(home, 'device'), { code: 'NS_HOME_IN_USE', message: /already runs on/ })
  lockHome(home, 'fleet')()
  child.kill('SIGKILL')
  await once(child, 'close')
  const release = lockHome(home, 'device')
  release()
  lockHome(home, 'device')()
  writeFileSync(join(home, 'file'), '')
  t.throws(() => lockHome(join(home, 'file'), 'device'), { code: 'NS_HOME_UNWRITABLE' })
})
