// Models that are sent to another server: to a second device with real models, through a line that breaks; and
// back to this device without losing a request.

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { DeviceModel, RemoteSetting } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { openOipServer } from '../../test/harness/oip-server.ts'
import { TcpProxy } from '../../test/harness/tcp-proxy.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { ModelPool, type ModelRequest, type ServedAnswer } from './index.ts'
import { tensorFrom } from './tensors.ts'

const KEY = testKey()

function request(x: number, spin = 1, rows = 1): ModelRequest {
  const data = Array.from({ length: rows }, () => [x, -x]).flat()
  const inputs = {
    x: tensorFrom({ datatype: 'FP32', shape: [rows, 2], data }),
    spin: tensorFrom({ datatype: 'INT64', shape: [rows], data: Array(rows).fill(spin) })
  }
  return { kind: 'tensors', inputs }
}

const output = ({ answer }: ServedAnswer): number =>
  answer.kind === 'tensors' ? Number(answer.outputs['y']?.data[0]) : Number.NaN

interface Bench {
  readonly clock: ManualClock
  readonly pool: ModelPool
  readonly bundle: (version: string, scale: number) => Promise<string>
  /** Resolves once the status is as wanted. */
  readonly reaches: (wanted: (model: DeviceModel) => boolean) => Promise<DeviceModel>
}

async function bench(t: Test, remote?: RemoteSetting): Promise<Bench> {
  const dir = t.testdir()
  const clock = new ManualClock()
  const waiting = new Set<() => void>()
  const pool = new ModelPool({
    ...{ trustedKeys: [KEY.trusted], settings: { threads: 1 }, clock, nvidia: false },
    remote: () => remote,
    onChange: () => {
      for (const check of waiting) check()
    }
  })
  t.teardown(() => pool.close())
  const bundle = async (version: string, scale: number): Promise<string> => {
    await writeTinyBundle({ dir: join(dir, version), key: KEY, version, scale })
    return join(dir, version)
  }
  const reaches: Bench['reaches'] = (wanted) =>
    new Promise((resolve) => {
      const check = (): void => {
        const [model] = pool.status()
        if (!model || !wanted(model)) return
        waiting.delete(check)
        resolve(model)
      }
      waiting.add(check)
      check()
    })
  await pool.register(await bundle('1.0.0', 2), 'builtin')
  return { clock, pool, bundle, reaches }
}

/** A second device, whose `tiny` is the same model, behind a line that can break. */
async function secondDevice(t: Test) {
  const server = await openOipServer()
  const line = new TcpProxy(() => Number(new URL(server.url).port))
  const url = `http://127.0.0.1:${await line.listen()}`
  t.teardown(async () => {
    await line.close()
    await server.close()
  })
  return { server, line, url }
}

const served = (server: { pool: ModelPool }): number =>
  server.pool.statistics('tiny')[0]?.success.count ?? 0

test('nothing is sent anywhere unless it is set; then the other device answers, and says so', async (t) => {
  const { pool, reaches } = await bench(t)
  const { server, url } = await secondDevice(t)
  t.match(pool.remote('tiny'), {
    ...{ state: 'off', url: null, code: null, retryAt: null, headers: [] },
    sentence: 'Requests to tiny are answered on this device.'
  })
  t.equal(output(await pool.submit('tiny', request(3))), 6)
  t.notOk('remote' in (pool.status()[0] ?? {}))
  t.equal(served(server), 0)
  const local = pool.pids('tiny')
  t.equal(local.length, 1)
  const set = await pool.sendTo('tiny', { url, token: 'a secret', headers: { 'X-Tenant': 'lab' } })
  t.match(set, {
    ...{ state: 'serving', url, model: 'tiny', timeoutMs: 10_000, code: null },
    headers: ['authorization', 'x-tenant'],
    sentence: `Requests to tiny leave this device: ${url} answers them.`
  })
  t.notMatch(JSON.stringify(set), /secret|lab/)
  t.same(pool.pids('tiny'), [], 'no process of this device holds the model')
  const proved = served(server)
  t.ok(proved >= 3, 'the golden inputs went there first')
  const answers = await Promise.all([4, 5, 6, 7].map((x) => pool.submit('tiny', request(x))))
  t.same(answers.map(output), [8, 10, 12, 14])
  for (const { about } of answers) t.match(about.model, { rung: 'remote', precision: 'fp32' })
  t.ok(served(server) > proved)
  t.match(await reaches(({ rung }) => rung === 'remote'), {
    ...{ state: 'ready', precision: 'fp32', remote: { state: 'serving' } },
    sentence: /^Requests to tiny leave this device: .* All 3 golden cases match/
  })
  t.match(pool.traces(1, 'tiny')[0], { rung: 'remote', model: 'tiny' })
  t.equal(pool.statistics('tiny')[0]?.rung, 'remote')
  await t.rejects(
    pool.submit('tiny', {
      kind: 'tensors',
      inputs: { x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [1, 2] }) }
    }),
    { code: 'NS_INFERENCE_INPUT' }
  )
  t.equal(
    pool.remote('tiny').state,
    'serving',
    'what does not fit the model is no failure of the server'
  )
  const before = served(server)
  const off = await pool.sendTo('tiny', undefined)
  t.equal(off.state, 'off')
  t.match((await pool.submit('tiny', request(1))).about, { model: { rung: 'cpu' } })
  t.equal(served(server), before)
})

test('a server that goes away in the middle of a batch costs no request, and is taken back later', async (t) => {
  const { pool, clock, reaches } = await bench(t)
  const { server, line, url } = await secondDevice(t)
  await pool.sendTo('tiny', { url })
  const clients = Array.from({ length: 30 }, (_, x) => pool.submit('tiny', request(x, 300_000)))
  await once(server.app.server, 'request')
  line.refuse()
  const answers = await Promise.all(clients)
  t.same(
    answers.map(output),
    Array.from({ length: 30 }, (_, x) => 2 * x)
  )
  t.ok(answers.some(({ about }) => about.model.rung === 'cpu'))
  const away = await reaches(({ rung, state }) => rung === 'cpu' && state === 'ready')
  t.match(away.remote, {
    ...{ state: 'away', code: 'NS_REMOTE_UNREACHABLE', retryAt: clock.now() + 1000 },
    sentence: /^Requests to tiny are answered on this device until its inference server is back\./
  })
  t.match(pool.problems(), [/^Requests to tiny are answered on this device/])
  const tried = line.connections
  clock.advance(1000)
  await reaches(({ remote }) => remote?.retryAt === clock.now() + 2000)
  t.ok(line.connections > tried, 'it was asked again, and rests longer')
  t.match((await pool.submit('tiny', request(1))).about, { model: { rung: 'cpu' } })
  line.heal()
  clock.advance(2000)
  await reaches(({ rung }) => rung === 'remote')
  t.same(pool.problems(), [])
  t.match((await pool.submit('tiny', request(1))).about, { model: { rung: 'remote' } })
})

test('a server that says nothing is left at its time, and a cold model is loaded here', async (t) => {
  const { pool, line } = await (async () => {
    const second = await secondDevice(t)
    second.line.silence()
    return { ...second, ...(await bench(t, { url: second.url, timeoutMs: 100 })) }
  })()
  t.match(pool.status()[0], {
    ...{ state: 'cold', rung: 'cpu', remote: { state: 'waiting', timeoutMs: 100 } },
    sentence: /^Requests to tiny go to http.* once it has given the golden outputs/
  })
  t.match(await pool.submit('tiny', request(2)), { about: { model: { rung: 'cpu' } } })
  t.match(pool.remote('tiny'), { state: 'away', code: 'NS_INFERENCE_DEADLINE' })
  line.heal()
})

test('a server that computes something else never takes over, nor for a new version', async (t) => {
  const { pool, bundle, clock, reaches } = await bench(t)
  const { url } = await secondDevice(t)
  await pool.sendTo('tiny', { url })
  t.equal(pool.remote('tiny').state, 'serving')
  await pool.activate(await bundle('1.0.1', 5))
  const five = await pool.submit('tiny', request(3))
  t.equal(output(five), 15)
  t.match(five.about, { model: { version: '1.0.1', rung: 'cpu' } })
  t.match(pool.remote('tiny'), {
    ...{ state: 'away', code: 'NS_GOLDEN_MISMATCH' },
    sentence: /tiny 1\.0\.1 does not give its golden outputs at http:.* Serve this version there\.$/
  })
  clock.advance(1000)
  await reaches(({ remote }) => remote?.retryAt === clock.now() + 2000)
  t.equal(output(await pool.submit('tiny', request(3))), 15)
  t.match(await pool.sendTo('tiny', { url, model: 'nowhere' }), { code: 'NS_MODEL_UNKNOWN' })
  const back = await pool.rollback('tiny')
  t.equal(back.manifest.version, '1.0.0')
  t.match(await pool.sendTo('tiny', { url, version: '1.0.0', precision: 'fp32' }), {
    ...{ state: 'serving', version: '1.0.0', precision: 'fp32' }
  })
})

test('the setting is changed and taken away under load without a failure', async (t) => {
  const { pool } = await bench(t)
  const first = await secondDevice(t)
  const second = await secondDevice(t)
  let going = true
  let wrong = 0
  const rungs = new Set<string>()
  const client = async (x: number): Promise<void> => {
    while (going) {
      const answer = await pool.submit('tiny', request(x))
      rungs.add(answer.about.model.rung)
      if (output(answer) !== 2 * x) wrong += 1
    }
  }
  const clients = Array.from({ length: 10 }, (_, x) => client(x))
  await pool.sendTo('tiny', { url: first.url })
  await pool.sendTo('tiny', { url: second.url })
  const asked = served(first.server)
  await pool.sendTo('tiny', undefined)
  await pool.submit('tiny', request(1))
  going = false
  await Promise.all(clients)
  t.equal(wrong, 0)
  t.equal(served(first.server), asked, 'nothing went to the first server after the change')
  t.ok(rungs.has('remote') && rungs.has('cpu'))
})

test('a kept-open connection that the server closed is opened anew, and headers are sent', async (t) => {
  const { pool } = await bench(t)
  const { server } = await secondDevice(t)
  const seen: IncomingMessage['headers'][] = []
  // In front of the device: closes each connection right after the answer, without saying so before.
  const front = createServer(async (asked, reply) => {
    seen.push(asked.headers)
    const pieces: Buffer[] = []
    for await (const piece of asked as AsyncIterable<Buffer>) pieces.push(piece)
    const answer = await fetch(`${server.url}${asked.url}`, {
      ...{ method: 'POST', body: Buffer.concat(pieces) },
      headers: {
        'content-type': asked.headers['content-type'] ?? '',
        'inference-header-content-length': String(asked.headers['inference-header-content-length'])
      }
    })
    const body = Buffer.from(await answer.arrayBuffer())
    reply.writeHead(answer.status, {
      'content-length': body.length,
      'inference-header-content-length': answer.headers.get('inference-header-content-length') ?? ''
    })
    reply.end(body, () => setImmediate(() => asked.socket.resetAndDestroy()))
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  t.teardown(() => front.close())
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  await pool.sendTo('tiny', { url, token: 'abc def', headers: { 'x-tenant': 'lab' } })
  for (let x = 0; x < 10; x += 1)
    t.match(await pool.submit('tiny', request(x)), { about: { model: { rung: 'remote' } } })
  t.match(seen.at(-1), { authorization: 'Bearer abc def', 'x-tenant': 'lab' })
})
