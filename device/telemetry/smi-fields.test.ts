// Lines of nvidia-smi, with every way of saying that there is no value, and drivers that know less.

import { test } from 'tap'
import { GpuReading } from '../../contract/index.ts'
import { busAddress, isTegraRow, SmiQuery, smiNumber, throttleReasons } from './smi-fields.ts'

/** As an H200 with driver 580.159.04 printed it. */
const H200 =
  '0, GPU-e058f3ee-74b6-61fc-9877-58355bb9e41f, NVIDIA H200, 580.159.04, 00000000:00:06.0, 143771, 0, 0, 0, 34, 37, 79.03, 700.00, 345, 1980, 3201, [N/A], 5, 16, 0x0000000000000001, 0, 0'

test('a line is read figure by figure', (t) => {
  const row = new SmiQuery().read(H200, 7)
  const reading = GpuReading.parse(row?.reading)
  t.match(reading, {
    ...{ at: 7, index: 0, name: 'NVIDIA H200', driver: '580.159.04', source: 'nvidia-smi' },
    ...{ memoryTotalMb: 143771, memoryUsedMb: 0, load: 0, memoryLoad: 0, temperatureC: 34 },
    ...{ memoryTemperatureC: 37, powerW: 79.03, powerLimitW: 700, clockMhz: 345 },
    ...{ clockMaxMhz: 1980, memoryClockMhz: 3201, fanPercent: null, pcieGeneration: 5 },
    ...{ pcieWidth: 16, throttle: [], eccCorrected: 0, eccUncorrected: 0, unifiedMemory: false }
  })
  t.equal(row?.bus, '0000:00:06')
  t.end()
})

test('whatever stands for no value is null, never NaN', (t) => {
  for (const nothing of [
    '[N/A]',
    '[Not Supported]',
    'N/A',
    '[Unknown Error]',
    '',
    undefined,
    '[GPU requires reset]'
  ])
    t.equal(smiNumber(nothing), null, String(nothing))
  t.equal(smiNumber(' 12.5 '), 12.5)
  const cells = H200.split(',').map((cell, i) => (i === 0 ? cell : ' [Unknown Error]'))
  const reading = new SmiQuery().read(cells.join(','), 0)?.reading
  t.equal(reading?.uuid, 'gpu-0')
  t.equal(reading?.name, 'NVIDIA GPU')
  t.ok(Object.values(reading ?? {}).every((value) => !Number.isNaN(value)))
  t.equal(GpuReading.parse(reading).powerW, null)
  t.end()
})

test('a line that is no reading is left out', (t) => {
  const query = new SmiQuery()
  for (const line of [
    '',
    'Failed to initialize NVML: Driver/library version mismatch',
    'Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.  Reboot the system to recover this GPU',
    H200.replace('0, GPU', 'zero, GPU'),
    `${H200}, 1`
  ])
    t.equal(query.read(line, 0), null, line)
  t.end()
})

test('the reasons for a lower clock follow from the bit mask', (t) => {
  t.same(throttleReasons('0x0000000000000001'), [], 'idle holds nothing back')
  t.same(throttleReasons('0x0000000000000004'), ['power'])
  t.same(throttleReasons(' 0x0000000000000048'), ['hardware-slowdown', 'thermal'])
  t.same(throttleReasons('0x60'), ['thermal'])
  t.same(throttleReasons('0x92'), ['application-clocks', 'sync-boost', 'power'])
  t.same(throttleReasons('0x100'), ['other'])
  t.same(throttleReasons('0x8000000000000004'), ['power', 'other'])
  for (const none of ['[N/A]', undefined, '', 'Not Active']) t.same(throttleReasons(none), [])
  t.end()
})

test('a field that the driver does not know is asked by its other name, then left out', (t) => {
  const query = new SmiQuery()
  const refusal = (name: string): string => `Field "${name}" is not a valid field to query.`
  t.match(query.fields, 'clocks_throttle_reasons.active')
  t.ok(query.refuse(refusal('clocks_throttle_reasons.active')))
  t.match(query.fields, 'clocks_event_reasons.active')
  t.ok(query.read(H200, 0), 'as many fields as before')
  t.ok(query.refuse(refusal('clocks_event_reasons.active')))
  t.notMatch(query.fields, 'reasons')
  t.equal(query.read(H200, 0), null)
  const shorter = H200.replace(', 0x0000000000000001', '')
  t.match(query.read(shorter, 0)?.reading, { throttle: [], pcieWidth: 16, eccCorrected: 0 })
  t.notOk(query.refuse(refusal('clocks_event_reasons.active')), 'it is not asked any more')
  t.notOk(query.refuse(refusal('index')), 'without the index no line can be told apart')
  t.notOk(query.refuse(H200))
  t.end()
})

test('a place on the bus reads the same from both sides', (t) => {
  t.equal(busAddress('00000000:3B:00.0'), '0000:3b:00')
  t.equal(busAddress('0000:3b:00'), '0000:3b:00')
  t.equal(busAddress('3b:00'), null)
  t.equal(busAddress(null), null)
  t.end()
})

test('the row of a Jetson is known by its name and its emptiness', (t) => {
  const cells = H200.split(',').map((cell, i) => (i < 3 ? cell : ' [N/A]'))
  cells[2] = ' Orin (nvgpu)'
  const query = new SmiQuery()
  const row = query.read(cells.join(','), 0)
  t.ok(row && isTegraRow(row))
  const whole = query.read(H200, 0)
  t.notOk(whole && isTegraRow(whole))
  t.end()
})
