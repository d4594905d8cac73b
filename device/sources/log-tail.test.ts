// Following files and the journal, and reading whole logs as lines.

import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { JournalTail } from './journal.ts'
import { LineSplitter, MOST_LINE_LENGTH, readLines } from './line-reader.ts'
import { LogTail, type LogTailOptions } from './log-tail.ts'

const follow = async (
  paths: readonly string[],
  options: Partial<LogTailOptions> = {}
): Promise<{ tail: LogTail; seen: string[] }> => {
  const seen: string[] = []
  const tail = new LogTail({
    paths,
    clock: new ManualClock(),
    onLines: (_, lines) => seen.push(...lines),
    ...options
  })
  await tail.start()
  return { tail, seen }
}

test('a tail reads what is there, what is added, and no partial line', async (t) => {
  const path = join(t.testdir({ 'a.log': 'one\r\ntwo\n' }), 'a.log')
  const { tail, seen } = await follow([path])
  t.same(seen, ['one', 'two'])
  appendFileSync(path, 'thr')
  await tail.look()
  t.equal(seen.length, 2)
  appendFileSync(path, 'ee\nfour \xff\n', 'latin1')
  await tail.look()
  t.same(seen.slice(2), ['three', 'four \uFFFD'])
  const [source] = tail.sources()
  t.match(source, { name: path, state: 'following', sentence: '', lines: 4 })
  t.type(source?.lastAt, 'number')
  await tail.stop()
})

test('rotation by rename loses nothing, not even an unfinished last line', async (t) => {
  const path = join(t.testdir({ 'a.log': 'one\n' }), 'a.log')
  const { tail, seen } = await follow([path])
  appendFileSync(path, 'two\nlast')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'new\n')
  await tail.look()
  await tail.look()
  t.same(seen, ['one', 'two', 'last', 'new'])
  await tail.stop()
})

test('rotation by truncation starts again at the top', async (t) => {
  const path = join(t.testdir({ 'a.log': 'one\ntwo\n' }), 'a.log')
  const { tail, seen } = await follow([path])
  truncateSync(path, 0)
  await tail.look()
  appendFileSync(path, 'x\n')
  await tail.look()
  t.same(seen, ['one', 'two', 'x'])
  await tail.stop()
})

test('files may come later, also by pattern, and go away for a while', async (t) => {
  const folder = t.testdir({ 'a1.log': 'a\n', 'other.txt': 'no\n' })
  const late = join(folder, 'late.log')
  const { tail, seen } = await follow([join(folder, 'a*.log'), late])
  t.match(tail.sources()[1], { state: 'waiting', sentence: /does not exist yet/ })
  writeFileSync(join(folder, 'a2.log'), 'b\n')
  writeFileSync(late, 'c\n')
  for (let i = 0; i < 20; i++) await tail.look()
  t.same(seen, ['a', 'c', 'b'])
  rmSync(late)
  await tail.look()
  t.equal(tail.sources().find(({ name }) => name === late)?.state, 'waiting')
  writeFileSync(late, 'd\n')
  await tail.look()
  t.equal(seen.at(-1), 'd')
  await tail.stop()
})

test('a folder or an unreadable file is told, not followed', async (t) => {
  const folder = t.testdir({ sub: {}, 'secret.log': 'x\n' })
  const { tail, seen } = await follow([join(folder, 'sub'), join(folder, 'secret.log', 'below')])
  t.match(tail.sources()[0], { state: 'failed', sentence: /is a folder/ })
  t.match(tail.sources()[1], { state: 'failed', sentence: /cannot be read \(ENOTDIR\)/ })
  t.same(seen, [])
  await tail.stop()
})

test('a file without read permission is told', {
  skip: process.getuid?.() === 0 && 'root may read everything'
}, async (t) => {
  const path = join(t.testdir({ 'a.log': 'x\n' }), 'a.log')
  chmodSync(path, 0o000)
  const { tail } = await follow([path])
  t.match(tail.sources()[0], { state: 'failed', sentence: /may not be read/ })
  await tail.stop()
})

test('of an old file only its end is read, and a burst is taken in portions', async (t) => {
  const path = join(t.testdir({ 'a.log': 'old line\n'.repeat(60_000) }), 'a.log')
  const { tail, seen } = await follow([path])
  t.ok(seen.length > 20_000 && seen.length < 40_000, `${seen.length} lines of history`)
  const before = seen.length
  appendFileSync(path, `${'x'.repeat(99)}\n`.repeat(30_000))
  await tail.look()
  t.ok(seen.length - before < 11_000, 'one look reads at most a mebibyte')
  for (let i = 0; i < 3; i++) await tail.look()
  t.equal(seen.length - before, 30_000)
  await tail.stop()
})

test('the clock drives the looks, and two looks never run at once', async (t) => {
  const path = join(t.testdir({ 'a.log': '' }), 'a.log')
  const clock = new ManualClock()
  const { tail, seen } = await follow([path], { clock, pollMs: 250 })
  appendFileSync(path, 'one\n')
  clock.advance(250)
  t.equal(tail.look(), tail.look())
  await tail.look()
  t.same(seen, ['one'])
  await tail.stop()
})

test('a restart goes on where reading stopped, at the start of an unfinished line', async (t) => {
  const path = join(t.testdir({ 'a.log': 'one\nha' }), 'a.log')
  const first = await follow([path])
  await first.tail.stop()
  const positions = first.tail.positions()
  appendFileSync(path, 'lf\ntwo\n')
  const second = await follow([path], { positions })
  t.same(second.seen, ['half', 'two'])
  await second.tail.stop()
  const waiting = await follow([`${path}.none`], {
    positions: { [`${path}.none`]: { inode: 1, offset: 2 } }
  })
  t.same(waiting.tail.positions(), { [`${path}.none`]: { inode: 1, offset: 2 } })
  t.same((await follow([`${path}.no`])).tail.positions(), {})
})

const journal = (t: Test, script: string): string => {
  const path = join(t.testdir({ bin: {} }), 'bin', 'journalctl')
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

test('the journal gives its records, is ended, and is opened again when it ends by itself', async (t) => {
  const command = journal(t, `echo '{"MESSAGE":"'"$*"'"}'; exec sleep 60`)
  const clock = new ManualClock()
  const tail = await new Promise<JournalTail>((resolve) => {
    const made = new JournalTail({
      unit: 'nearside.service',
      clock,
      command,
      onLines: (source, lines) => {
        t.equal(source, 'journal:nearside.service')
        t.match(lines[0], /-f -n 200 -o json .*-u nearside.service/)
        resolve(made)
      }
    })
    t.equal(made.status().state, 'waiting')
    made.start()
  })
  t.match(tail.status(), { state: 'following', lines: 1, sentence: '' })
  await tail.stop()
  await tail.stop()

  let starts = 0
  const short = journal(t, `echo '{"MESSAGE":"x"}'`)
  await new Promise<void>((resolve) => {
    const again = new JournalTail({
      unit: '*',
      clock,
      command: short,
      onLines: () => {
        starts++
        if (starts === 2) void again.stop().then(resolve)
        else
          waitFor(
            () => again.status().state === 'waiting',
            () => clock.advance(10_000)
          )
      }
    })
    again.start()
  })
  t.equal(starts, 2)
})

function waitFor(ready: () => boolean, then: () => void): void {
  if (ready()) then()
  else setImmediate(() => waitFor(ready, then))
}

test('without journalctl, or without the right to run it, the journal is skipped with a sentence', async (t) => {
  for (const [command, sentence] of [
    ['/nowhere/journalctl', /not installed/],
    [t.testdir({}), /cannot be started \(EACCES\)/]
  ] as const) {
    const tail = new JournalTail({
      unit: '*',
      clock: new ManualClock(),
      command,
      onLines: () => undefined
    })
    tail.start()
    await new Promise<void>((resolve) => waitFor(() => tail.status().state === 'failed', resolve))
    t.match(tail.status().sentence, sentence)
    await tail.stop()
  }
})

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

const linesOf = async (...chunks: (string | Uint8Array)[]): Promise<string[]> => {
  const all: string[] = []
  for await (const lines of readLines(bytes(...chunks), { name: 'in.log' })) all.push(...lines)
  return all
}

test('bytes become lines, plain or gzip, whatever the cuts', async (t) => {
  t.same(await linesOf('a\r\nb', '\n\nc'), ['a', 'b', '', 'c'])
  t.same(await linesOf('', 'ä'.repeat(3), '\n'), ['äää'])
  const text = `${'grüße aus der Halle\n'.repeat(20_000)}end`
  const packed = gzipSync(text)
  t.equal((await linesOf(packed.subarray(0, 7), packed.subarray(7))).length, 20_001)
  t.equal((await linesOf(text.slice(0, 100_000), text.slice(100_000))).at(-1), 'end')
})

test('what is no log is refused with one sentence', async (t) => {
  await t.rejects(linesOf(), { code: 'NS_INPUT_EMPTY' })
  await t.rejects(linesOf(' \n\n'), { code: 'NS_INPUT_EMPTY' })
  await t.rejects(linesOf('text\0more'), { code: 'NS_INPUT_BINARY' })
  await t.rejects(linesOf(Buffer.from('\xfd\xfc\xfa broken \xe4\xf6', 'latin1')), {
    code: 'NS_INPUT_ENCODING'
  })
  await t.rejects(linesOf(gzipSync('hello\n'.repeat(9000)).subarray(0, 40)), {
    code: 'NS_INPUT_UNREADABLE'
  })
  t.same(
    await linesOf(`${'good line\n'.repeat(200)}`, Buffer.from('one \xff\n', 'latin1')).then(
      (l) => l.length
    ),
    201
  )
})

test('a reader that stops early leaves no stream open', async (t) => {
  let closed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from('line\n'.repeat(30_000))
    } finally {
      closed = true
    }
  }
  for await (const lines of readLines(endless(), { name: 'in.log' })) {
    t.ok(lines.length > 0)
    break
  }
  t.ok(closed)
})

test('endless lines are cut', async (t) => {
  const splitter = new LineSplitter()
  for (let i = 0; i < 100; i++) splitter.push('x'.repeat(10_000))
  t.equal(splitter.unfinished.length, MOST_LINE_LENGTH)
  t.same(
    splitter.push('y\nnext\n').map((line) => line.length),
    [MOST_LINE_LENGTH, 4]
  )
  t.equal(splitter.push(`${'z'.repeat(MOST_LINE_LENGTH + 5)}\n`)[0]?.length, MOST_LINE_LENGTH)
  t.same(splitter.end(), [])
})
