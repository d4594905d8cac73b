// What an HTTP server does with clients that hold connections, stall while they send or read, or ask for more
// than they take: through real sockets on loopback, with time moved by hand.

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { boundConnections } from './http-connections.ts'

const STALLED_MS = 6000
const KIB = 1024

interface Bounded {
  readonly server: Server
  readonly clock: ManualClock
  readonly connect: () => Socket
}

async function open(
  t: Test,
  answer: RequestListener,
  limits: { readonly most?: number; readonly unsentBytes?: number } = {}
): Promise<Bounded> {
  const clock = new ManualClock()
  const server = createServer(answer)
  boundConnections(server, {
    ...{ most: 100, unsentBytes: 64 * KIB * KIB, stalledMs: STALLED_MS, clock },
    ...limits
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    ...{ server, clock },
    connect: () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined)
      sockets.push(socket)
      return socket
    }
  }
}

/** The server's end of the next connection. */
const arrived = ({ server }: Bounded): Promise<[Socket]> =>
  once(server, 'connection') as Promise<[Socket]>

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
const post = (bytes: number): string =>
  `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`

async function ask(bounded: Bounded): Promise<string> {
  const socket = bounded.connect()
  socket.write(GET)
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return bytes.toString()
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await nextTurn()
}

t.test('a new connection takes the place of the one that is idle for longest', async (t) => {
  const bounded = await open(t, (_, response) => response.end('yes'), { most: 3 })
  const idle: Socket[] = []
  for (let count = 0; count < 3; count += 1) {
    const socket = bounded.connect().resume()
    await arrived(bounded)
    idle.push(socket)
  }
  const closings = idle.map((socket) => once(socket, 'close'))
  t.match(await ask(bounded), /200 OK.*yes/s)
  await closings[0]
  t.same(
    idle.map((socket) => socket.closed),
    [true, false, false],
    'the others stay'
  )
})

t.test('thousands of idle connections keep nobody out', async (t) => {
  const bounded = await open(t, (_, response) => response.end('yes'), { most: 200 })
  for (let count = 0; count < 2000; count += 1) {
    bounded.connect()
    if (count % 100 === 99) t.match(await ask(bounded), /yes/, `after ${count + 1}`)
  }
  const open_ = await new Promise<number>((resolve) =>
    bounded.server.getConnections((_, count) => resolve(count))
  )
  t.ok(open_ <= 201, `${open_} are open`)
})

t.test('a connection at work keeps its place, and a new one is hung up on', async (t) => {
  let finish = (): void => undefined
  const bounded = await open(
    t,
    (_, response) => {
      finish = () => response.end('late')
    },
    { most: 1 }
  )
  const busy = bounded.connect()
  busy.write(GET)
  await once(bounded.server, 'request')
  await once(bounded.connect().resume(), 'close')
  finish()
  const [bytes] = (await once(busy, 'data')) as [Buffer]
  t.match(bytes.toString(), /late/)
})

t.test('a request that stalls or drips is answered 408 and ended', async (t) => {
  const bounded = await open(t, (request, response) => {
    request.resume().on('end', () => response.end('whole'))
  })
  const start = async (): Promise<[client: Socket, server: Socket]> => {
    const client = bounded.connect()
    client.write(post(100 * KIB))
    const [[server]] = await Promise.all([arrived(bounded), once(bounded.server, 'request')])
    return [client, server]
  }
  const [silent] = await start()
  const [drips, dripsThere] = await start()
  const [flows, flowsThere] = await start()
  for (let look = 0; look < 6; look += 1) {
    const [one, other] = [dripsThere.bytesRead, flowsThere.bytesRead]
    drips.write(' ')
    flows.write(' '.repeat(2 * KIB))
    await until(() => dripsThere.bytesRead > one && flowsThere.bytesRead >= other + 2 * KIB)
    bounded.clock.advance(STALLED_MS / 6)
  }
  for (const socket of [silent, drips]) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    t.match(bytes.toString(), /^HTTP\/1.1 408 .*NS_REQUEST_TIMEOUT.*too slowly/s)
    await once(socket, 'close')
  }
  flows.write(' '.repeat(88 * KIB))
  const [bytes] = (await once(flows, 'data')) as [Buffer]
  t.match(bytes.toString(), /whole/)
})

t.test('requests that drip make room where no connection is idle', async (t) => {
  const bounded = await open(
    t,
    (request, response) => void request.resume().on('end', () => response.end('yes')),
    { most: 20 }
  )
  for (let count = 0; count < 20; count += 1) {
    bounded.connect().write(post(100 * KIB))
    await once(bounded.server, 'request')
  }
  const whole = once(bounded.connect().resume(), 'close')
  await whole
  t.pass('in their first second they may still be fast')
  bounded.clock.advance(STALLED_MS / 6)
  for (let look = 0; look < 10; look += 1) bounded.clock.advance(99)
  t.match(await ask(bounded), /yes/)
})

t.test('a body that the server leaves unread is not the fault of its client', async (t) => {
  let read = (): void => undefined
  const bounded = await open(t, (request, response) => {
    read = () => request.resume().on('end', () => response.end('whole'))
    request.once('readable', () => undefined)
  })
  const client = bounded.connect()
  client.write(post(10))
  client.write('12345')
  const [[there]] = await Promise.all([arrived(bounded), once(bounded.server, 'request')])
  await until(() => there.bytesRead > 40)
  await nextTurn()
  bounded.clock.advance(3 * STALLED_MS)
  client.write('67890')
  read()
  const [bytes] = (await once(client, 'data')) as [Buffer]
  t.match(bytes.toString(), /whole/)
})

const LARGE = Buffer.alloc(16 * KIB * KIB)

t.test('a client that takes nothing of its answer is hung up on', async (t) => {
  const bounded = await open(t, (_, response) => response.end(LARGE))
  const client = bounded.connect()
  client.pause()
  client.write(GET)
  const [there] = await arrived(bounded)
  await once(bounded.server, 'request')
  const closed = once(there, 'close')
  bounded.clock.advance(STALLED_MS / 2)
  t.notOk(there.destroyed)
  bounded.clock.advance(STALLED_MS)
  await closed
  t.ok(there.destroyed)
})

t.test('answers that nobody takes are dropped, the largest first', async (t) => {
  const bounded = await open(
    t,
    ({ url }, response) => response.end(url === '/' ? LARGE : LARGE.subarray(0, 8 * KIB * KIB)),
    { unsentBytes: 10 * KIB * KIB }
  )
  const ends: Socket[] = []
  for (const path of ['/small', '/']) {
    const client = bounded.connect()
    client.pause()
    client.write(GET.replace('/', path))
    const [[there]] = await Promise.all([arrived(bounded), once(bounded.server, 'request')])
    ends.push(there)
  }
  bounded.clock.advance(STALLED_MS / 6)
  t.same(
    ends.map((there) => there.destroyed),
    [false, true]
  )
})

t.test('answers that are made but not taken count as well', async (t) => {
  let answered = 0
  const bounded = await open(t, (_, response) => {
    answered += 1
    response.end(LARGE)
  })
  const client = bounded.connect()
  client.pause()
  client.write(GET.repeat(1000))
  const [there] = await arrived(bounded)
  await once(there, 'close')
  t.equal(answered, 16, 'what was asked behind them is not answered')
})

t.test('a client that asks far ahead of its answers is hung up on', async (t) => {
  const bounded = await open(t, () => undefined)
  const client = bounded.connect().resume()
  client.write(GET.repeat(16))
  const [there] = await arrived(bounded)
  await once(bounded.server, 'request')
  t.notOk(there.destroyed)
  client.write(GET)
  await once(there, 'close')
  t.pass('the 17th request ends the connection')
})
