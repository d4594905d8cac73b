// What the workbench knows and says without a page: state, words, places, problems, search.

import { test } from 'tap'
import type { BenchmarkSummary, Job } from '../../contract/index.ts'
import type { NavItem } from '../elements/desk/desk-frame.ts'
import {
  actsOf,
  actWord,
  doneWords,
  isOpen,
  leftWords,
  matchesSearch,
  rateWords,
  stateWords
} from './job-words.ts'
import { headingOf, litEntry, navigation, placeOf } from './places.ts'
import { lostWords, problemLines, providerWords, readingWords } from './problems.ts'
import { findInWorkbench, keysOfWorkbench } from './search.ts'
import {
  EMPTY_STATE,
  isLive,
  shownJobs,
  type WorkbenchState,
  withBenchmark,
  withJob,
  withLeaving,
  withoutJob,
  withStream,
  withTelemetry
} from './workbench-state.ts'

const job = (id: string, rest: Partial<Job> = {}): Job => ({
  id,
  kind: 'text',
  title: `Job ${id}`,
  state: 'running',
  sentence: 'Reading documents.',
  code: null,
  createdAt: 1,
  startedAt: 1,
  endedAt: null,
  progress: { done: 3, failed: 0, total: 10, unit: 'documents', perMinute: 41.2, secondsLeft: 75 },
  inputs: 10,
  bytes: 1,
  options: {},
  wipedAt: null,
  hasReport: false,
  ...rest
})

const items = (state: WorkbenchState): NavItem[] =>
  navigation(state).flatMap((group) => [...group.items])

test('the state takes in jobs, their rates, readings, and what is leaving', async (t) => {
  let state = withJob(EMPTY_STATE, job('a'), 1000)
  state = withJob(state, job('b', { createdAt: 2 }), 2000)
  state = withJob(state, job('a', { state: 'paused' }), 3000)
  t.same(
    state.jobs?.map(({ id }) => id),
    ['b', 'a'],
    'the newest is first'
  )
  t.same(state.rates.get('a'), [{ at: 1000, value: 41.2, low: null, high: null }])
  state = withLeaving(state, 'a', true)
  t.same(
    shownJobs(state).map(({ id }) => id),
    ['b']
  )
  t.equal(shownJobs(withLeaving(state, 'a', false)).length, 2)
  state = withoutJob(state, 'a')
  t.equal(state.leaving.size, 0)
  t.equal(withoutJob(EMPTY_STATE, 'x').jobs?.length, 0)
  t.equal(withTelemetry({ ...state, failure: 'x' }, { at: 5, series: [] }).failure, '')
})

test('what the stream told counts until it is cut', async (t) => {
  const run = { id: 'run-1', progress: 0.5 } as BenchmarkSummary
  const advice = { advice: [], changes: [], continuous: true }
  let state = withBenchmark({ ...EMPTY_STATE, advice }, 'run-1', run)
  state = withStream(withBenchmark(state, 'run-2', null), { state: 'open' })
  t.ok(isLive(state))
  t.same(
    [...state.benchmarks],
    [
      ['run-1', run],
      ['run-2', null]
    ]
  )
  t.equal(state.advice, advice)
  state = withStream(state, { state: 'lost', since: 5 })
  t.notOk(isLive(state))
  t.same([state.benchmarks.size, state.advice], [0, null])
})

test('jobs are told in words, and what can be done with them', async (t) => {
  const failed = job('f', { state: 'done', progress: { ...job('f').progress, failed: 2 } })
  t.same(stateWords(job('a')), ['running', 'Running'])
  t.same(stateWords(failed), ['check', '2 not read'])
  for (const state of ['waiting', 'paused', 'failed', 'cancelled', 'done'] as const) {
    t.type(stateWords(job('a', { state }))[1], 'string')
    for (const act of actsOf(job('a', { state }))) t.not(actWord(act, { state }), '')
  }
  t.same(actsOf(job('a')), ['pause', 'cancel'])
  t.same(actsOf(failed), ['retry', 'delete'])
  t.equal(actWord('retry', failed), 'Retry failed')
  t.ok(isOpen(job('a')))
  t.notOk(isOpen(failed))
  t.equal(doneWords(job('a')), '3 of 10 documents')
  const unknown = { ...job('a').progress, total: null, perMinute: null, secondsLeft: null }
  t.equal(doneWords({ progress: { ...unknown, unit: 'lines' } }), '3 lines')
  t.equal(rateWords(job('a')), '41 a minute')
  t.equal(leftWords(job('a')), '1\u00A0min 15\u00A0s left')
  t.equal(rateWords({ progress: unknown }) + leftWords({ progress: unknown }), '')
})

test('an address names a place, and the rail shows where it is', async (t) => {
  const at = (...parts: string[]) => placeOf({ parts, query: {} })
  t.equal(at().screen, 'new')
  t.same(at('jobs', 'x', 'findings', '1-2'), {
    screen: 'job',
    subject: 'x',
    inside: ['findings', '1-2']
  })
  t.equal(at('jobs').screen, 'jobs')
  t.equal(at('odd').screen, 'nowhere')
  t.equal(litEntry(at('odd'), undefined), '')
  t.equal(litEntry(at('models'), undefined), '#/models')
  t.equal(litEntry(at('jobs', 'x'), undefined), '#/jobs')
  t.equal(litEntry(at('jobs', 'x'), job('x', { kind: 'logs', hasReport: true })), '#/logs')
  t.equal(headingOf(at('jobs', 'x'), job('x')), 'Job x')
  t.equal(headingOf(at('jobs', 'x'), undefined), 'Job')
  t.equal(headingOf(at('privacy'), undefined), 'Privacy')
  t.equal(headingOf(at('odd'), undefined), 'Not found')
  const state = { ...EMPTY_STATE, jobs: [job('a'), job('b', { state: 'done', hasReport: true })] }
  t.same(
    items(state).flatMap(({ label, count }) => (count === undefined ? [] : [[label, count]])),
    [
      ['Jobs', 1],
      ['Findings', 1]
    ]
  )
})

test('problems are sentences that lead to their cause', async (t) => {
  const jobs = [
    job('old', { state: 'failed', endedAt: 0 }),
    job('new', { state: 'failed', endedAt: 9_000_000, title: 'Ward notes' })
  ]
  const problems = [
    { sentence: 'Processor load 98 %.', href: '#/alarms' },
    { sentence: 'Odd.', href: '#/what' }
  ]
  const device = { problems } as unknown as WorkbenchState['device']
  t.same(problemLines({ ...EMPTY_STATE, jobs, device }, 9_000_001), [
    { sentence: 'Processor load 98 %.', href: '/#/alarms' },
    { sentence: 'Odd.', href: '#/device' },
    { sentence: '“Ward notes” failed.', href: '#/jobs/new' }
  ])
  const series = [
    { name: 'cpu.load', value: 31.4, unit: '%' }
  ] as unknown as WorkbenchState['series']
  t.equal(readingWords(series, 'cpu.load'), '31\u00A0%')
  t.equal(readingWords(series, 'gpu.load'), undefined)
  t.equal(providerWords(null), '')
  const model = { name: 'roles', version: '1.0.0', precision: 'int8', rung: 'cpu' }
  const models = { models: [model], installs: [] } as unknown as WorkbenchState['models']
  t.equal(providerWords(models), 'roles 1.0.0, INT8 on CPU')
  t.equal(lostWords(EMPTY_STATE), undefined)
  t.match(
    lostWords({ ...EMPTY_STATE, stream: { state: 'lost', since: 0 } }),
    /^Nothing new from the device since/
  )
  t.equal(lostWords({ ...EMPTY_STATE, failure: 'No answer.' }), 'No answer.')
})

test('search finds jobs by all of their words, then places', async (t) => {
  const state = { ...EMPTY_STATE, jobs: [job('a', { title: 'Pump 4' }), job('b')] }
  t.same(
    findInWorkbench(state, 'pump run').map(({ href }) => href),
    ['#/jobs/a']
  )
  t.same(
    findInWorkbench(state, 'model').map(({ href }) => href),
    ['#/models']
  )
  t.ok(findInWorkbench(state, '').length > 6)
  t.notOk(matchesSearch(job('a'), 'nowhere'))
  t.ok(keysOfWorkbench().length > 4)
})
