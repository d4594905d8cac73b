// The health of the device as lines: grey when all is well, a sentence for what is not.

import { test } from 'tap'
import { device } from '../../test/harness/fake-device-answers.ts'
import type { FakeState } from '../../test/harness/fake-device-readings.ts'
import { telemetry } from '../../test/harness/fake-device-readings.ts'
import { gpus, models } from '../../test/harness/fake-device-runtime.ts'
import { healthLines, healthSentence } from './device-health/health-lines.ts'
import { type DeviceState, EMPTY_STATE, withTelemetry } from './device-state.ts'

const NOW = 1_764_320_000_000
const plain = (text: string | undefined): string => (text ?? '').replaceAll('\u00A0', ' ')

const stateOf = (state: FakeState): DeviceState => ({
  ...withTelemetry(EMPTY_STATE, telemetry(NOW, state)),
  device: device(NOW, state),
  gpus: gpus(NOW, state),
  models: models(NOW, state)
})

const line = (state: DeviceState, id: string) => healthLines(state, NOW).find((of) => of.id === id)

test('a device that is well has grey lines only', async (t) => {
  const lines = healthLines(stateOf('normal'), NOW)
  t.equal(healthSentence(lines), 'All is well')
  t.same(
    lines.map(({ title }) => title),
    ['Processor', 'Memory', 'Temperature', 'GPU', 'Disk', 'Fleet', 'Models']
  )
  t.ok(lines.every(({ kind, word, odd }) => kind === 'normal' && word === '' && !odd))
  const gpu = lines.find(({ id }) => id === 'gpu 0')
  t.match(plain(gpu?.value), /^\d+ %, 61 °C$/)
  t.match(plain(gpu?.detail), /GB of 20 GB, 88 W, fan 44 %/)
  t.equal(gpu?.href, '#/series/gpu.load%3A0')
  t.equal(healthSentence([]), 'Nothing is known yet')
})

test('a lost library, a slowed GPU and a failed model are said with their sentences', async (t) => {
  const lines = healthLines(stateOf('fallen'), NOW)
  t.equal(healthSentence(lines), '3 things to look at')
  const fallen = lines.find(({ id }) => id === 'model sentence-roles')
  t.match(fallen, { kind: 'check', word: 'On a lower rung', value: 'INT8 on CPU' })
  t.match(fallen?.sentence, /not on CUDA: libcudnn\.so\.9 was not found/)
  t.match(lines.find(({ id }) => id === 'gpu 0')?.sentence, /^Slowed down: it is too hot/)
  const failed = lines.find(({ kind }) => kind === 'failed')
  t.match(failed?.sentence, /no memory left for it/)
  t.notOk(
    lines.some(({ id }) => id === 'models'),
    'no model is left for the common line'
  )
})

test('no GPU is said; eight have a line each', async (t) => {
  t.match(line(stateOf('no-gpu'), 'gpu'), { value: 'none', odd: false, detail: /no NVIDIA GPU/ })
  const many = healthLines(stateOf('many-gpus'), NOW).filter(({ id }) => id.startsWith('gpu'))
  t.equal(many.length, 8)
  t.same(
    many.filter(({ odd }) => odd).map(({ title }) => title),
    ['GPU 3', 'GPU 5']
  )
  const lines = healthLines({ ...stateOf('normal'), gpus: null }, NOW)
  t.notOk(lines.some(({ id }) => id.startsWith('gpu')))
})

test('what a Jetson tells, and what its memory does not', async (t) => {
  const state = stateOf('normal')
  const [gpu] = state.gpus?.gpus ?? []
  if (!gpu) throw new Error('no GPU')
  const jetson = {
    ...gpu,
    unifiedMemory: true,
    powerMode: 'MAXN',
    fanPercent: null,
    powerW: null,
    temperatureC: null
  }
  const shown = line({ ...state, series: [], gpus: { gpus: [jetson], sentence: '' } }, 'gpu 0')
  t.equal(shown?.detail, 'power mode MAXN')
  t.match(plain(shown?.value), /^\d+ %$/)
  t.equal(shown?.href, undefined, 'no series to open')
})

test('a stale value, a full disk and a lost link need a look', async (t) => {
  const old = line(stateOf('stale'), 'memory.used')
  t.match(old, { kind: 'stale', odd: true })
  t.equal(plain(old?.sentence), 'No new value for 47 min.')
  const hot = line(stateOf('alarm'), 'cpu.load')
  t.match(plain(hot?.sentence), /^\d+\.\d %, normal 3\.0–21\.0\.$/)
  const unseen = stateOf('stale')
  const silent = (unseen.series ?? []).map((of) => ({ ...of, state: 'stale' as const, at: null }))
  t.equal(line({ ...unseen, series: silent }, 'cpu.load')?.sentence, 'No value yet.')
  const state = stateOf('no-link')
  const link = line(state, 'link')
  t.match(link, { kind: 'off', odd: true, value: 'No link' })
  t.match(link?.sentence, /^Analyses run here as usual/)
  t.match(plain(link?.detail), /^214 results wait, 186 kB, oldest/)
  const { device: known } = state
  if (!known) throw new Error('no device')
  const alone = { ...known.link, state: 'none' as const, sentence: 'It belongs to no fleet.' }
  t.match(line({ ...state, device: { ...known, link: alone } }, 'link'), {
    value: 'No fleet',
    detail: 'It belongs to no fleet.',
    odd: false
  })
  const full = { ...known, disk: { freeBytes: 1e9, totalBytes: 494e9 } }
  t.match(line({ ...state, device: full }, 'disk'), {
    kind: 'check',
    word: 'Nearly full',
    odd: true
  })
  t.notOk(line({ ...state, device: null }, 'disk'))
})
