// What the gRPC door does with clients that send too much, half, or what no client of the library can send,
// that do not read, or that are too many: it answers with a sentence, is bounded and goes on.

import { once } from 'node:events'
import { constants } from 'node:http2'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import t, { type Test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type OipServer, openOipServer } from '../../test/harness/oip-server.ts'
import { framed, RawGrpc } from '../../test/harness/raw-grpc.ts'
import { boundMessage, targetOf } from './oip-grpc-bounds.ts'
import { publishedService } from './oip-grpc-proto.ts'
import { type GrpcOptions, type GrpcServer, openGrpcServer } from './oip-grpc-server.ts'

const MIB = 1024 * 1024

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn()
}

interface Opened {
  readonly server: OipServer
  readonly grpc: GrpcServer
  readonly client: (windowBytes?: number) => RawGrpc
  readonly whole: () => boolean
}

type Wishes = Parameters<typeof openOipServer>[0] & Partial<GrpcOptions>

async function open(
  t: Test,
  { maxConnections, maxCalls, ...options }: Wishes = {}
): Promise<Opened> {
  const server = await openOipServer(options)
  const limits = {
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxCalls === undefined ? {} : { maxCalls })
  }
  const grpc = await openGrpcServer({ door: server.door, ready: () => null, port: 0, ...limits })
  const clients: RawGrpc[] = []
  t.teardown(async () => {
    for (const client of clients) client.close()
    await grpc.close()
    await server.close()
  })
  const { budget, limits: allowed } = server.door
  return {
    ...{ server, grpc },
    client: (windowBytes) => {
      const client = new RawGrpc(grpc.address, windowBytes)
      clients.push(client)
      return client
    },
    whole: () => budget.leftBytes === allowed.bodiesBytes
  }
}

const encode = (message: object): Buffer =>
  publishedService()['ModelInfer']?.requestSerialize(message) as Buffer

/** An inference of one row. */
function echo(floats: number, over: object = {}): Buffer {
  return encode({
    model_name: 'echo',
    inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, floats] }],
    raw_input_contents: [Buffer.alloc(floats * 4)],
    ...over
  })
}

const ask = (client: RawGrpc, message: Buffer, method = 'ModelInfer') => {
  const call = client.call(method)
  call.stream.end(framed(message))
  return call.ended
}

async function answers(t: Test, client: RawGrpc): Promise<void> {
  t.match(await ask(client, echo(1)), { status: status.OK }, 'the server goes on')
}

const named = Buffer.from('0a046563686f', 'hex')
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])

t.test('messages that would take far more memory than their bytes', async (t) => {
  const { client } = await open(t)
  const one = client()
  // Fields 4 to 7 are parameters, inputs, outputs and raw contents; each of these is empty.
  for (const number of [4, 5, 6, 7])
    for (const count of [30_000, 500_000]) {
      const empty = Buffer.from([(number << 3) | 2, 0])
      const told = await ask(one, Buffer.concat([named, Buffer.alloc(count * 2, empty)]))
      t.match(told, { status: status.INVALID_ARGUMENT, details: /more than 20000 fields/ })
    }
  const shape = echo(1, {
    inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: Array(30_000).fill(1) }]
  })
  t.match(await ask(one, shape), { details: /more than 20000 fields/ })
  for (const contents of [{ fp32_contents: [] as number[] }, { int64_contents: [] as number[] }]) {
    const [list = []] = Object.values(contents)
    for (let count = 0; count < 2 * MIB + 1; count += 1) list.push(1)
    const inputs = [{ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], contents }]
    const told = await ask(one, echo(1, { inputs, raw_input_contents: [] }))
    t.match(told, { status: status.RESOURCE_EXHAUSTED, details: /typed contents hold more than/ })
  }
  await answers(t, one)
})

t.test('fields that decoders read differently are refused', async (t) => {
  const bounds = { fields: 100, elements: 10 }
  const contents = (inner: Buffer) => field(5, field(5, inner))
  const wrong = [
    [0x0b], // a group
    [0xfa, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], // a tag beyond 32 bits
    [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], // a length beyond 32 bits
    [0x0a, 0x05, 0x61], // a text that is cut off
    [0x0d, 0x00], // four bytes that are one
    Array(12).fill(0xff)
  ]
  for (const bytes of wrong) {
    t.throws(() => targetOf(new Uint8Array(bytes)), { code: 'NS_REQUEST_INVALID' })
    t.throws(() => boundMessage(new Uint8Array(bytes), bounds), { code: 'NS_REQUEST_INVALID' })
  }
  const many: Record<string, Buffer> = {
    'FP64, packed': field(7, Buffer.alloc(88)),
    'FP32, packed': field(6, Buffer.alloc(44)),
    'FP32, one by one': Buffer.alloc(55, Buffer.from([0x35, 0, 0, 0, 0])),
    'texts, one by one': Buffer.alloc(22, Buffer.from([0x42, 0]))
  }
  for (const [what, bytes] of Object.entries(many))
    t.throws(() => boundMessage(contents(bytes), bounds), { code: 'NS_INPUT_TOO_LARGE' }, what)
  t.doesNotThrow(() => boundMessage(contents(field(8, Buffer.alloc(60))), bounds))
  t.doesNotThrow(() => boundMessage(Buffer.from('0affffffff00', 'hex').subarray(0, 0), bounds))
})

t.test('texts that a status cannot hold end no connection', async (t) => {
  const { client } = await open(t)
  const one = client()
  const halved = `${'x'.repeat(63)}😀😀`
  const inputs = [{ name: halved, datatype: 'FP32', shape: [1, 1] }]
  t.match(await ask(one, echo(1, { inputs })), { status: status.INVALID_ARGUMENT })
  for (const [over, details] of [
    [{ model_name: 'z'.repeat(MIB) }, /model_name has more than 300 bytes/],
    [{ id: 'z'.repeat(MIB) }, /id has more than 1000 bytes/],
    [{ outputs: [{ name: 'z'.repeat(MIB) }] }, /no output named z+;/]
  ] as const)
    t.match(await ask(one, echo(1, over)), { status: status.INVALID_ARGUMENT, details })
  const name = (length: number) =>
    publishedService()['ModelMetadata']?.requestSerialize({ name: 'z'.repeat(length) }) as Buffer
  t.match(await ask(one, name(60_000), 'ModelMetadata'), { status: status.NOT_FOUND })
  t.match(await ask(one, name(70_000), 'ModelMetadata'), {
    status: status.RESOURCE_EXHAUSTED,
    details: /ModelMetadata takes at most 65536 bytes/
  })
  t.match(await ask(one, Buffer.alloc(40, 0xff), 'RepositoryModelLoad'), {
    status: status.INVALID_ARGUMENT,
    details: /no request of RepositoryModelLoad/
  })
  t.notOk(one.closed)
  await answers(t, one)
})

t.test('bytes of messages that are not complete are bounded, of all calls together', async (t) => {
  const { client, server, whole } = await open(t, { limits: { bodiesBytes: 2 * MIB } })
  const { budget } = server.door
  const one = client()
  const half = one.call('ModelInfer')
  half.stream.write(framed(new Uint8Array(1400 * 1024), 2 * MIB))
  await until(() => budget.leftBytes < 800 * 1024)
  const other = one.call('ModelInfer')
  other.stream.write(framed(new Uint8Array(1400 * 1024), 2 * MIB))
  t.match(await other.ended, { status: status.RESOURCE_EXHAUSTED, details: /fill the memory/ })
  half.stream.close(constants.NGHTTP2_CANCEL)
  await until(whole)
  // Complete, but not sent to its end: nobody works on it yet.
  const open1 = one.call('ModelInfer')
  open1.stream.write(framed(echo(240_000)))
  await until(() => budget.leftBytes < 1200 * 1024)
  t.match(await ask(one, echo(320_000)), { status: status.RESOURCE_EXHAUSTED })
  open1.stream.end()
  t.match(await open1.ended, { status: status.OK })
  await until(whole)
  await answers(t, one)
})

t.test('a call that stalls in the middle of its message is ended', async (t) => {
  const clock = new ManualClock()
  const { client, server, whole } = await open(t, { clock })
  const { budget, limits } = server.door
  const one = client()
  const silent = one.call('ModelInfer')
  const half = one.call('ModelStreamInfer')
  half.stream.write(framed(new Uint8Array(1000), MIB))
  const idle = one.call('ModelStreamInfer')
  await until(() => budget.leftBytes < limits.bodiesBytes)
  await answers(t, one)
  clock.advance(limits.stalledMs)
  for (const { ended } of [silent, half])
    t.match(await ended, {
      status: status.DEADLINE_EXCEEDED,
      details: /Nothing moved for 30000 ms/
    })
  await until(whole)
  idle.stream.end(framed(echo(1)))
  t.match(await idle.ended, { status: status.OK }, 'a stream owes nothing between its messages')
})

t.test('answers that are not read are bounded, and their calls end', async (t) => {
  const clock = new ManualClock()
  const { client, server, whole } = await open(t, { clock, limits: { bodiesBytes: 2 * MIB } })
  const { budget, limits } = server.door
  const one = client(1000)
  const unread = one.call('ModelInfer', false)
  unread.stream.end(framed(echo(200_000)))
  await once(unread.stream, 'response')
  await until(() => budget.leftBytes < MIB / 2)
  t.match(await ask(client(), echo(MIB / 4)), { status: status.RESOURCE_EXHAUSTED })
  await answers(t, client())
  clock.advance(limits.stalledMs)
  t.match(await unread.ended, { status: undefined, reset: constants.NGHTTP2_CANCEL })
  await until(whole)
  await answers(t, one)
})

t.test('a call beyond the limit takes the place of one without work', async (t) => {
  const { client } = await open(t, { maxCalls: 2 })
  const one = client()
  const streams = [one.call('ModelStreamInfer'), one.call('ModelStreamInfer')]
  for (const { stream } of streams) {
    stream.write(framed(echo(1)))
    await once(stream, 'data')
  }
  await answers(t, one)
  t.match(await streams[0]?.ended, {
    status: status.UNAVAILABLE,
    details: /More than 2 calls are open/
  })
  streams[1]?.stream.end()
  t.match(await streams[1]?.ended, { status: status.OK })
})

t.test('a connection beyond the limit takes the place of an idle one', async (t) => {
  const { client, grpc } = await open(t, { maxConnections: 2 })
  const busy = client()
  const stream = busy.call('ModelStreamInfer')
  stream.stream.write(framed(echo(1)))
  await once(stream.stream, 'data')
  const port = Number(grpc.address.split(':')[1])
  for (let count = 0; count < 5; count += 1)
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .unref()
  await answers(t, client())
  stream.stream.end(framed(echo(1)))
  t.match(await stream.ended, { status: status.OK }, 'one that is busy stays')
})
