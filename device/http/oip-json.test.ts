// JSON of tensors: every datatype at its bounds, integers beyond 2^53, nesting, and JSON that is an attack.

import t from 'tap'
import { boundJson, InexactInteger, parseJson, tensorFromJson } from './oip-json.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const BOUNDS = { depth: 3, elements: 5, keys: 2 }

t.test('JSON is bounded before it is parsed', async (t) => {
  t.doesNotThrow(() => boundJson(bytes('{"a":[[1,2,3]]}'), BOUNDS))
  t.throws(() => boundJson(bytes('[[[[1]]]]'), BOUNDS), {
    code: 'NS_INFERENCE_INPUT',
    message: /3 deep/
  })
  t.throws(() => boundJson(bytes('[{"a":[{}]}]'), BOUNDS), { message: /deep/ })
  t.throws(() => boundJson(bytes('[1,2,3,4,5,6,7]'), BOUNDS), { code: 'NS_INPUT_TOO_LARGE' })
  t.doesNotThrow(() => boundJson(bytes('["[[[[,,,,,,","\\"[[[[,,,,,","\\\\"]'), BOUNDS), 'texts')
  t.doesNotThrow(() => boundJson(bytes('["[[[['), BOUNDS), 'a text without end')
  t.throws(() => boundJson(bytes('[[]],[[]],[[]]'), BOUNDS), { code: 'NS_INPUT_TOO_LARGE' })
  t.throws(() => boundJson(bytes('{"a":1,"b":2,"c":3}'), BOUNDS), { message: /2 keys/ })
  t.doesNotThrow(() => boundJson(bytes('{"a":"::::"}'), BOUNDS), 'colons in texts')
  t.doesNotThrow(() => boundJson(bytes('[[[]],[]]'), BOUNDS), 'what was closed is over')
})

t.test('what is no JSON is refused', async (t) => {
  for (const text of ['', '{', 'NaN', '[1,]', '{"a":01}'])
    t.throws(() => parseJson(bytes(text)), { code: 'NS_REQUEST_INVALID' }, text)
  t.throws(() => parseJson(new Uint8Array([0x22, 0xff, 0x22])), { code: 'NS_REQUEST_INVALID' })
  t.same(parseJson(bytes('[9007199254740993,1.5,7,"9007199254740993",1e300]'), true), [
    9007199254740993n,
    1.5,
    7,
    '9007199254740993',
    1e300
  ])
})

const read = (datatype: string, data: unknown, shape = [1, 2]) =>
  tensorFromJson({ name: 'x', datatype, shape }, data).data

t.test('each datatype takes its bounds and nothing beyond', async (t) => {
  const integers: [string, number, number][] = [
    ['UINT8', 0, 2 ** 8 - 1],
    ['UINT16', 0, 2 ** 16 - 1],
    ['UINT32', 0, 2 ** 32 - 1],
    ['INT8', -(2 ** 7), 2 ** 7 - 1],
    ['INT16', -(2 ** 15), 2 ** 15 - 1],
    ['INT32', -(2 ** 31), 2 ** 31 - 1]
  ]
  for (const [type, least, most] of integers) {
    t.same([...read(type, [least, most])], [least, most], type)
    for (const wrong of [least - 1, most + 1, 0.5, '1', true, null, {}, [1]])
      t.throws(() => read(type, [0, wrong]), { message: /element 1 is no/ }, `${type} ${wrong}`)
  }
  t.same([...read('BOOL', [true, 0])], [1, 0])
  t.throws(() => read('BOOL', [true, 2]), { message: /no BOOL/ })
  t.same([...read('FP32', [1.5, -1])], [1.5, -1])
  t.throws(() => read('FP32', [1e39, 0]), { message: /element 0 is no FP32/ })
  t.same([...read('FP64', [1e39, 10n ** 20n])], [1e39, 1e20])
  t.throws(() => read('FP64', [0, Number.POSITIVE_INFINITY]), { message: /element 1/ })
  t.throws(() => read('FP16', [0, 0]), { message: /binary/ })
  t.throws(() => read('BYTES', ['a', 'b']), { message: /BYTES/ })
})

t.test('64-bit integers lose no digit', async (t) => {
  t.same([...read('INT64', [-5, 7])], [-5n, 7n])
  t.same([...read('INT64', [-(2n ** 63n), 2n ** 63n - 1n])], [-(2n ** 63n), 2n ** 63n - 1n])
  t.same([...read('UINT64', [0, 2n ** 64n - 1n])], [0n, 2n ** 64n - 1n])
  t.throws(() => read('INT64', [2 ** 60, 0]), new InexactInteger())
  t.throws(() => read('INT64', [2n ** 63n, 0]), { message: /element 0 is no INT64/ })
  t.throws(() => read('UINT64', [0, -1]), { message: /element 1 is no UINT64/ })
  t.throws(() => read('INT64', [0, 1.5]), { message: /element 1/ })
  t.throws(() => read('INT64', ['1', 0]), { message: /element 0/ })
})

t.test('data is flat, or nested as the shape is', async (t) => {
  const flat = [1, 2, 3, 4]
  t.same([...read('INT8', flat, [2, 2])], flat)
  t.same(
    [
      ...read(
        'INT8',
        [
          [1, 2],
          [3, 4]
        ],
        [2, 2]
      )
    ],
    flat
  )
  t.same(
    [
      ...read(
        'INT8',
        [
          [[1], [2]],
          [[3], [4]]
        ],
        [2, 2, 1]
      )
    ],
    flat
  )
  t.throws(() => read('INT8', [[1], [2, 3, 4]], [2, 2]), { message: /needs 2 values here, not 1/ })
  t.throws(() => read('INT8', [[1, 2], 3], [2, 2]), { message: /element 2/ })
  t.throws(() => read('INT8', [[1, 2]], [2, 2]), { message: /needs 2 values here, not 1/ })
  t.throws(() => read('INT8', [1, 2, 3], [2, 2]), { message: /needs 4 values here, not 3/ })
  t.throws(() => read('INT8', undefined), { message: /data is a list/ })
  t.throws(() => read('INT8', 'AAAA'), { message: /data is a list/ })
})
