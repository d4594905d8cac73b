// The progress bar, drawn into a list instead of a terminal.

import { test } from 'tap'
import { createProgress } from './progress-bar.ts'

function terminal(columns = 120) {
  const written: string[] = []
  return { isTTY: true, columns, written, write: (text: string) => written.push(text) }
}

test('a pipe stays clean', async (t) => {
  const pipe = { written: [] as string[], write: (text: string) => pipe.written.push(text) }
  const progress = createProgress(pipe, { title: 'Reading', unit: 'documents' })
  progress.update(1, 2)
  progress.end()
  t.strictSame(pipe.written, [])
})

test('a terminal shows bar, counts, rate and time left', async (t) => {
  const out = terminal()
  let nowMs = 0
  const progress = createProgress(out, {
    title: 'Reading',
    unit: 'documents',
    monotonicMs: () => nowMs
  })
  progress.update(100, 1000)
  t.match(out.written.at(-1), /Reading ██░+ 100 of 1,000 documents$/)
  nowMs = 50
  progress.update(101, 1000)
  t.equal(out.written.length, 1, 'not more often than the eye sees')
  nowMs = 10_000
  progress.update(200, 1000)
  t.match(
    out.written.at(-1),
    /200 of 1,000 documents, 600 a minute, 80 s left$/,
    'resumed ones do not count'
  )
  progress.update(1000, 1000)
  t.match(out.written.at(-1), /█{24} 1,000 of 1,000 documents, 5,400 a minute$/)
  progress.end()
  t.equal(out.written.at(-1), '\r\x1b[2K')
})

test('an unknown total shows the count, a narrow terminal what fits, long waits minutes', async (t) => {
  const out = terminal(20)
  let nowMs = 0
  const progress = createProgress(out, {
    title: 'Reading',
    unit: 'lines',
    monotonicMs: () => nowMs
  })
  progress.update(1234567, null)
  t.equal(out.written.at(-1), '\r\x1b[2KReading: 1,234,567 ')
  const wide = terminal()
  const slow = createProgress(wide, { title: 'R', unit: 'rows', monotonicMs: () => nowMs })
  slow.update(0, 100)
  nowMs = 60_000
  slow.update(10, 100)
  t.match(wide.written.at(-1), /9 min left/)
  t.doesNotThrow(() =>
    createProgress({ isTTY: true, write: () => true }, { title: '', unit: '' }).update(1, null)
  )
})
