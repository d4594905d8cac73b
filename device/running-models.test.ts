import { test } from 'tap'
import { type DeviceModel, MAX_PACKET_BYTES, RunningModel } from '../contract/index.ts'
import { models } from '../test/harness/fake-device-runtime.ts'
import { runningModels } from './running-models.ts'

const [fallen] = models(0, 'fallen').models as [DeviceModel]

test('a model is told with the rungs that it is not on, each with its reason', async (t) => {
  const [told] = runningModels([fallen])
  const refused = fallen.ladder.filter(({ code }) => code !== null)
  t.ok(refused.length > 0)
  t.same(
    told?.refused?.map(({ rung, code }) => [rung, code]),
    refused.map(({ rung, code }) => [rung, code])
  )
  t.same(Object.keys(told ?? {}).sort(), Object.keys(RunningModel.shape).sort())
  const ladder = fallen.ladder.map((status) => ({ ...status, code: null }))
  t.same(runningModels([{ ...fallen, ladder }])[0]?.refused, [])
})

test('however much there is to say, it fits into a packet', async (t) => {
  const sentence = '\u20ac'.repeat(1000)
  const ladder = fallen.ladder.map((status) => ({ ...status, code: 'NS_RUNG_LIBRARY', sentence }))
  const told = runningModels(Array.from({ length: 200 }, () => ({ ...fallen, ladder })))
  for (const model of told) t.doesNotThrow(() => RunningModel.parse(model))
  t.ok(told[0]?.refused?.every((one) => one.sentence.length === 300))
  t.equal(told.at(-1)?.refused, undefined, 'left out, not cut')
  t.ok(Buffer.byteLength(JSON.stringify(told)) < MAX_PACKET_BYTES)
})
