// The store: its dialect, what it forgets and what it never forgets.

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { test } from 'tap'
import { openSqlite } from '../../kernel/sqlite-file.ts'
import { openSqliteStore, RETENTION_DAYS } from './index.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'

const DAY_MS = 86_400_000

async function items(): Promise<Kysely<{ item: { id: number; name: string } }>> {
  const migrations = await mkdtemp(join(tmpdir(), 'nearside-migrations-'))
  const text = 'create table item (id integer primary key, name text not null unique) strict;'
  await writeFile(join(migrations, '0001-item.sql'), text)
  return new Kysely({
    dialect: new NodeSqliteDialect(openSqlite({ path: ':memory:', migrations }))
  })
}

test('the dialect answers rows, counts and new ids', async (t) => {
  const db = await items()
  const insert = await db.insertInto('item').values({ id: 7, name: 'a' }).executeTakeFirst()
  t.equal(insert.insertId, 7n)
  const made = await db.insertInto('item').values({ id: 8, name: 'b' }).returning('name').execute()
  t.match(made, [{ name: 'b' }])
  const changed = await db
    .updateTable('item')
    .set({ name: 'c' })
    .where('id', '=', 8)
    .executeTakeFirst()
  t.equal(changed.numUpdatedRows, 1n)
  t.equal((await db.introspection.getTables()).length, 1)
  await t.rejects(async () => {
    for await (const row of db.selectFrom('item').selectAll().stream()) t.fail(String(row.id))
  }, /does not stream/)
  await db.destroy()
})

test('transactions come one after the other, and a failed one leaves nothing', async (t) => {
  const db = await items()
  const order: string[] = []
  const add = (id: number, fail = false) =>
    db.transaction().execute(async (tx) => {
      order.push(`begin ${id}`)
      await tx
        .insertInto('item')
        .values({ id, name: String(id) })
        .execute()
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`end ${id}`)
      if (fail) throw new Error('no')
    })
  const outcomes = await Promise.allSettled([add(1), add(2, true), add(3), add(1)])
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected']
  )
  t.same(order, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3', 'begin 1'])
  const rows = await db.selectFrom('item').select('id').execute()
  t.same(
    rows.map(({ id }) => id),
    [1, 3]
  )
  await db.destroy()
})

test('many different statements do not pile up, and the old ones still run', async (t) => {
  const db = await items()
  await db.insertInto('item').values({ id: 1, name: 'x' }).execute()
  for (let index = 0; index < 400; index += 1) await sql`select ${sql.lit(index)} as n`.execute(db)
  t.equal((await db.selectFrom('item').selectAll().execute()).length, 1)
  await db.destroy()
})

test('old rows are forgotten, each kind in its time, and nothing that is still needed', async (t) => {
  const store = openSqliteStore(':memory:')
  const now = 1_000 * DAY_MS
  const old = (days: number): number => now - (days + 1) * DAY_MS
  const device = 'press-07'
  await store.devices.insert({ id: device, name: 'Press 7', enrolled_at: 1 })
  for (const minute of [old(RETENTION_DAYS.telemetry), now]) {
    const row = { device, series: 's', minute, count: 1, min: 0, max: 1, mean: 0.5 }
    await store.telemetry.addMinutes([row])
  }
  for (const minute of [old(RETENTION_DAYS.logs), now])
    await store.logs.addMinutes([{ device, minute, lines: 1, unusual: 0 }])
  const alarm = { device, priority: 1, acknowledged_at: null, changed_at: 1, body: '{}' }
  const raised_at = old(RETENTION_DAYS.alarms)
  await store.alarms.put([
    { ...alarm, id: 'cleared', raised_at, cleared_at: 5 },
    { ...alarm, id: 'open', raised_at, cleared_at: null }
  ])
  const key = { device, stream: 'audit', epoch: 'epoch-01' }
  const state = await store.streams.open(key, 1)
  const long = old(RETENTION_DAYS.events)
  await store.streams.count(
    state.id,
    [
      { seq: 1, at: 1 },
      { seq: 9, at: 1 }
    ],
    long
  )
  await store.streams.save({ ...state, upto: 1, events: 2, rejected: 0 }, long)
  await store.devices.addToken({ hash: 'h', created_at: 1, expires_at: 2 })
  await store.prune(now)

  t.equal((await store.telemetry.minutes({ device, name: 's', since: 0 })).length, 1)
  t.equal((await store.logs.minutes(0)).length, 1)
  t.same(
    (await store.alarms.recent(5)).map(({ id }) => id),
    ['open'],
    'an open alarm stays'
  )
  t.same(await store.streams.above(state.id, 0), [9], 'a number above a gap stays')
  t.equal(await store.streams.total(), 2, 'the count stays')
  t.equal((await store.streams.open(key, now)).upto, 1, 'what is under the mark is still known')
  t.equal(await store.devices.useToken('h', device, 1), false)
  t.equal(store.sizeBytes(), 0)
  await store.close()
})

test('a file store says how large it is and is there again after a restart', async (t) => {
  const path = join(await mkdtemp(join(tmpdir(), 'nearside-store-')), 'fleet.db')
  const store = openSqliteStore(path)
  await store.transaction((tables) =>
    tables.devices.insert({ id: 'abc', name: 'A', enrolled_at: 1 })
  )
  t.ok(store.sizeBytes() > 0)
  await store.close()
  const again = openSqliteStore(path)
  t.equal(await again.devices.exists('abc'), true)
  t.same(await again.streams.latest('abc'), [])
  t.equal(await again.streams.total(), 0)
  await again.close()
})
