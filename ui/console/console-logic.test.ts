// What the console decides without a page: filters and files of devices, the review before a rollout, what
// makes a bundle, the words of a card and of a command, and how events change the picture of the fleet.

import { test } from 'tap'
import { alerts, models, overview, rollout } from '../../test/harness/fake-fleet-answers.ts'
import { devices } from '../../test/harness/fake-fleet-devices.ts'
import { engines } from '../../test/harness/fake-fleet-engines.ts'
import { missedRungs } from './device/missed-rungs.ts'
import { devicesCsv, filterDevices } from './devices/device-rows.ts'
import { enrolCommand, isLoopback } from './enrolment/enrol-command.ts'
import {
  EMPTY_STATE,
  isLost,
  openAlerts,
  withAlert,
  withDevice,
  withRollout
} from './fleet-state.ts'
import { reviewOf } from './new-rollout/review.ts'
import { headingOf, litEntry, navigation, placeOf } from './places.ts'
import { bundleFault, bundlePath, MAX_BUNDLE_BYTES } from './registry/bundle-files.ts'
import { cardBlocks } from './registry/card.ts'
import { enginesOf } from './registry/engines.ts'
import { legendOf, squaresOf, versionBefore } from './rollout/rollout-words.ts'
import { newRolloutKey } from './rollout-key.ts'
import { findInFleet } from './search.ts'
import { isSettled, rungSaid, seriesSaid, squareState, stepSaid } from './words.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const fleet = devices(NOW, 'attention')
const state = {
  ...EMPTY_STATE,
  overview: overview(NOW, 'attention'),
  devices: fleet,
  models: models(NOW, 'attention'),
  alerts: alerts(NOW, 'attention')
}

test('of the rungs that a model is not on, those are shown that it should be on', (t) => {
  const refused = [
    {
      rung: 'tensorrt' as const,
      code: 'NS_RUNG_LIBRARY',
      sentence: 'libnvinfer.so.10 is missing.'
    },
    { rung: 'cuda' as const, code: 'NS_RUNG_NO_GPU', sentence: 'There is no GPU.' },
    { rung: 'webgpu' as const, code: 'NS_RUNG_CRASHED', sentence: 'It crashed.' }
  ]
  const shown = (rung: Parameters<typeof missedRungs>[0]['rung']) =>
    missedRungs({ rung, refused }).map((one) => one.rung)
  t.same(shown('cpu'), ['tensorrt', 'webgpu'], 'that there is no GPU is no fault')
  t.same(shown('cuda'), ['tensorrt'], 'a lower rung costs it nothing')
  t.same(shown('tensorrt'), ['tensorrt'], 'it runs on none')
  t.same(shown('remote'), [])
  t.same(missedRungs({ rung: 'cpu' }), [], 'an older device does not say')
  t.end()
})

test('engines of a version are listed by how often they were taken', (t) => {
  const of = (version: string) =>
    enginesOf(engines(NOW, 'attention'), { name: 'sentence-roles', version })
  t.same(
    of('1.0.1').map(({ builder, taken }) => [builder, taken]),
    [
      ['press-01', 11],
      ['fill-02', 0]
    ]
  )
  t.equal(of('1.0.0').length, 1)
  t.equal(of('9.9.9').length, 0)
  t.end()
})

test('devices are found by state and by words', (t) => {
  const ids = (filter: 'all' | 'stale' | 'offline' | 'alarms', words = ''): string[] =>
    filterDevices(fleet, filter, words).map(({ id }) => id)
  t.equal(ids('all').length, 24)
  t.same(ids('offline'), ['harbour-01'])
  t.same(ids('stale'), ['pack-02'])
  t.same(ids('alarms'), ['press-01', 'ward-01'])
  t.same(ids('all', ' WARD-02 '), ['ward-02'])
  t.equal(ids('all', 'sentence-roles 1.0.0').length, 24)
  t.end()
})

test('rows become a file that no spreadsheet executes', (t) => {
  const [first] = fleet
  if (!first) throw new Error('no device')
  const bare = { ...first, name: '=1+1, "x"', hello: null, reported: null, lastSeenAt: null }
  const [head, row, rest] = devicesCsv([bare]).split('\r\n')
  t.match(head, /^id,name,state,/)
  t.match(row, `press-01,"'=1+1, ""x""",Online,,1,,12480,,2026-`)
  t.equal(rest, '')
  t.end()
})

test('the review says who changes, from what, and who follows later', (t) => {
  t.same(reviewOf(fleet, 'sentence-roles', '1.0.1'), {
    total: 24,
    from: [{ version: '1.0.0', devices: 24 }],
    already: 0,
    away: 1
  })
  t.match(reviewOf(fleet, 'sentence-roles', '1.0.0'), { from: [], already: 24 })
  t.match(reviewOf(fleet, 'other', '1.0.0'), { from: [{ version: '', devices: 24 }] })
  t.end()
})

test('a folder is judged before it is sent', (t) => {
  const file = (name: string, size = 1) => ({ name, size, webkitRelativePath: `1.0.1/${name}` })
  const whole = [file('manifest.json'), file('manifest.sig'), file('model.onnx')]
  t.equal(bundleFault(whole), '')
  t.match(bundleFault([]), /empty/)
  t.match(bundleFault([file('model.onnx')]), /no manifest\.json/)
  t.match(bundleFault([file('manifest.json')]), /not signed/)
  t.match(bundleFault([...whole, file('big', MAX_BUNDLE_BYTES)]), /larger than 200 MiB/)
  t.match(
    bundleFault([...whole, ...Array.from({ length: 200 }, (_, i) => file(`${i}`))]),
    /at most 200/
  )
  t.equal(bundlePath(file('tokenizer/vocab.txt')), 'tokenizer/vocab.txt')
  t.equal(bundlePath({ name: 'manifest.json', size: 1, webkitRelativePath: '' }), 'manifest.json')
  t.end()
})

test('a card becomes headings, lists, tables and text, never markup', (t) => {
  const card = `# Title\n\n## For\nAll **<b>** of [it](http://x).\nMore.\n\nNot for:\n- one\n  two\n- \`three\`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n`
  t.same(cardBlocks(card), [
    { kind: 'heading', text: 'For' },
    { kind: 'text', text: 'All <b> of it. More.' },
    { kind: 'text', text: 'Not for:' },
    { kind: 'list', items: ['one   two', 'three'] },
    { kind: 'table', text: 'a  ·  b\n1  ·  2' }
  ])
  t.end()
})

test('the command is safe to paste', (t) => {
  const at = { fleet: 'http://fleet:8090', token: 'abc' }
  t.equal(
    enrolCommand({ ...at, name: '' }),
    'nearside enroll --fleet http://fleet:8090 --token abc\nnearside device'
  )
  t.match(enrolCommand({ ...at, name: "$(rm) 'x'" }), `--name '$(rm) '\\''x'\\'''`)
  t.ok(isLoopback('127.0.0.1') && isLoopback('localhost'))
  t.notOk(isLoopback('fleet.example'))
  t.end()
})

test('events change the picture, and nothing else of it', (t) => {
  const [first] = fleet
  const [alert] = state.alerts
  if (!first || !alert) throw new Error('no data')
  const renamed = withDevice(state, { ...first, name: 'aaa' })
  t.equal(renamed.devices?.[0]?.name, 'aaa')
  t.equal(renamed.devices?.length, 24)
  t.equal(withDevice(EMPTY_STATE, first).devices?.length, 1)
  const detail = rollout(NOW, 'running')
  const rolled = withRollout(withRollout(EMPTY_STATE, detail), {
    ...detail,
    id: 'r9',
    createdAt: NOW
  })
  t.same(
    rolled.rollouts?.map(({ id }) => id),
    ['r9', 'r1']
  )
  t.notOk('devices' in (rolled.rollouts?.[0] ?? {}))
  t.same(
    openAlerts(state, NOW).map(({ id }) => id),
    ['a1', 'a2']
  )
  const shelved = withAlert(state, { ...alert, shelvedUntil: NOW + 1 })
  t.same(
    openAlerts(shelved, NOW).map(({ id }) => id),
    ['a2']
  )
  t.equal(withAlert(EMPTY_STATE, alert).alerts?.length, 1)
  t.notOk(isLost(EMPTY_STATE))
  t.end()
})

test('squares, their legend and the way back', (t) => {
  const detail = rollout(NOW, 'running')
  const squares = squaresOf(detail, devices(NOW, 'running'))
  t.equal(squares.find(({ id }) => id === 'harbour-02')?.state, 'offline')
  t.match(legendOf(squares), [{ state: 'done', count: 9 }, { state: 'active' }])
  t.equal(versionBefore(detail.devices), '1.0.0')
  t.equal(versionBefore([]), undefined)
  t.equal(squareState('committed', true), 'done')
  t.ok(isSettled('rejected') && isSettled('already'))
  t.notOk(isSettled('golden'))
  t.equal(stepSaid('rejected')[1], 'Refused')
  t.match(newRolloutKey(), /^[0-9a-f]{32}$/)
  t.end()
})

test('addresses, places, names and search', (t) => {
  const at = (...parts: string[]) => placeOf({ parts, query: {} })
  t.match(at(), { screen: 'overview' })
  t.match(at('devices', 'a'), { screen: 'device', subject: 'a' })
  t.match(at('rollouts', 'new'), { screen: 'new-rollout' })
  t.equal(litEntry(at('rollouts', 'r1')), '#/rollouts')
  t.equal(litEntry(at('logs')), '#/logs')
  t.equal(headingOf(at('devices', 'ward-01'), state), 'ward-01')
  t.equal(headingOf(at('rollouts', 'new'), state), 'New rollout')
  t.equal(headingOf(at('rollouts', 'r1'), state), 'Rollout')
  t.equal(
    headingOf(at('rollouts', 'r1'), withRollout(state, rollout(NOW, 'well'))),
    'sentence-roles 1.0.1'
  )
  t.equal(headingOf(at('odd'), state), 'Not found')
  const counts = navigation(state, NOW).flatMap(({ items }) => items)
  t.equal(counts.find(({ href }) => href === '#/alerts')?.count, 2)
  t.match(findInFleet(withRollout(state, rollout(NOW, 'well')), 'sentence-roles 1.0.1'), [
    { href: '#/registry/sentence-roles/1.0.1' },
    { href: '#/rollouts/r1' }
  ])
  t.same(seriesSaid('disk.used:/data'), { title: 'Disk in use, /data', decimals: 1 })
  t.same(seriesSaid('odd.one'), { title: 'odd.one', decimals: 2 })
  t.equal(rungSaid({ precision: 'int8', rung: 'cpu' }), 'INT8 on CPU')
  t.end()
})
