// From paths to numbered documents: folders, links, archives, JSON lines, and the threads that read them.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { DocumentItem } from '../../analysis/index.ts'
import { DocumentPool } from './document-pool.ts'
import { DocumentSource } from './document-source.ts'
import { writePdf } from './fixtures/pdf-writer.ts'
import { writeZip } from './fixtures/zip-writer.ts'
import { walkFiles } from './walk-files.ts'

const never = new AbortController().signal

/** Timers that the test fires by hand. */
function handClock() {
  const timers: { ms: number; run: () => void }[] = []
  return {
    timers,
    after(ms: number, run: () => void) {
      const timer = { ms, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0)
    },
    fire(ms: number) {
      for (const timer of timers.filter((known) => known.ms === ms)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.run()
      }
    }
  }
}

const hanging = new URL('./fixtures/hanging-thread.ts', import.meta.url)
const named = (name: string) => ({ name, bytes: new Uint8Array() })

async function namesOf(source: DocumentSource, finished: number[] = []): Promise<string[]> {
  const names: string[] = []
  for await (const item of source.items(new Set(finished))) names.push(show(item))
  return names
}

const show = (item: DocumentItem): string =>
  item.ok
    ? `${item.input} ${item.document.name}`
    : `${item.input} ${item.failure.name} ${item.failure.code}`

test('a folder is walked in order; hidden, foreign and climbing entries stay out', async (t) => {
  const root = t.testdir({
    outside: { 'secret.txt': 'no' },
    docs: {
      'b.txt': 'Bee.',
      'a.md': '# Ay',
      '.hidden.txt': 'x',
      sub: { 'c.html': '<p>Sea.</p>', 'd.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]) }
    }
  })
  const docs = join(root, 'docs')
  symlinkSync(join(root, 'outside'), join(docs, 'out'))
  symlinkSync(docs, join(docs, 'sub', 'loop'))
  symlinkSync(join(docs, 'nothing'), join(docs, 'dead'))
  symlinkSync(join(docs, 'b.txt'), join(docs, 'link.txt'))
  const pool = new DocumentPool()
  t.teardown(() => pool.close())
  const source = await DocumentSource.open([docs], pool, never)
  t.equal(source.total, 4)
  t.equal(source.skipped, 1)
  t.strictSame(await namesOf(source), ['0 a.md', '1 b.txt', '2 link.txt', '3 sub/c.html'])
  t.equal(source.inputs[1]?.bytes, 4)
  t.match(source.inputs[1]?.sha256, /^[0-9a-f]{64}$/)
})

test('archives and JSON lines give many documents with lasting numbers', async (t) => {
  const root = t.testdir({
    'a.jsonl': '\ufeff{"id":"x","sentences":["A."]}\nbroken\n\n{"id":"y","sentences":["B."]}\n',
    'empty.jsonl': '\n',
    'z.txt': 'Zed.'
  })
  writeFileSync(
    join(root, 'm.zip'),
    writeZip([
      { name: 'p.pdf', data: writePdf([['Page.']]) },
      { name: 'q.zip', data: writeZip([{ name: 'r', data: 'r' }]) },
      { name: '../s', data: 's' }
    ])
  )
  const pool = new DocumentPool({ threads: 1 })
  t.teardown(() => pool.close())
  const expected = [
    '0 x',
    '1 a.jsonl:2 NS_INPUT_FORMAT',
    '2 y',
    '3 empty.jsonl NS_INPUT_EMPTY',
    '4 m.zip/p.pdf',
    '5 m.zip/q.zip NS_INPUT_BINARY',
    '6 m.zip NS_INPUT_PATH',
    '7 z.txt'
  ]
  const source = await DocumentSource.open([root], pool, never)
  t.equal(source.total, null)
  t.strictSame(await namesOf(source), expected)
  const again = await DocumentSource.open([root], pool, never)
  t.strictSame(
    await namesOf(again, [0, 4]),
    expected.filter((_, i) => i !== 0 && i !== 4)
  )
  t.equal(again.inputs.length, 8)
})

test('paths that give nothing are refused in one sentence', async (t) => {
  const root = t.testdir({ empty: {}, one: { 'a.txt': 'a', 'b.txt': 'b' } })
  const pool = new DocumentPool()
  t.teardown(() => pool.close())
  await t.rejects(DocumentSource.open([join(root, 'none')], pool, never), {
    code: 'NS_INPUT_NOT_FOUND'
  })
  await t.rejects(DocumentSource.open([join(root, 'empty')], pool, never), {
    code: 'NS_INPUT_EMPTY'
  })
  await t.rejects(DocumentSource.open(['/dev/null'], pool, never), { code: 'NS_INPUT_NOT_FOUND' })
  await t.rejects(walkFiles([join(root, 'one')], 1), {
    code: 'NS_INPUT_TOO_LARGE',
    message: /1 files/
  })
})

test('a named file of a foreign kind is a failure, not silence', async (t) => {
  const root = t.testdir({ 'a.bin': Buffer.from([0, 1, 2]), 'none.txt': '' })
  mkdirSync(join(root, 'sub'))
  const pool = new DocumentPool()
  t.teardown(() => pool.close())
  const source = await DocumentSource.open(
    [join(root, 'a.bin'), join(root, 'none.txt')],
    pool,
    never
  )
  t.strictSame(await namesOf(source), ['0 a.bin NS_INPUT_BINARY', '1 none.txt NS_INPUT_EMPTY'])
  t.equal(source.files.length, 2)
})

test('a document that hangs ends its thread only, the next one goes on', async (t) => {
  const clock = handClock()
  const pool = new DocumentPool({ threads: 1, clock, program: hanging })
  t.teardown(() => pool.close())
  const slow = pool.read(named('hang'))
  const next = pool.read(named('good'))
  clock.fire(60_000)
  await t.rejects(slow, { code: 'NS_JOB_TIMEOUT', message: /hang took longer than 60 s/ })
  t.equal((await next).text, 'read')
  clock.fire(5000)
  t.equal((await pool.read(named('later'))).text, 'read', 'an idle thread ended and a new one came')
})

test('a thread that dies refuses its document', async (t) => {
  const pool = new DocumentPool({ threads: 1, program: hanging })
  t.teardown(() => pool.close())
  await t.rejects(pool.read(named('crash')), { code: 'NS_INPUT_UNREADABLE' })
  t.equal((await pool.read(named('good'))).text, 'read')
})

test('cancelling refuses what waits and what is being read', async (t) => {
  const pool = new DocumentPool({ threads: 1, program: hanging })
  const stop = new AbortController()
  const reading = pool.read(named('hang'), stop.signal)
  const waiting = pool.read(named('good'), stop.signal)
  stop.abort()
  await t.rejects(reading, { code: 'NS_JOB_CANCELLED' })
  await t.rejects(waiting, { code: 'NS_JOB_CANCELLED' })
  await t.rejects(pool.read(named('good'), stop.signal), { code: 'NS_JOB_CANCELLED' })
  const hung = pool.read(named('hang'))
  const queued = pool.read(named('good'))
  const closing = pool.close()
  await t.rejects(hung, { code: 'NS_JOB_CANCELLED' })
  await t.rejects(queued, { code: 'NS_JOB_CANCELLED' })
  await closing
  await t.rejects(pool.read(named('good')), { code: 'NS_JOB_CANCELLED' })
})
