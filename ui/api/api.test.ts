// The doors to the servers against a real server: answers, problem documents, broken connections; and the
// live stream with a stream of its own.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { deviceApi } from './device-api.ts'
import { fleetApi } from './fleet-api.ts'
import { deviceEvents, type EventStream, fleetEvents, type StreamState } from './live-events.ts'
import { ApiError, path, queryOf, request } from './request.ts'

interface Seen {
  readonly line: string
  readonly type: string | undefined
  readonly key: string | undefined
  readonly body: string
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server on loopback; relative addresses of `fetch` go there while the test runs. */
async function serve(t: Test, answer: Answer): Promise<Seen[]> {
  const seen: Seen[] = []
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk) => {
      body += chunk
    })
    incoming.on('end', () => {
      const key = incoming.headers['idempotency-key'] as string | undefined
      const type = incoming.headers['content-type']
      seen.push({ line: `${incoming.method} ${incoming.url}`, type, key, body })
      answer(incoming, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { fetch: real } = globalThis
  globalThis.fetch = (to, init) => real(new URL(String(to), origin), init)
  t.teardown(() => {
    globalThis.fetch = real
    server.closeAllConnections()
    server.close()
  })
  return seen
}

const json: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
}

test('every call of the device goes to its route', async (t) => {
  const seen = await serve(t, json)
  await deviceApi.device()
  await deviceApi.telemetry()
  await deviceApi.history('disk.used:/', 15)
  await deviceApi.alarms()
  await deviceApi.acknowledge('a/1')
  await deviceApi.shelve('a1', 'Test', 15)
  await deviceApi.logs()
  await deviceApi.models()
  await deviceApi.privacy()
  await deviceApi.analyses()
  await deviceApi.jobs()
  await deviceApi.job('j1')
  await deviceApi.startJob({ kind: 'text', sample: 's' })
  await deviceApi.actOnJob('j1', 'pause')
  await deviceApi.deleteJob('j1')
  await deviceApi.report('j1')
  await deviceApi.document('j1', 3)
  t.same(
    seen.map(({ line }) => line),
    [
      'GET /api/v1/device',
      'GET /api/v1/telemetry',
      'GET /api/v1/telemetry/disk.used%3A%2F?minutes=15',
      'GET /api/v1/alarms',
      'POST /api/v1/alarms/a%2F1/acknowledge',
      'POST /api/v1/alarms/a1/shelve',
      'GET /api/v1/logs',
      'GET /api/v1/models',
      'GET /api/v1/privacy',
      'GET /api/v1/analyses',
      'GET /api/v1/jobs',
      'GET /api/v1/jobs/j1',
      'POST /api/v1/jobs',
      'POST /api/v1/jobs/j1/pause',
      'DELETE /api/v1/jobs/j1',
      'GET /api/v1/jobs/j1/report',
      'GET /api/v1/jobs/j1/documents/3'
    ]
  )
  t.match(seen[5], { type: 'application/json', body: '{"reason":"Test","minutes":15}' })
  t.equal(deviceApi.reportUrl('j1', 'csv'), '/api/v1/jobs/j1/report?format=csv')
})

test('every call of the fleet goes to its route', async (t) => {
  const seen = await serve(t, json)
  await fleetApi.overview()
  await fleetApi.devices()
  await fleetApi.device('d1')
  await fleetApi.series('d1', 'cpu.load', 8)
  await fleetApi.models()
  await fleetApi.engines()
  await fleetApi.rollouts()
  await fleetApi.rollout('r1')
  await fleetApi.createRollout({ model: 'm', version: '1.0.1' }, 'key-12345')
  await fleetApi.createRollout({ model: 'm', version: '1.0.1' })
  await fleetApi.logs({ device: 'd1' })
  await fleetApi.logs()
  await fleetApi.alerts()
  await fleetApi.audit(20)
  await fleetApi.enrolmentToken()
  t.same(
    seen.map(({ line }) => line),
    [
      'GET /api/v1/overview',
      'GET /api/v1/devices',
      'GET /api/v1/devices/d1',
      'GET /api/v1/devices/d1/telemetry?series=cpu.load&hours=8',
      'GET /api/v1/models',
      'GET /api/v1/engines',
      'GET /api/v1/rollouts',
      'GET /api/v1/rollouts/r1',
      'POST /api/v1/rollouts',
      'POST /api/v1/rollouts',
      'GET /api/v1/logs?device=d1',
      'GET /api/v1/logs',
      'GET /api/v1/alerts',
      'GET /api/v1/audit?limit=20',
      'POST /api/v1/enrolment-tokens'
    ]
  )
  t.equal(seen[8]?.key, 'key-12345')
  t.equal(seen[9]?.key, undefined)
})

test('a problem document becomes an error with its sentence and code', async (t) => {
  const problem = { detail: 'The job is done already.', code: 'NS_JOB_STATE' }
  await serve(t, (_, response) => {
    response.writeHead(409, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify(problem))
  })
  const error = { name: 'ApiError', message: problem.detail, code: problem.code, status: 409 }
  await t.rejects(request('/x'), error)
})

test('an answer that is no problem document still says something', async (t) => {
  const bodies = ['<h1>502</h1>', '{}']
  await serve(t, (_, response) => response.writeHead(502).end(bodies.shift()))
  await t.rejects(request('/x'), { message: /answered 502/, code: 'NS_INTERNAL' })
  await t.rejects(request('/x'), { message: /answered 502/ })
})

test('an answer without content is undefined', async (t) => {
  await serve(t, (_, response) => response.writeHead(204).end())
  t.equal(await request('/x', { method: 'DELETE', body: 'raw' }), undefined)
})

test('a server that is gone is said so; a call that was given up is not', async (t) => {
  await serve(t, (incoming) => incoming.socket.destroy())
  await t.rejects(request('/x'), { code: 'NS_UNREACHABLE', message: /does not answer/ })
  const signal = AbortSignal.abort()
  await t.rejects(request('/x', { signal }), { name: 'AbortError' })
  t.ok(new ApiError('a', 'b', 1) instanceof Error)
})

test('paths and queries are encoded', async (t) => {
  t.equal(path`/a/${'b c'}/d`, '/a/b%20c/d')
  t.equal(queryOf({ a: 1, b: undefined, c: '', d: 'e f' }), '?a=1&d=e+f')
  t.equal(queryOf({}), '')
})

class FakeStream implements EventStream {
  readyState = 1
  onopen: EventStream['onopen'] = null
  onerror: EventStream['onerror'] = null
  closed = false
  readonly listeners = new Map<string, (event: MessageEvent<string>) => void>()

  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(name, listener)
  }

  close(): void {
    this.closed = true
  }

  tell(name: string, data: unknown): void {
    this.listeners.get(name)?.({ data: JSON.stringify(data) } as MessageEvent<string>)
  }

  fail(readyState: number): void {
    this.readyState = readyState
    this.onerror?.(new Event('error'))
  }
}

function setup() {
  const streams: FakeStream[] = []
  const waits: { run: () => void; ms: number; cancelled: boolean }[] = []
  const states: StreamState[] = []
  const events = deviceEvents({
    now: () => 7,
    open: () => {
      const stream = new FakeStream()
      streams.push(stream)
      return stream
    },
    later: (run, ms) => {
      const wait = { run, ms, cancelled: false }
      waits.push(wait)
      return () => {
        wait.cancelled = true
      }
    }
  })
  events.onState((state) => states.push(state))
  return { events, streams, waits, states }
}

test('events reach all handlers of their name, parsed', async (t) => {
  const { events, streams } = setup()
  const got: unknown[] = []
  events.on('job-removed', (data) => got.push(data)).on('job-removed', ({ id }) => got.push(id))
  t.same(events.state, { state: 'connecting' })
  events.start()
  streams[0]?.onopen?.(new Event('open'))
  streams[0]?.tell('job-removed', { id: 'j1' })
  t.same(got, [{ id: 'j1' }, 'j1'])
  t.same(events.state, { state: 'open' })
  events.stop()
  t.equal(streams[0]?.closed, true)
})

test('a cut is told once with its time, and left to the browser to mend', async (t) => {
  const { events, streams, waits, states } = setup()
  events.start()
  streams[0]?.onopen?.(new Event('open'))
  streams[0]?.fail(0)
  streams[0]?.fail(0)
  t.same(states, [{ state: 'open' }, { state: 'lost', since: 7 }])
  t.equal(waits.length, 0)
  streams[0]?.onopen?.(new Event('open'))
  t.same(events.state, { state: 'open' })
})

test('after a refusal it tries again with growing pauses, until it is stopped', async (t) => {
  const { events, streams, waits } = setup()
  events.start()
  for (let round = 0; round < 6; round += 1) {
    streams.at(-1)?.fail(2)
    waits.at(-1)?.run()
  }
  t.same(
    waits.map(({ ms }) => ms),
    [500, 1000, 2000, 5000, 5000, 5000]
  )
  streams[0]?.fail(2)
  t.equal(waits.length, 6, 'an old stream starts nothing')
  streams.at(-1)?.fail(2)
  events.stop()
  t.equal(waits.at(-1)?.cancelled, true)
  t.ok(fleetEvents({ open: () => new FakeStream() }))
})
