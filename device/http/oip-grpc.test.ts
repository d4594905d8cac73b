// The Open Inference Protocol over gRPC through its own door, with a client made from the published proto:
// status codes, raw and typed contents, streams, cancellation, deadlines.

import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ClientDuplexStream,
  credentials,
  type Deadline,
  Metadata,
  makeClientConstructor,
  type ServiceError,
  status
} from '@grpc/grpc-js'
import t from 'tap'
import { openOipServer } from '../../test/harness/oip-server.ts'
import { targetOf } from './oip-grpc-bounds.ts'
import { publishedService } from './oip-grpc-proto.ts'
import { openGrpcServer } from './oip-grpc-server.ts'

const server = await openOipServer({ limits: { bodyBytes: 4 * 1024 * 1024 } })
const grpc = await openGrpcServer({ door: server.door, ready: () => null, port: 0 })
t.teardown(async () => {
  await grpc.close()
  await server.close()
})

type Json = Record<string, unknown>
const Client = makeClientConstructor(publishedService(), 'GRPCInferenceService')
const client = new Client(grpc.address, credentials.createInsecure()) as unknown as Record<
  string,
  (...given: unknown[]) => never
>
t.teardown(() => client['close']?.())

interface Told {
  readonly answer: Json
  readonly metadata: Metadata
}

function tell(method: string, request: Json, deadline?: Deadline): Promise<Told> {
  return new Promise((resolve, reject) => {
    let metadata = new Metadata()
    const options = deadline === undefined ? {} : { deadline }
    const call = client[method]?.(request, options, (error: ServiceError | null, answer: Json) =>
      error ? reject(error) : resolve({ answer, metadata })
    ) as unknown as NodeJS.EventEmitter
    call.on('metadata', (given: Metadata) => {
      metadata = given
    })
  })
}

const ask = async (method: string, request: Json = {}): Promise<Json> =>
  (await tell(method, request)).answer

const raw = (data: ArrayBufferView): Buffer =>
  Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

const tiny = (over: Json = {}, turns = 1n): Json => ({
  model_name: 'tiny',
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 2] },
    { name: 'spin', datatype: 'INT64', shape: [1] }
  ],
  raw_input_contents: [raw(new Float32Array([1, 2])), raw(new BigInt64Array([turns]))],
  ...over
})

const floats = (bytes: unknown): number[] => [
  ...new Float32Array(new Uint8Array(bytes as Buffer).buffer)
]

t.test('server and models describe themselves', async (t) => {
  t.same(await ask('ServerLive'), { live: true })
  t.same(await ask('ServerReady'), { ready: true })
  t.match(await ask('ServerMetadata'), { name: 'nearside', extensions: { length: 5 } })
  t.same(await ask('ModelReady', { name: 'tiny' }), { ready: true })
  t.same(await ask('ModelReady', { name: 'tiny', version: '9' }), { ready: false })
  t.match(await ask('ModelMetadata', { name: 'tiny' }), {
    versions: ['1.0.0'],
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['-1', '2'] }, { name: 'spin' }]
  })
  t.match(await ask('ModelConfig', { name: 'tiny', version: '1.0.0' }), {
    config: {
      name: 'tiny',
      max_batch_size: 8,
      input: [
        { data_type: 'TYPE_FP32', dims: ['2'] },
        { dims: ['1'], reshape: { shape: [] } }
      ]
    }
  })
  t.match(await ask('RepositoryIndex', { ready: true }), { models: { length: 4 } })
})

t.test('raw and typed contents are inferred alike, with the figures of the batch', async (t) => {
  const { answer, metadata } = await tell('ModelInfer', tiny({ id: 'seven' }))
  t.match(answer, {
    model_name: 'tiny',
    model_version: '1.0.0',
    id: 'seven',
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['1', '2'] }]
  })
  t.same(floats((answer['raw_output_contents'] as Buffer[])[0]), [2, 4])
  t.same(metadata.get('nearside-rung'), ['cpu'])
  t.same(metadata.get('nearside-batch-size'), ['1'])
  const typed = await ask('ModelInfer', {
    model_name: 'tiny',
    parameters: {
      priority: { int64_param: 1 },
      timeout: { uint64_param: 60_000_000 },
      note: { string_param: 'x' },
      flag: { bool_param: true },
      share: { double_param: 0.5 }
    },
    outputs: [{ name: 'y' }],
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } },
      { name: 'spin', datatype: 'INT64', shape: [1], contents: { int64_contents: [1] } }
    ]
  })
  t.same(floats((typed['raw_output_contents'] as Buffer[])[0]), [2, 4])
  const fields: [string, string, unknown[]][] = [
    ['BOOL', 'bool_contents', [true, false]],
    ['UINT8', 'uint_contents', [0, 255]],
    ['UINT16', 'uint_contents', [0, 65_535]],
    ['UINT32', 'uint_contents', [0, 4_294_967_295]],
    ['UINT64', 'uint64_contents', ['0', '18446744073709551615']],
    ['INT8', 'int_contents', [-128, 127]],
    ['INT16', 'int_contents', [-32_768, 32_767]],
    ['INT32', 'int_contents', [-2_147_483_648, 2_147_483_647]],
    ['INT64', 'int64_contents', ['-9223372036854775808', '9007199254740993']],
    ['FP32', 'fp32_contents', [1.5, -0.25]],
    ['FP64', 'fp64_contents', [1e-300, 1e300]]
  ]
  const every = await ask('ModelInfer', {
    model_name: 'types',
    inputs: fields.map(([datatype, field, values]) => ({
      ...{ name: `in_${datatype}`, datatype, shape: [1, 2] },
      contents: { [field]: values }
    }))
  })
  const wide = (every['raw_output_contents'] as Buffer[])[8]
  t.equal(wide?.readBigInt64LE(8), 9007199254740993n)
  const large = new Float32Array(100_000).fill(2)
  const echoed = await ask('ModelInfer', {
    model_name: 'echo',
    inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, large.length] }],
    raw_input_contents: [raw(large)]
  })
  t.equal((echoed['raw_output_contents'] as Buffer[])[0]?.length, large.byteLength)
  t.ok(server.door.codec.threaded, 'large messages are read in the worker')
})

t.test('what is refused has the status that says why', async (t) => {
  const input = (over: Json) => ({ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], ...over })
  const echo = (over: Json, more: Json = {}) => ({
    model_name: 'echo',
    inputs: [input(over)],
    ...more
  })
  const one = raw(new Float32Array([1]))
  const cases: [Json, status, RegExp][] = [
    [tiny({ model_name: 'nope' }), status.NOT_FOUND, /nope/],
    [tiny({ model_version: '9' }), status.NOT_FOUND, /served as 1\.0\.0/],
    [tiny({ inputs: [] }), status.INVALID_ARGUMENT, /also needs x, spin/],
    [tiny({ raw_input_contents: [one] }), status.INVALID_ARGUMENT, /2 inputs and 1 raw/],
    [tiny({ outputs: [{ name: 'z' }] }), status.INVALID_ARGUMENT, /no output named z/],
    [tiny({ parameters: { priority: { int64_param: 99 } } }), status.INVALID_ARGUMENT, /priority/],
    [
      tiny({ parameters: { sequence_id: { string_param: 's' } } }),
      status.INVALID_ARGUMENT,
      /state/
    ],
    [echo({}, { raw_input_contents: [Buffer.alloc(3)] }), status.INVALID_ARGUMENT, /takes 4 bytes/],
    [echo({ shape: [1, 1e9] }), status.RESOURCE_EXHAUSTED, /bytes/],
    [echo({ contents: { fp32_contents: [] } }), status.INVALID_ARGUMENT, /holds 0 values/],
    [echo({ contents: { fp32_contents: [Number.NaN] } }), status.INVALID_ARGUMENT, /finite/],
    [
      {
        ...echo({}),
        model_name: 'half',
        inputs: [{ ...input({}), name: 'in_FP16', datatype: 'FP16' }]
      },
      status.INVALID_ARGUMENT,
      /no typed contents/
    ],
    [
      echo(
        { parameters: { shared_memory_region: { string_param: 'r' } } },
        { raw_input_contents: [one] }
      ),
      status.INVALID_ARGUMENT,
      /shared memory/
    ]
  ]
  for (const [request, code, details] of cases)
    await t.rejects(ask('ModelInfer', request), { code, details }, String(details))
  await t.rejects(ask('ModelMetadata', { name: 'nope' }), { code: status.NOT_FOUND })
  await t.rejects(ask('ModelStatistics', { name: 'nope' }), { code: status.NOT_FOUND })
  await t.rejects(ask('RepositoryModelLoad', { model_name: 'nope' }), { code: status.NOT_FOUND })
  const override = { model_name: 'tiny', parameters: { config: { string_param: '{}' } } }
  await t.rejects(ask('RepositoryModelLoad', override), { code: status.INVALID_ARGUMENT })
  const huge = raw(new Float32Array(2 * 1024 * 1024))
  await t.rejects(
    ask('ModelInfer', echo({ shape: [1, 2 ** 21] }, { raw_input_contents: [huge] })),
    {
      code: status.RESOURCE_EXHAUSTED
    }
  )
  for (const wrong of [[0x0a, 0xff], [0x0b], Array(9).fill(0xff)])
    t.throws(() => targetOf(new Uint8Array(wrong)), { code: 'NS_REQUEST_INVALID' })
})

t.test('unload, load and statistics', async (t) => {
  await ask('RepositoryModelUnload', { model_name: 'half' })
  t.same(await ask('ModelReady', { name: 'half' }), { ready: false })
  await t.rejects(ask('ModelInfer', { model_name: 'half' }), { code: status.UNAVAILABLE })
  await ask('RepositoryModelLoad', { model_name: 'half' })
  t.same(await ask('ModelReady', { name: 'half' }), { ready: true })
  const { model_stats } = (await ask('ModelStatistics', { name: 'tiny' })) as {
    model_stats: { inference_stats: { success: { count: string } } }[]
  }
  t.ok(Number(model_stats[0]?.inference_stats.success.count) > 0)
  t.match(await ask('ModelStatistics'), { model_stats: { length: 4 } })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn()
}

t.test('a call that is cancelled or late leaves the queue', async (t) => {
  const counted = () => server.pool.statistics('tiny')[0]
  const before = counted()?.failures.CANCELED.count ?? 0
  const busy = ask('ModelInfer', tiny({}, 1_500_000n))
  await until(() => counted()?.pending === 1)
  const call = client['ModelInfer']?.(tiny(), (error: ServiceError | null) => {
    t.equal(error?.code, status.CANCELLED)
  }) as unknown as { cancel(): void }
  await until(() => counted()?.pending === 2)
  call.cancel()
  await until(() => counted()?.failures.CANCELED.count === before + 1)
  await t.rejects(tell('ModelInfer', tiny(), Date.now() + 50), { code: status.DEADLINE_EXCEEDED })
  await until(() => counted()?.pending === 1)
  await busy
})

t.test('a stream answers in order, survives errors and ends with its client', async (t) => {
  const stream = client['ModelStreamInfer']?.() as unknown as ClientDuplexStream<Json, Json>
  const answers: Json[] = []
  stream.on('data', (answer: Json) => answers.push(answer))
  // More than may be in flight at a time.
  for (let number = 0; number < 150; number += 1) stream.write(tiny({ id: String(number) }))
  stream.write(tiny({ id: 'bad', model_name: 'nope' }))
  stream.write(tiny({ id: 'last' }))
  stream.end()
  await once(stream, 'end')
  const ids = answers.map((answer) => (answer['infer_response'] as Json)['id'])
  t.same(ids, [...Array.from({ length: 150 }, (_, number) => String(number)), 'bad', 'last'])
  t.match(answers[150], { error_message: /nope/ })
  t.equal(answers[151]?.['error_message'], '')
  const left = client['ModelStreamInfer']?.() as unknown as ClientDuplexStream<Json, Json>
  left.on('error', () => undefined)
  left.write(tiny({}, 300_000n))
  await until(() => server.pool.statistics('tiny')[0]?.pending === 1)
  left.cancel()
  await once(left, 'close').catch(() => undefined)
  t.match(await ask('ModelInfer', tiny()), { model_name: 'tiny' })
})

t.test('a port that is taken, a door that is not ready', async (t) => {
  const port = Number(grpc.address.split(':')[1])
  await t.rejects(openGrpcServer({ door: server.door, ready: () => null, port }), {
    code: 'NS_PORT_IN_USE'
  })
  const ready = (): string => 'not yet'
  const small = await openGrpcServer({ door: server.door, ready, port: 0 })
  const other = new Client(small.address, credentials.createInsecure()) as unknown as typeof client
  const told = await new Promise((resolve) =>
    other['ServerReady']?.({}, (_: unknown, answer: Json) => resolve(answer))
  )
  t.same(told, { ready: false })
  other['close']?.()
  await small.close()
})
