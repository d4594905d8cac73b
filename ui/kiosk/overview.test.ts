// The words and tiles of the kiosk, and how its picture of the device grows from events.

import { test } from 'tap'
import type { Alarm, Job, LogOverview, SeriesReading } from '../../contract/index.ts'
import { EMPTY_STATE, withAlarm, withHistory, withJob, withTelemetry } from './device-state.ts'
import { scorePoints, scoreSentence, withLive } from './machine/score.ts'
import { countsSentence, overviewTiles } from './overview-tiles.ts'
import { headingOf, litEntry, navigation, placeOf } from './places.ts'
import { alarmDetail, bandWords, leadingAlarm, quietDetail } from './sentences.ts'
import { isStale, rangeWords, staleAfterMs, stateWords } from './series-words.ts'

const NOW = new Date(2026, 10, 24, 13, 58).getTime()
const MINUTE = 60_000
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')

const reading = (rest: Partial<SeriesReading> = {}): SeriesReading => ({
  name: 'cpu.load',
  group: 'cpu',
  title: 'Processor load',
  unit: '%',
  decimals: 1,
  value: 12,
  at: NOW - 1000,
  periodS: 1,
  band: { low: 2, high: 31 },
  score: 0.1,
  state: 'normal',
  ...rest
})

const alarm = (rest: Partial<Alarm> = {}): Alarm => ({
  id: 'a1',
  priority: 2,
  source: 'machine-watch',
  subject: 'cpu.load',
  title: 'Processor load 98 %, normal 2–31 %',
  cause: '',
  action: 'Stop the load.',
  raisedAt: NOW - 16 * MINUTE,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  shelveReason: null,
  ...rest
})

const logs = (rest: Partial<LogOverview> = {}): LogOverview => ({
  at: NOW,
  sources: [{ name: '/a.log', state: 'following', sentence: '', lines: 1, lastAt: NOW }],
  lines: 1,
  linesPerSecond: 4,
  templates: [],
  anomalies: [],
  timeline: { from: NOW - 20_000, binMs: 10_000, lines: [40, 80], unusual: [0, 0] },
  ...rest
})

const state = (series: readonly SeriesReading[], alarms: readonly Alarm[] = []) => ({
  ...withTelemetry(EMPTY_STATE, { at: NOW, series: [...series] }),
  alarms
})

test('a series says its state by shape and word; an alarm goes before its own opinion', async (t) => {
  t.match(stateWords(reading(), undefined, NOW), { kind: 'normal', strong: false })
  t.match(stateWords(reading({ state: 'learning' }), undefined, NOW), { kind: 'learning' })
  t.match(stateWords(reading({ state: 'unavailable' }), undefined, NOW), { kind: 'off' })
  t.match(stateWords(reading({ state: 'abnormal', value: 98 }), undefined, NOW), {
    kind: 'check',
    word: 'High'
  })
  t.match(stateWords(reading({ state: 'abnormal', value: 1 }), undefined, NOW), { word: 'Low' })
  t.match(stateWords(reading({ value: 98 }), alarm(), NOW), {
    kind: 'p2',
    word: 'High',
    strong: true
  })
  t.match(stateWords(reading({ band: null }), alarm(), NOW), { word: 'Unusual' })
})

test('a value older than two periods is stale, whatever the device said of it', async (t) => {
  const slow = reading({ periodS: 10, at: NOW - 15_000 })
  t.equal(staleAfterMs(slow), 21_000)
  t.equal(isStale(slow, NOW), false)
  t.equal(isStale(slow, NOW + 7000), true)
  t.match(stateWords(slow, alarm(), NOW + 7000), { kind: 'stale' })
  t.equal(isStale(reading({ at: null }), NOW), false)
})

test('the normal range, or why there is none', async (t) => {
  t.equal(rangeWords(reading()), 'normal 2.0–31.0')
  t.equal(rangeWords(reading({ band: null })), 'no normal range')
  t.equal(rangeWords(reading({ band: null, state: 'learning' })), 'learning what is normal')
  const learning = reading({ band: null, state: 'learning', learningLeftS: 38 })
  t.equal(plain(rangeWords(learning)), 'learning, 40 s left')
})

test('a group shows the series that needs a look most, and none without sensors', async (t) => {
  const series = [
    reading(),
    reading({ name: 'cpu.run-queue', title: 'Tasks', state: 'abnormal', value: 40 }),
    reading({ name: 'memory.used', group: 'memory', state: 'learning', band: null }),
    reading({ name: 'gpu.load', group: 'gpu', state: 'unavailable', value: null, at: null })
  ]
  const tiles = overviewTiles(state(series), NOW)
  t.match(tiles, [
    { title: 'Processor', quantity: 'Tasks' },
    { title: 'Memory', low: null }
  ])
  const inAlarm = overviewTiles(state(series, [alarm()]), NOW)
  t.match(inAlarm[0], { quantity: 'Processor load', priority: 2, href: '#/series/cpu.load' })
  t.equal(countsSentence(tiles), '2 watched: 1 unusual, 1 learning')
  t.equal(countsSentence(inAlarm), '2 watched: 1 alarm, 1 learning')
  t.equal(countsSentence([]), 'Nothing is watched yet')
  t.same(overviewTiles(EMPTY_STATE, NOW), [])
})

test('logs have a tile in lines a second, with their own alarm and staleness', async (t) => {
  const tile = (known: LogOverview, alarms: readonly Alarm[] = []) =>
    overviewTiles({ ...EMPTY_STATE, logs: known, alarms }, NOW)[0]
  t.match(tile(logs()), { kind: 'normal', range: 'nothing unusual', decimals: 1 })
  t.match(tile(logs())?.points, [{ value: 4 }, { value: 8 }])
  t.match(tile(logs(), [alarm({ source: 'log-watch' })]), { kind: 'p2', priority: 2 })
  t.match(tile(logs({ at: NOW - 2 * MINUTE, linesPerSecond: 400 })), { kind: 'stale', decimals: 0 })
  t.equal(tile(logs({ sources: [] })), undefined)
})

test('readings lengthen the trends, stored history goes before them, a quarter of an hour stays', async (t) => {
  let known = withTelemetry(EMPTY_STATE, { at: NOW, series: [reading({ at: NOW })] })
  known = withTelemetry(known, { at: NOW, series: [reading({ at: NOW })] })
  t.equal(known.history.get('cpu.load')?.length, 1, 'the same reading twice is one point')
  const points = [
    { at: NOW - MINUTE, value: 1, low: null, high: null, score: null },
    { at: NOW - 1000, value: 2, low: null, high: null, score: null }
  ]
  known = withHistory(known, { series: reading(), points })
  t.same(
    known.history.get('cpu.load')?.map(({ value }) => value),
    [1, 2, 12]
  )
  known = withTelemetry(known, { at: NOW, series: [reading({ at: NOW + 14.5 * MINUTE })] })
  t.equal(known.history.get('cpu.load')?.length, 3, 'the oldest went')
  t.equal(
    withTelemetry(known, { at: 0, series: [reading({ at: null })] }).history.get('cpu.load')
      ?.length,
    3
  )
})

test('alarms and jobs are replaced by their id', async (t) => {
  const once = withAlarm(EMPTY_STATE, alarm())
  t.match(withAlarm(once, alarm({ acknowledgedAt: NOW })).alarms, [{ acknowledgedAt: NOW }])
  const job = (id: string, createdAt: number, sentence = ''): Job =>
    ({ id, createdAt, sentence }) as Job
  const jobs = [job('a', 1), job('b', 2), job('a', 1, 'done')].reduce(withJob, EMPTY_STATE).jobs
  t.match(jobs, [{ id: 'b' }, { id: 'a', sentence: 'done' }])
})

test('the strip says since when and what to do; without an alarm it says what was last', async (t) => {
  t.equal(plain(alarmDetail(alarm(), NOW)), 'Since 13:42 (16 min). Stop the load.')
  t.equal(leadingAlarm([alarm()], NOW)?.id, 'a1')
  t.equal(quietDetail([], NOW), 'None so far.')
  const past = [alarm({ clearedAt: NOW - MINUTE }), alarm({ id: 'a2', shelvedUntil: NOW + 1 })]
  t.match(quietDetail(past, NOW), /over at 13:57\. 1 shelved\./)
})

test('the band speaks of the nearer connection first', async (t) => {
  const link = {
    state: 'offline',
    since: NOW - MINUTE,
    fleet: '',
    sentence: 'Analyses run.',
    outbox: { events: 1, bytes: 1, oldestAt: null }
  } as const
  t.match(bandWords({ state: 'lost', since: NOW }, link, NOW)?.lead, /No live values since 13:58/)
  t.match(bandWords({ state: 'open' }, link, NOW), {
    lead: 'No link to the fleet since 13:57.',
    rest: 'Analyses run.'
  })
  t.equal(bandWords({ state: 'open' }, { ...link, state: 'online' }, NOW), undefined)
  t.equal(bandWords({ state: 'connecting' }, undefined, NOW), undefined)
})

test('addresses lead to screens, and the navigation lights the one they belong to', async (t) => {
  const series = placeOf({ parts: ['series', 'cpu.load'], query: {} })
  t.same(series, { screen: 'series', subject: 'cpu.load' })
  t.equal(litEntry(series), 'overview')
  t.match(placeOf({ parts: [], query: {} }), { screen: 'overview' })
  t.match(placeOf({ parts: ['nonsense'], query: {} }), { screen: 'overview' })
  t.equal(litEntry(placeOf({ parts: ['alarms'], query: {} })), 'alarms')
  t.equal(navigation().length, 5)
  t.equal(headingOf(series, state([reading()])), 'Processor load')
  t.equal(headingOf(series, EMPTY_STATE), 'Nearside')
  t.equal(headingOf({ screen: 'logs', subject: '' }, EMPTY_STATE), 'Logs')
})

test('the score in words and as a chart', async (t) => {
  t.match(scoreSentence(reading({ state: 'learning' })), /learns/)
  const words = [null, 0.1, 0.3, 0.6, 0.9].map((score) => scoreSentence(reading({ score })))
  t.same(words, ['Not judged.', 'As always.', 'A little unusual.', 'Unusual.', 'Hardly ever seen.'])
  const stored = [{ at: NOW - 5000, value: 1, low: null, high: null, score: 0.4 }]
  t.match(scorePoints(stored), [{ value: 0.4, low: 0, high: 0.5 }])
  t.equal(withLive(stored, reading()).length, 2)
  t.match(withLive(stored, reading({ band: null }))[1], { low: null, high: null })
  t.equal(withLive(stored, undefined), stored)
  t.equal(withLive(stored, reading({ at: NOW - 6000 })), stored)
})
