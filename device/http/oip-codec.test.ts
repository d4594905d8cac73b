// The codec at its border between the agent's thread and the worker: what goes where, and what becomes of
// work when the worker ends or runs out of memory.

import t from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { ModelFacts } from './oip-call.ts'
import { OipCodec } from './oip-codec.ts'
import { encodeAnswer } from './oip-encode.ts'

const facts: ModelFacts = {
  model: 'm',
  version: '1.0.0',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, -1] }],
  maxRows: 8,
  maxBytes: 64 * 1024 * 1024,
  maxJsonElements: 4_000_000
}

const request = (numbers: number): Uint8Array<ArrayBuffer> => {
  const data = Array.from({ length: numbers }, (_, index) => index)
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, numbers], data }]
  return new TextEncoder().encode(JSON.stringify({ id: 'i', inputs }))
}

t.test('small bodies are read at once, large ones in a worker, with the same result', async (t) => {
  const clock = new ManualClock()
  const codec = new OipCodec(clock)
  t.teardown(() => codec.close())
  const small = await codec.decode(facts, request(10), undefined)
  t.notOk(codec.threaded)
  const large = await codec.decode(facts, request(50_000), undefined)
  t.ok(codec.threaded)
  t.same({ ...large, inputs: {} }, { ...small, inputs: {} })
  t.equal(large.inputs['x']?.data.length, 50_000)
  t.equal(large.inputs['x']?.data[49_999], 49_999)
  const many = await Promise.all(
    [1, 2, 3].map((n) => codec.decode(facts, request(n * 20_000), undefined))
  )
  t.same(
    many.map(({ inputs }) => inputs['x']?.data.length),
    [20_000, 40_000, 60_000]
  )
  await t.rejects(codec.decode({ ...facts, maxRows: 0 }, request(50_000), undefined), {
    code: 'NS_INFERENCE_INPUT',
    message: /at most 0 rows/
  })
  clock.advance(9000)
  t.ok(codec.threaded)
  clock.advance(1000)
  t.notOk(codec.threaded, 'it ends when it is idle')
  t.ok(await codec.decode(facts, request(50_000), undefined), 'and starts again')
})

t.test('answers are written where they fit', async (t) => {
  const codec = new OipCodec(new ManualClock())
  t.teardown(() => codec.close())
  const result = (length: number, binary: boolean) => ({
    ...{ model: 'm', version: '1.0.0', id: undefined },
    wanted: [{ name: 'y', binary }],
    outputs: {
      y: { datatype: 'FP32', shape: [1, length], data: new Float32Array(length) } as const
    }
  })
  const text = async (length: number) =>
    JSON.parse(Buffer.concat((await codec.encode(result(length, false))).parts).toString())
  t.equal((await text(3)).outputs[0].data.length, 3)
  await codec.encode(result(100_000, true))
  t.notOk(codec.threaded, 'binary data costs nothing')
  t.equal((await text(100_000)).outputs[0].data.length, 100_000)
  t.ok(codec.threaded)
  t.throws(() => encodeAnswer({ ...result(1, false), outputs: {} }), {
    code: 'NS_INFERENCE_FAILED',
    message: /did not answer its output y/
  })
  const infinite = { datatype: 'FP32', shape: [1], data: new Float32Array([Number.NaN]) } as const
  t.throws(() => encodeAnswer({ ...result(1, false), outputs: { y: infinite } }), {
    code: 'NS_INFERENCE_FAILED',
    message: /ask for binary_data/
  })
})

t.test('JSON beyond its bounds is refused before it is parsed', async (t) => {
  const codec = new OipCodec(new ManualClock())
  t.teardown(() => codec.close())
  const code = 'NS_INPUT_TOO_LARGE'
  const few = { ...facts, maxJsonElements: 1000 }
  await t.rejects(codec.decode(few, request(2000), undefined), { code, message: /1000 values/ })
  const long = new Uint8Array(64 * 1024 * 1024 + 1).fill(0x20)
  await t.rejects(codec.decode(facts, long, undefined), { code, message: /67108864 bytes/ })
})

t.test('work that the worker had is lost with it, and said to be', async (t) => {
  const codec = new OipCodec(new ManualClock())
  const lost = codec.decode(facts, request(50_000), undefined)
  await Promise.all([t.rejects(lost, { code: 'NS_WORKER_FAILED' }), codec.close()])
})
