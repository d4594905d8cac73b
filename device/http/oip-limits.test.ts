// What the inference door does with clients that send too much, too slowly or half, that hang up, that do not
// read, or that are too many: it is bounded and goes on.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type OipServer, openOipServer } from '../../test/harness/oip-server.ts'
import { rawRequest, sendAndHangUp } from '../../test/harness/raw-http.ts'

const KIB = 1024

/** Waits until something holds; the time limit of the test bounds it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await nextTurn()
}

const open = (url: string): Socket => connect(Number(new URL(url).port), '127.0.0.1')

const head = (path: string, headers: Record<string, string | number>): string =>
  [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    ''
  ].join('\r\n')

const ECHO = '/v2/models/echo/infer'
const TINY = '/v2/models/tiny/infer'

async function answers(t: Test, { url }: OipServer): Promise<void> {
  const body = { inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], data: [1] }] }
  const response = await fetch(url + ECHO, { method: 'POST', body: JSON.stringify(body) })
  t.equal(response.status, 200, 'the server goes on')
  await response.body?.cancel()
}

t.test('a body beyond the limit is refused, by its length or when it gets there', async (t) => {
  const server = await openOipServer({ limits: { bodyBytes: 64 * KIB } })
  t.teardown(() => server.close())
  const url = server.url + ECHO
  const declared = await rawRequest(url, {
    body: ['{'],
    headers: { 'content-length': String(2 * 1024 ** 3) }
  })
  t.equal(declared.status, 413)
  t.match(declared.body['error'], /larger than 65536 bytes/)
  const chunks = function* () {
    for (;;) yield new Uint8Array(KIB)
  }
  const chunked = await rawRequest(url, { body: chunks() })
  t.equal(chunked.status, 413)
  const bomb = await rawRequest(url, {
    body: [gzipSync(new Uint8Array(8 * 1024 * KIB))],
    headers: { 'content-encoding': 'gzip' }
  })
  t.equal(bomb.status, 413, 'the limit holds for what is unpacked')
  t.equal(server.door.budget.leftBytes, server.door.limits.bodiesBytes, 'nothing is still counted')
  await answers(t, server)
})

t.test('content encodings', async (t) => {
  const server = await openOipServer()
  t.teardown(() => server.close())
  const body = { inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], data: [1] }] }
  const send = (bytes: Uint8Array, encoding: string) =>
    rawRequest(server.url + ECHO, { body: [bytes], headers: { 'content-encoding': encoding } })
  const packed = gzipSync(JSON.stringify(body))
  t.equal((await send(packed, 'gzip')).status, 200)
  t.equal((await send(packed, 'GZIP')).status, 200, 'names of codings know no case')
  const damaged = await send(packed.subarray(0, -9), 'gzip')
  t.equal(damaged.status, 400)
  t.match(damaged.body['error'], /damaged/)
  t.equal((await send(packed, 'br')).status, 415)
})

t.test('a client that stops sending is answered and let go', async (t) => {
  const clock = new ManualClock()
  const server = await openOipServer({ clock })
  t.teardown(() => server.close())
  const { budget, limits } = server.door
  const socket = open(server.url)
  socket.write(`${head(ECHO, { 'content-length': 100 })}{"inputs"`)
  await until(() => budget.leftBytes < limits.bodiesBytes)
  clock.advance(limits.stalledMs)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1.1 400.*No byte of the body came/s)
  socket.destroy()
  await until(() => budget.leftBytes === limits.bodiesBytes)
  await answers(t, server)
})

t.test('the bodies of all requests together are bounded', async (t) => {
  const server = await openOipServer({ limits: { bodiesBytes: 1000 } })
  t.teardown(() => server.close())
  const { budget } = server.door
  const socket = open(server.url)
  socket.write(head(ECHO, { 'content-length': 2000 }) + ' '.repeat(900))
  await until(() => budget.leftBytes === 100)
  const second = await fetch(server.url + ECHO, { method: 'POST', body: ' '.repeat(200) })
  t.equal(second.status, 429)
  t.equal(second.headers.get('retry-after'), '1')
  t.match(await second.json(), { error: /bodies of other requests/ })
  socket.destroy()
  await until(() => budget.leftBytes === 1000)
  await answers(t, server)
})

t.test('a body that is cut off leaves nothing behind', async (t) => {
  const server = await openOipServer()
  t.teardown(() => server.close())
  const { budget, limits } = server.door
  for (const length of [{ 'content-length': 100 }, { 'transfer-encoding': 'chunked' }])
    await sendAndHangUp(server.url, `${head(ECHO, length)}5\r\n{"inp`)
  await sendAndHangUp(
    server.url,
    `${head(ECHO, { 'content-length': 100, 'content-encoding': 'gzip' })}12345`
  )
  await until(() => budget.leftBytes === limits.bodiesBytes)
  await answers(t, server)
})

t.test('a client that hangs up takes its request out of the queue', async (t) => {
  const server = await openOipServer()
  t.teardown(() => server.close())
  const counted = () => server.pool.statistics('tiny')[0]
  const send = (turns: number, signal?: AbortSignal) =>
    fetch(server.url + TINY, {
      method: 'POST',
      signal: signal ?? null,
      body: JSON.stringify({
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
          { name: 'spin', datatype: 'INT64', shape: [1], data: [turns] }
        ]
      })
    })
  await (await send(1)).body?.cancel()
  const busy = send(1_000_000)
  await until(() => counted()?.pending === 1)
  const leaving = new AbortController()
  const left = send(1, leaving.signal)
  await until(() => counted()?.pending === 2)
  leaving.abort()
  await t.rejects(left)
  await until(() => counted()?.failures.CANCELED.count === 1)
  t.equal(counted()?.pending, 1)
  t.equal((await busy).status, 200)
})

t.test('a client that does not read its answer is hung up on', async (t) => {
  const server = await openOipServer({ limits: { stalledMs: 100 } })
  t.teardown(() => server.close())
  const arrived = once(server.app.server, 'connection') as Promise<[Socket]>
  const socket = open(server.url)
  socket.pause()
  const [seen] = await arrived
  // Its answer is far more than the kernel buffers of a connection hold.
  const bytes = 24 * 1024 * KIB
  socket.write(head(ECHO, { 'content-length': bytes, 'inference-header-content-length': 0 }))
  socket.write(new Uint8Array(bytes))
  await once(seen, 'close')
  socket.destroy()
  await answers(t, server)
})

t.test('answers that are not read are bounded, of all requests together', async (t) => {
  const MIB = 1024 * KIB
  const server = await openOipServer({ limits: { bodiesBytes: 20 * MIB } })
  t.teardown(() => server.close())
  const { budget } = server.door
  const bytes = 10 * MIB
  const raw = { 'content-length': bytes, 'inference-header-content-length': 0 }
  const socket = open(server.url)
  socket.pause()
  socket.write(head(ECHO, raw))
  socket.write(new Uint8Array(bytes))
  const answered = once(server.app.server, 'request') as Promise<[unknown, ServerResponse]>
  const [, response] = await answered
  await until(() => response.headersSent)
  t.ok(budget.leftBytes < 10 * MIB, 'the answer counts while it waits')
  const second = await rawRequest(server.url + ECHO, {
    body: [new Uint8Array(bytes)],
    headers: { 'inference-header-content-length': '0' }
  })
  t.equal(second.status, 429)
  t.match(second.body['error'], /answers that their clients have not read/)
  socket.destroy()
  await until(() => budget.leftBytes === 20 * MIB)
  // What is read is counted no more, and comes whole.
  const third = await fetch(server.url + ECHO, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'inference-header-content-length': '0' }
  })
  t.equal((await third.bytes()).length, Number(third.headers.get('content-length')))
  await until(() => budget.leftBytes === 20 * MIB)
})

t.test('a new connection takes the place of an idle one', async (t) => {
  const server = await openOipServer({ maxConnections: 3 })
  t.teardown(() => server.close())
  const sockets = Array.from({ length: 6 }, () => open(server.url).on('error', () => undefined))
  const closings = sockets.map((socket) => once(socket.resume(), 'close'))
  await Promise.all(closings.slice(0, 3))
  await answers(t, server)
  for (const socket of sockets) socket.destroy()
  await Promise.all(closings)
})
