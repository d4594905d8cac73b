// What the results show, without a page: rows of documents and findings, the cut text, logs from a file and
// from the live watch, machine data.

import { test } from 'tap'
import { logs } from '../../test/harness/fake-device-answers.ts'
import { documentText, report } from '../../test/harness/fake-device-jobs.ts'
import { paragraphsOf, splitNumbers } from './findings/reader-text.ts'
import {
  confidenceWord,
  filterRows,
  findingsInOrder,
  ROLES,
  roleCounts,
  roleWord,
  rowsOf
} from './findings/text-model.ts'
import { filterLog, markExample, modelOfReport, modelOfWatch, NO_FILTER } from './logs/log-model.ts'
import { kindWords, levelRank, levelWord } from './logs/log-words.ts'
import {
  bySurprise,
  decimalsOf,
  eventMarks,
  eventsOf,
  scorePoints,
  valuePoints
} from './machines/machine-model.ts'

test('a text report becomes rows that can be narrowed', async (t) => {
  const text = report('5f20')
  if (text?.kind !== 'text') {
    t.fail('no report')
    return
  }
  const rows = rowsOf(text)
  t.same([rows.documents.length, rows.findings.length, rows.failures.length], [10, 20, 1])
  t.ok((rows.findings[0]?.score ?? 0) >= (rows.findings[1]?.score ?? 1), 'the surest first')
  t.same(
    findingsInOrder(rows, 3).map(({ key }) => key),
    ['3-2', '3-3']
  )
  t.equal(roleCounts(rows.findings).get('results'), 20)
  const all = { mode: 'documents', role: '', words: '' } as const
  t.equal(filterRows(rows, { ...all, words: 'report 7' }).length, 1)
  t.equal(filterRows(rows, { ...all, mode: 'findings', role: 'methods' }).length, 0)
  t.equal(filterRows(rows, { ...all, mode: 'findings', words: 'attacks' }).length, 10)
  t.equal(filterRows(rows, { ...all, mode: 'failures', words: 'scan' }).length, 1)
  t.same([0.7, 0.4, 0.1].map(confidenceWord), ['high', 'medium', 'low'])
  t.equal(new Set(ROLES.map(roleWord)).size, 5)
})

test('a text is cut into paragraphs whose pieces make up the whole of it', async (t) => {
  const text = report('5f20')
  if (text?.kind !== 'text') {
    t.fail('no report')
    return
  }
  const { text: source } = documentText(0)
  const spans = text.figures.documents[0]?.sentences ?? []
  const paragraphs = paragraphsOf(source, spans)
  t.same(
    paragraphs.map(({ first }) => first),
    [0, 1, 2, 4]
  )
  const lit = paragraphs.flatMap(({ pieces }) => pieces.filter(({ sentence }) => sentence === 3))
  t.match(lit[0]?.text, /^Attacks were less frequent/)
  const list = paragraphsOf('Head\n- one\n- two\n\nTail that runs on\nover a line', [
    { start: 7, end: 10 }
  ])
  t.same(
    list.map(({ close }) => close),
    [false, true, true, false]
  )
  t.same(list[1]?.pieces, [
    { text: '- ', sentence: -1 },
    { text: 'one', sentence: 0 },
    { text: '\n', sentence: -1 }
  ])
  t.same(splitNumbers('71.4 % of 1,204 (P < 0.001), COX-2'), [
    '',
    '71.4',
    ' % of ',
    '1,204',
    ' (P < ',
    '0.001',
    '), COX-2'
  ])
})

test('logs of a file and of the watch have one shape and one filter', async (t) => {
  const file = report('5f18')
  if (file?.kind !== 'logs') {
    t.fail('no report')
    return
  }
  const model = modelOfReport(file)
  t.same(
    model.rows.map(({ marks }) => marks),
    [['burst'], []]
  )
  t.equal(model.anomalies[0]?.reason, 'Seen 300 times in 60 s, usually 0.')
  const count = (change: Partial<typeof NO_FILTER>): number =>
    filterLog(model, { ...NO_FILTER, ...change }).length
  t.same(
    [
      count({}),
      count({ onlyUnusual: true }),
      count({ words: 'TOOK' }),
      count({ bin: 1 }),
      count({ level: 'info' }),
      count({ level: 'severe' })
    ],
    [2, 1, 1, 1, 1, 1]
  )
  const live = modelOfWatch(logs(1_700_000_900_000, 'alarm'))
  t.equal(live.timeline.lines.length, 60)
  t.same(live.rows[0]?.marks, ['burst'])
  t.ok(filterLog(live, { ...NO_FILTER, bin: 57 }).length > 0)
  t.equal(filterLog(live, { ...NO_FILTER, bin: 2 }).length, 0)
  const young = logs(1_700_000_900_000, 'normal')
  const short = { ...young.timeline, lines: [2, 0], unusual: [0, 0] }
  t.equal(
    modelOfWatch({ ...young, timeline: short }).timeline.lines.at(-2),
    2,
    'it starts at the right'
  )
  t.ok(levelRank('fatal') > levelRank('warning'))
  t.equal(levelWord('unknown'), 'None')
  for (const kind of ['burst', 'silence', 'new-template', 'error-words'] as const)
    t.type(kindWords(kind)[1], 'string')
})

test('the variable parts of a line are told from its template', async (t) => {
  t.same(markExample('took <*> ms (<*>)', '08:11 info took 41 ms (a.b)'), [
    { text: '08:11 info ', kind: 'head' },
    { text: 'took ', kind: 'fixed' },
    { text: '41', kind: 'variable' },
    { text: ' ms (', kind: 'fixed' },
    { text: 'a.b', kind: 'variable' },
    { text: ')', kind: 'fixed' }
  ])
  t.same(markExample('other', 'a line'), [{ text: 'a line', kind: 'fixed' }])
})

test('machine data shows the most unusual series first', async (t) => {
  const machines = report('5f17')
  if (machines?.kind !== 'machines') {
    t.fail('no report')
    return
  }
  const [first] = bySurprise(machines)
  if (!first) {
    t.fail('no series')
    return
  }
  t.equal(first.name, 'vibration_mm_s')
  const events = eventsOf(machines, first.name)
  t.equal(eventMarks(events)[0]?.at, 1_210_000)
  t.same(valuePoints(first)[1], { ...valuePoints(first)[1], at: 8000, low: 1.9, high: 2.4 })
  t.equal(scorePoints(first)[0]?.value, 0.05)
  t.same(
    [
      { min: 0, max: 3000 },
      { min: 1, max: 4.6 },
      { min: 0.001, max: 0.002 },
      { min: null, max: null }
    ].map(decimalsOf),
    [0, 2, 3, 0]
  )
})
