// Sessions: made from lines, scored against normal ones, with reasons.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { parseSession, type Session, SessionSplitter, scoreSessions } from './score-sessions.ts'
import { SessionAnomaly } from './session-anomaly.ts'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared', 'data')

const session = (name: string, ...lines: string[]): Session => ({ session: name, lines })
const normalSessions = Array.from({ length: 40 }, (_, i) =>
  session(
    `n${i}`,
    `open block blk_${i}`,
    `write blk_${i} 10 bytes`,
    ...(i % 2 ? [`write blk_${i} 12 bytes`] : []),
    `close block blk_${i}`
  )
)

test('sessions: never-seen events, other counts and other orders stand out, with reasons', async (t) => {
  const scores = scoreSessions(normalSessions, [
    session('same', 'open block blk_901', 'write blk_901 11 bytes', 'close block blk_901'),
    session('new', 'open block blk_902', 'checksum error in blk_902', 'close block blk_902'),
    session(
      'many',
      'open block blk_903',
      ...Array.from({ length: 9 }, () => 'write blk_903 1 bytes'),
      'close block blk_903'
    ),
    session('order', 'close block blk_904', 'write blk_904 1 bytes', 'open block blk_904'),
    session('cut', 'open block blk_905')
  ])
  const [same, fresh, many, order, cut] = scores
  t.equal(same?.score, 0)
  t.notOk(same?.anomaly)
  t.ok(fresh?.anomaly && many?.anomaly && cut?.anomaly)
  t.ok((order?.score ?? 0) > 0.3)
  t.match(fresh?.reasons[0], 'never-seen event: checksum error in <*>')
  t.match(many?.reasons.join('; '), /9 times instead of [12]: write/)
  t.match(many?.reasons.join('; '), /unusual length of 11 events/)
  t.match(order?.reasons.join('; '), /event sequences are new/)
  t.match(cut?.reasons.join('; '), /0 times instead of 1/)
})

test('sessions need a baseline, and rows must be sessions', async (t) => {
  t.throws(() => scoreSessions([], []), { code: 'NS_INPUT_EMPTY' })
  t.equal(scoreSessions([session('a', 'one')], [session('b', 'one')])[0]?.score, 0)
  t.same(parseSession('{"session":"a","lines":["x"]}', 'in, line 1,'), session('a', 'x'))
  for (const row of ['{', '{"session":1,"lines":[]}', '{"session":"a","lines":[1]}', 'null']) {
    t.throws(() => parseSession(row, 'in, line 1,'), {
      code: 'NS_INPUT_FORMAT',
      message: /^in, line 1, is no session/
    })
  }
})

test('raw lines are gathered by the id they carry, or into windows', async (t) => {
  const lines = ['open blk_1', 'open blk_-2', 'note', 'close blk_1', 'close blk_-2']
  const splitter = new SessionSplitter(lines)
  for (const line of lines) splitter.add(line)
  t.same(splitter.finish(), [
    session('blk_1', 'open blk_1', 'close blk_1'),
    session('blk_-2', 'open blk_-2', 'close blk_-2')
  ])
  const plain = new SessionSplitter(['a', 'b'])
  for (let i = 0; i < 150; i++) plain.add(`line ${i}`)
  t.same(
    plain.finish().map(({ session: name, lines: own }) => [name, own.length]),
    [
      ['lines 1-100', 100],
      ['lines 101-200', 50]
    ]
  )
  const named = new SessionSplitter(['request=r1 a', 'request=r2 b'])
  named.add('request=r1 again')
  t.equal(named.finish()[0]?.session, 'r1')
})

/** Area under precision and recall, ties in the worst order. */
function averagePrecision(rows: readonly { score: number; bad: boolean }[]): number {
  const sorted = rows.toSorted((a, b) => b.score - a.score || Number(a.bad) - Number(b.bad))
  let hits = 0
  let sum = 0
  sorted.forEach(({ bad }, i) => {
    if (bad) sum += ++hits / (i + 1)
  })
  return sum / hits
}

const hdfs = join(SHARED, 'log-sessions-ait', 'hdfs_logdeep')

test('sessions of a real system are told apart', {
  skip: !existsSync(hdfs) && '../shared/data/log-sessions-ait is absent'
}, async (t) => {
  const read = (name: string): number[][] =>
    gunzipSync(readFileSync(join(hdfs, name)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((row) => row.trim().split(' ').map(Number))
  const normal = read('hdfs_train.gz')
  const bad = read('hdfs_test_abnormal.gz').filter((_, i) => i % 40 === 0)
  const model = new SessionAnomaly(
    normal.filter((_, i) => i % 3 !== 0),
    String
  )
  const rows = [
    ...normal
      .filter((_, i) => i % 3 === 0)
      .map((events) => ({ score: model.score(events).score, bad: false })),
    ...bad.map((events) => ({ score: model.score(events).score, bad: true }))
  ]
  t.ok(averagePrecision(rows) > 0.98)
})
