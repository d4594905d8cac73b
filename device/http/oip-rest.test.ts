// The Open Inference Protocol over REST through its own door: real sockets, real models in real executors.

import t from 'tap'
import { JSON_TYPES, type OipServer, openOipServer } from '../../test/harness/oip-server.ts'

const server = await openOipServer()
t.teardown(() => server.close())

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
  readonly text: string
  /** Behind the JSON. */
  readonly binary: Uint8Array
}

async function ask(path: string, init: RequestInit = {}, to: OipServer = server): Promise<Answer> {
  const response = await fetch(to.url + path, init)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const head = Number(response.headers.get('inference-header-content-length') ?? bytes.length)
  const text = new TextDecoder().decode(bytes.subarray(0, head))
  const json = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}
  return {
    ...response,
    status: response.status,
    headers: response.headers,
    json,
    text,
    binary: bytes.subarray(head)
  }
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(path, {
    method: 'POST',
    headers,
    body:
      typeof body === 'string' || body instanceof Uint8Array
        ? (body as never)
        : JSON.stringify(body)
  })

const TINY = '/v2/models/tiny/infer'
const x = (over: object = {}) => ({
  name: 'x',
  datatype: 'FP32',
  shape: [1, 2],
  data: [1, 2],
  ...over
})
const spin = (turns = 1) => ({ name: 'spin', datatype: 'INT64', shape: [1], data: [turns] })

/** JSON with binary data behind it. */
function framed(head: object, ...parts: Uint8Array[]) {
  const json = new TextEncoder().encode(JSON.stringify(head))
  const headers = { 'inference-header-content-length': String(json.length) }
  return { body: new Uint8Array(Buffer.concat([json, ...parts])), headers }
}

const raw = (data: ArrayBufferView<ArrayBuffer>): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

t.test('server and models describe themselves', async (t) => {
  const { json } = await ask('/v2')
  t.equal(json['name'], 'nearside')
  t.same(json['extensions'], [
    'binary_tensor_data',
    'model_repository',
    'statistics',
    'schedule_policy',
    'model_configuration'
  ])
  t.same((await ask('/v2/health/live')).json, { live: true })
  t.same((await ask('/v2/health/ready')).json, { ready: true })
  for (const path of ['/v2/models/tiny', '/v2/models/tiny/versions/1.0.0']) {
    t.match((await ask(path)).json, {
      name: 'tiny',
      versions: ['1.0.0'],
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }, { name: 'spin' }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
      parameters: { rung: 'cpu', refused: [{ rung: 'tensorrt', code: /^NS_/ }] }
    })
    t.same((await ask(`${path}/ready`)).json, { name: 'tiny', ready: true })
    t.match((await ask(`${path}/config`)).json, {
      name: 'tiny',
      max_batch_size: 8,
      input: [
        { name: 'x', data_type: 'TYPE_FP32', dims: [2] },
        { name: 'spin', data_type: 'TYPE_INT64', dims: [1], reshape: { shape: [] } }
      ],
      output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [2] }]
    })
  }
})

t.test('JSON in, JSON out, with the figures of the batch', async (t) => {
  for (const path of [TINY, '/v2/models/tiny/versions/1.0.0/infer']) {
    const answer = await post(path, { id: 'seven', inputs: [x(), spin()] })
    t.same(answer.json, {
      model_name: 'tiny',
      model_version: '1.0.0',
      id: 'seven',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [2, 4] }]
    })
    t.equal(answer.headers.get('nearside-batch-size'), '1')
    t.match(answer.headers.get('nearside-queue-us'), /^\d+$/)
    t.match(answer.headers.get('nearside-compute-us'), /^\d+$/)
    t.equal(answer.headers.get('nearside-rung'), 'cpu')
  }
  const nested = await post(TINY, {
    inputs: [x({ data: [[1, 2]] }), spin()],
    outputs: [{ name: 'y' }]
  })
  t.match(nested.json, { outputs: [{ data: [2, 4] }] })
  t.notOk('id' in nested.json)
})

t.test('every datatype goes in and comes out as JSON, without a digit lost', async (t) => {
  const values: Record<string, string> = {
    BOOL: 'true,false',
    UINT64: '18446744073709551615,9007199254740993',
    INT64: '-9223372036854775808,9007199254740993',
    FP32: '1.5,-0.25',
    FP64: '1e-300,-0.1'
  }
  const inputs = JSON_TYPES.map(
    (type) =>
      `{"name":"in_${type}","datatype":"${type}","shape":[1,2],"data":[${values[type] ?? '0,7'}]}`
  )
  const answer = await post('/v2/models/types/infer', `{"inputs":[${inputs.join()}]}`)
  t.equal(answer.status, 200, answer.text)
  // An integer that was not written as one is refused, beyond the digits of a double.
  const swap = (text: string) =>
    `{"inputs":[${inputs.join()}]}`.replace('-9223372036854775808', text)
  t.equal((await post('/v2/models/types/infer', swap('1e15'))).status, 200)
  for (const text of ['1e18', '1e30', '9007199254740993.0', '9223372036854775808'])
    t.match(await post('/v2/models/types/infer', swap(text)), {
      status: 400,
      json: { error: /in_INT64: element 0 is no INT64/ }
    })
  for (const type of JSON_TYPES)
    t.ok(
      answer.text.includes(`"datatype":"${type}","shape":[1,2],"data":[${values[type] ?? '0,7'}]`),
      type
    )
})

t.test('binary data in and out, in every mixture', async (t) => {
  const data = raw(new Float32Array([1, 2]))
  const turns = raw(new BigInt64Array([1n]))
  const binaryX = x({ data: undefined, parameters: { binary_data_size: 8 } })
  const binarySpin = { ...spin(), data: undefined, parameters: { binary_data_size: 8 } }
  const both = framed({ inputs: [binaryX, binarySpin] }, data, turns)
  t.match((await post(TINY, both.body, both.headers)).json, { outputs: [{ data: [2, 4] }] })
  const mixed = framed(
    { inputs: [spin(), binaryX], parameters: { binary_data_output: true } },
    data
  )
  const answer = await post(TINY, mixed.body, mixed.headers)
  t.match(answer.json, { outputs: [{ name: 'y', parameters: { binary_data_size: 8 } }] })
  t.match(answer.headers.get('content-type'), 'application/octet-stream')
  t.same([...new Float32Array(answer.binary.slice().buffer)], [2, 4])
  const asked = await post(TINY, {
    inputs: [x(), spin()],
    outputs: [{ name: 'y', parameters: { binary_data: true } }]
  })
  t.same([...new Float32Array(asked.binary.slice().buffer)], [2, 4])
  const half = framed(
    {
      inputs: [
        { name: 'in_FP16', datatype: 'FP16', shape: [1, 1], parameters: { binary_data_size: 2 } }
      ],
      parameters: { binary_data_output: true }
    },
    raw(new Uint16Array([0x3c00]))
  )
  const halved = await post('/v2/models/half/infer', half.body, half.headers)
  t.same([...halved.binary], [0, 0x3c])
  const alone = await post('/v2/models/echo/infer', raw(new Float32Array([5, 6])), {
    'inference-header-content-length': '0'
  })
  t.match(alone.json, { outputs: [{ shape: [1, 2], parameters: { binary_data_size: 8 } }] })
  t.same([...new Float32Array(alone.binary.slice().buffer)], [5, 6])
})

t.test('what is wrong with a request is said in a sentence', async (t) => {
  const input = (over: object) => ({ inputs: [x(over), spin()] })
  const good = { inputs: [x(), spin()] }
  const wrong: [unknown, RegExp][] = [
    ['', /not valid JSON/],
    ['{', /not valid JSON/],
    ['[]', /the body:/],
    [{}, /inputs:/],
    [{ inputs: [] }, /inputs:/],
    [{ inputs: [{ name: 'x' }] }, /inputs\.0\.datatype/],
    [{ inputs: [x()] }, /also needs spin/],
    [{ inputs: [x(), x(), spin()] }, /twice/],
    [{ inputs: [x(), spin(), { ...spin(), name: 'z' }] }, /no input named z/],
    [input({ datatype: 'INT8' }), /datatype is FP32/],
    [input({ shape: [1, 3] }), /shape/],
    [input({ shape: [2, 2], data: [1, 2, 3, 4] }), /first dimension/],
    [input({ shape: [1e9, 2] }), /bytes/],
    [input({ data: [1] }), /needs 2 values/],
    [input({ data: [1, 'a'] }), /element 1/],
    [
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1e999,1]}]}',
      /also needs spin/
    ],
    [input({ data: undefined }), /data is a list/],
    [input({ parameters: { binary_data_size: 8 } }), /data and binary_data_size/],
    [
      input({ data: undefined, parameters: { binary_data_size: 8 } }),
      /Inference-Header-Content-Length/
    ],
    [input({ parameters: { shared_memory_region: 'r' } }), /shared memory/],
    [{ ...good, outputs: [{ name: 'z' }] }, /no output named z/],
    [{ ...good, outputs: [{ name: 'y' }, { name: 'y' }] }, /twice/],
    [{ ...good, outputs: [{ name: 'y', parameters: { classification: 1 } }] }, /classification/],
    [{ ...good, parameters: { priority: 10 } }, /parameters\.priority/],
    [{ ...good, parameters: { priority: -1 } }, /parameters\.priority/],
    [{ ...good, parameters: { timeout: 0.5 } }, /parameters\.timeout/],
    [{ ...good, parameters: { sequence_id: 7 } }, /state/],
    [`{"inputs":${'['.repeat(60)}${']'.repeat(60)}}`, /40 deep/]
  ]
  for (const [body, message] of wrong) {
    const answer = await post(TINY, body)
    const status = /bytes/.test(String(message)) ? 413 : 400
    t.equal(answer.status, status, String(message))
    t.match(answer.json['error'], message)
    t.same(Object.keys(answer.json), ['error'])
    t.match(answer.headers.get('content-type'), 'application/json')
  }
  const infinite = await post(
    TINY,
    JSON.stringify(input({ data: [7, 7] })).replace('7,7', '1e999,7')
  )
  t.match(infinite.json['error'], /element 0/)
  const nine = {
    inputs: [
      x({ shape: [9, 2], data: Array(18).fill(1) }),
      { ...spin(), shape: [9], data: Array(9).fill(1) }
    ]
  }
  t.match((await post(TINY, nine)).json['error'], /at most 8 rows/)
})

t.test('binary data that lies is refused', async (t) => {
  const sized = (size: unknown) => x({ data: undefined, parameters: { binary_data_size: size } })
  const wrong: [{ body: Uint8Array; headers: Record<string, string> }, RegExp][] = [
    [framed({ inputs: [sized(8), spin()] }, new Uint8Array(7)), /cut off; 8 bytes/],
    [framed({ inputs: [sized(8), spin()] }, new Uint8Array(9)), /1 bytes of binary data belong/],
    [framed({ inputs: [sized(4), spin()] }, new Uint8Array(4)), /takes 8 bytes, not 4/],
    [framed({ inputs: [sized(-1), spin()] }), /whole number/],
    [framed({ inputs: [sized('8'), spin()] }, new Uint8Array(8)), /whole number/],
    [framed({ inputs: [sized(8), spin()] }, raw(new Float32Array([1, Number.NaN]))), /element 1/],
    [{ body: new Uint8Array(4), headers: { 'inference-header-content-length': '9' } }, /longer/],
    [{ body: new Uint8Array(4), headers: { 'inference-header-content-length': 'x' } }, /a number/],
    [{ body: new Uint8Array(8), headers: { 'inference-header-content-length': '0' } }, /2 inputs/]
  ]
  for (const [{ body, headers }, message] of wrong) {
    const answer = await post(TINY, body, headers)
    t.equal(answer.status, 400)
    t.match(answer.json['error'], message)
  }
  const none = { 'inference-header-content-length': '0' }
  t.match(
    (await post('/v2/models/echo/infer', new Uint8Array(3), none)).json['error'],
    /takes 0 bytes|at least 1/
  )
  const half = { inputs: [{ name: 'in_FP16', datatype: 'FP16', shape: [1, 1], data: [1] }] }
  t.match((await post('/v2/models/half/infer', half)).json['error'], /FP16 has no form in JSON/)
  const asJson = framed(
    {
      inputs: [
        { name: 'in_FP16', datatype: 'FP16', shape: [1, 1], parameters: { binary_data_size: 2 } }
      ]
    },
    new Uint8Array(2)
  )
  t.match(
    (await post('/v2/models/half/infer', asJson.body, asJson.headers)).json['error'],
    /binary_data/
  )
})

t.test('unknown models, versions, routes and methods', async (t) => {
  const unknown = [
    await ask('/v2/models/nope'),
    await ask('/v2/models/nope/ready'),
    await ask('/v2/models/nope/config'),
    await ask('/v2/models/nope/stats'),
    await ask('/v2/models/tiny/versions/9'),
    await ask('/v2/models/tiny/versions/9/stats'),
    await ask('/v2/nothing'),
    await post('/v2/models/nope/infer', { inputs: [x()] }),
    await post('/v2/models/tiny/versions/9/infer', { inputs: [x()] }),
    await post('/v2/repository/models/nope/load', ''),
    await post('/v2/repository/models/nope/unload', '')
  ]
  for (const { status, json } of unknown) {
    t.equal(status, 404)
    t.match(json['error'], /\w\.$/)
  }
  const wrong = await ask(TINY)
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'POST')
  t.match(wrong.json['error'], /does not take GET/)
  const problem = await ask('/v2/models/nope', { headers: { accept: 'application/problem+json' } })
  t.match(problem.json, { code: 'NS_MODEL_UNKNOWN', status: 404 })
  t.match(problem.headers.get('content-type'), 'application/problem+json')
})

t.test('the repository: index, unload, load', async (t) => {
  const index = async (body: unknown) =>
    (await post('/v2/repository/index', body)).json as unknown as { name: string }[]
  t.same((await index('')).map(({ name }) => name).sort(), ['echo', 'half', 'tiny', 'types'])
  t.same((await post('/v2/repository/models/echo/unload', '')).json, {})
  t.match(await index({ ready: false }), [
    { name: 'tiny' },
    { name: 'echo', state: 'UNAVAILABLE', reason: /load it/ }
  ])
  t.notOk((await index({ ready: true })).some(({ name }) => name === 'echo'))
  const body = { inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], data: [1] }] }
  const refused = await post('/v2/models/echo/infer', body)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.equal((await ask('/v2/models/echo/ready')).status, 503)
  t.equal(
    (await post('/v2/repository/models/echo/load', { parameters: { unload_dependents: true } }))
      .status,
    200
  )
  t.equal((await ask('/v2/models/echo/ready')).status, 200)
  t.equal(server.pool.status().find(({ name }) => name === 'echo')?.state, 'ready')
  t.equal((await post('/v2/models/echo/infer', body)).status, 200)
  const override = await post('/v2/repository/models/echo/load', { parameters: { config: '{}' } })
  t.match(override.json['error'], /signed/)
  t.equal((await post('/v2/repository/index', '[]')).status, 400)
  t.equal((await post('/v2/repository/index', '{')).status, 400)
  t.equal((await post('/v2/repository/index', ' '.repeat(70_000))).status, 413)
})

interface Statistics {
  readonly inference_stats: { readonly success: { readonly count: number } }
}

t.test('statistics count what was answered', async (t) => {
  const stats = async (path: string) =>
    ((await ask(path)).json as { model_stats: Record<string, never>[] }).model_stats
  const [before] = await stats('/v2/models/tiny/stats')
  await post(TINY, { inputs: [x(), spin()] })
  const [after] = await stats('/v2/models/tiny/versions/1.0.0/stats')
  const count = (entry: Record<string, never> | undefined): number =>
    (entry as unknown as Statistics).inference_stats.success.count
  t.equal(count(after) - count(before), 1)
  t.match(after, { name: 'tiny', version: '1.0.0', batch_stats: [{ batch_size: 1 }] })
  t.equal((await stats('/v2/models/stats')).length, 4)
})

t.test('a server that is not ready says so', async (t) => {
  const starting = await openOipServer({ ready: () => 'The models are being looked for.' })
  t.teardown(() => starting.close())
  const answer = await ask('/v2/health/ready', {}, starting)
  t.equal(answer.status, 503)
  t.same(answer.json, { error: 'The models are being looked for.' })
})

t.test('the description has every route with both forms of errors', async (t) => {
  const { json } = await ask('/openapi.json')
  const { paths } = json as {
    paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>
  }
  const responses = paths['/v2/models/{model}/infer']?.['post']?.responses ?? {}
  for (const status of ['400', '404', '405', '413', '415', '429', '503', '504'])
    t.same(
      Object.keys(responses[status]?.content ?? {}),
      ['application/json', 'application/problem+json'],
      status
    )
  t.same(
    Object.keys(paths).filter((path) => !path.startsWith('/v2')),
    []
  )
})
