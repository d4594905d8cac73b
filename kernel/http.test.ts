// The HTTP server through its own door: real sockets on loopback, every refusal as a problem document.

import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { z } from 'zod'
import { NearsideError } from '../contract/index.ts'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { EventStream } from './http-events.ts'
import { createRegistry, registerHealth, watchLoopLag } from './http-health.ts'
import { problems } from './http-responses.ts'
import { createHttpApp, type HttpApp, listen } from './http-server.ts'
import { serveUi } from './http-static.ts'
import { createLogger } from './logger.ts'
import { toOpenMetrics } from './open-metrics.ts'

async function serve(
  add: (app: HttpApp) => void | Promise<void>
): Promise<{ app: HttpApp; url: string }> {
  const app = await createHttpApp({
    title: 'Test',
    version: '0.0.0',
    logger: createLogger({ name: 'test', level: 'silent' }),
    bodyLimitBytes: 1000
  })
  await add(app)
  return { app, url: await listen(app, { host: '127.0.0.1', port: 0 }) }
}

interface RawAnswer {
  readonly status: number
  readonly body: string
  readonly headers: Record<string, unknown>
}

/** A request with headers that fetch does not let one set. */
function raw(url: string, headers: Record<string, string>, method = 'GET'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
      )
    })
    request.on('error', reject)
    request.end()
  })
}

test('errors are problem documents with a code and a sentence', async (t) => {
  const { app, url } = await serve((server) => {
    const body = z.object({ count: z.number().int() })
    server.post(
      '/things',
      { schema: { body, response: { 200: body, ...problems(404) } } },
      (request) => request.body
    )
    server.get('/missing', () => {
      throw new NearsideError('NS_JOB_UNKNOWN', 'There is no job 7; list the jobs first.', {
        details: { id: 7 }
      })
    })
    server.get('/broken', () => {
      throw new Error('secret detail')
    })
    server.get('/teapot', () => {
      throw Object.assign(new Error('odd'), { statusCode: 418 })
    })
    server.get('/things/:id', () => 'one')
  })
  t.teardown(() => app.close())
  const post = (body: string, type = 'application/json'): Promise<Response> =>
    fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': type } })
  const cases: [Promise<Response>, number, string][] = [
    [post('{"count":"x"}'), 400, 'NS_REQUEST_INVALID'],
    [post('{'), 400, 'NS_REQUEST_INVALID'],
    [post(''), 400, 'NS_REQUEST_INVALID'],
    [post('count=1', 'text/csv'), 415, 'NS_REQUEST_MEDIA_TYPE'],
    [post(JSON.stringify({ count: 1, filler: 'x'.repeat(2000) })), 413, 'NS_INPUT_TOO_LARGE'],
    [fetch(`${url}/missing`), 404, 'NS_JOB_UNKNOWN'],
    [fetch(`${url}/broken`), 500, 'NS_INTERNAL'],
    [fetch(`${url}/teapot`), 400, 'NS_REQUEST_INVALID'],
    [fetch(`${url}/nowhere`), 404, 'NS_ROUTE_NOT_FOUND'],
    [fetch(`${url}/things/9`, { method: 'DELETE' }), 405, 'NS_METHOD_NOT_ALLOWED']
  ]
  for (const [answer, status, code] of cases) {
    const response = await answer
    const problem = (await response.json()) as Record<string, unknown>
    t.equal(response.status, status, code)
    t.match(response.headers.get('content-type'), 'application/problem+json')
    t.match(problem, { code, status, type: `urn:nearside:error:${code}`, detail: /\w+.*\.$/s })
    t.notMatch(JSON.stringify(problem), 'secret detail')
  }
  t.equal((await post('{"count":3}')).status, 200)
  t.equal((await fetch(`${url}/things/9`, { method: 'DELETE' })).headers.get('allow'), 'GET, HEAD')
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
    openapi: string
    paths: object
  }
  t.equal(description.openapi, '3.1.0')
  t.match(description.paths, { '/things': { post: { responses: { 200: {}, 400: {}, 404: {} } } } })
})

test('what no parser reads is answered as a problem too', async (t) => {
  const { app, url } = await serve(() => undefined)
  const send = async (text: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(text)
    let answer = ''
    for await (const chunk of socket) answer += chunk
    return answer
  }
  const method = await send('BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.match(method, /^HTTP\/1\.1 405 .*application\/problem\+json.*NS_METHOD_NOT_ALLOWED/s)
  const noise = await send('\x16\x03\x01 no HTTP at all\r\n\r\n')
  t.match(noise, /^HTTP\/1\.1 40[05] .*application\/problem\+json/s)
  const header = await send('GET / HTTP/1.1\r\nHost localhost\r\n\r\n')
  t.match(header, /^HTTP\/1\.1 400 .*NS_REQUEST_INVALID/s)
  const long = await send(`GET / HTTP/1.1\r\nHost: localhost\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`)
  t.match(long, /^HTTP\/1\.1 431 .*NS_REQUEST_HEADERS.*16 KiB/s)
  const chunk = `1;${'e'.repeat(20_000)}\r\na\r\n0\r\n\r\n`
  const extended = await send(
    `POST / HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`
  )
  t.match(extended, /^HTTP\/1\.1 40[04] /s)
  t.match(await send('GET / HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 403 .*NS_REQUEST_HOST/s)
  await app.close()
})

test('a refusal waits for a client that still sends, also for one that wants no further answer', async (t) => {
  const { app, url } = await serve((server) => {
    server.post('/things', () => 'taken')
  })
  t.teardown(() => app.close())
  const served = once(app.server, 'request') as Promise<[IncomingMessage, ServerResponse]>
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const head = 'POST /things HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n'
  socket.write(`${head}content-type: application/json\r\ncontent-length: 2000000\r\n\r\n`)
  const [request, response] = await served
  await once(response, 'finish')
  await nextTurn()
  // A server that has hung up answers what still comes with a reset, which takes its answer away.
  t.notOk(request.socket.destroyed)
  socket.write(' '.repeat(2_000_000))
  let answer = ''
  for await (const chunk of socket) answer += chunk
  t.match(answer, /^HTTP\/1\.1 413 .*NS_INPUT_TOO_LARGE/s)
})

test('a page of another site, or of a rebound name, reaches nothing', async (t) => {
  const { app, url } = await serve((server) => {
    server.get('/x', () => 'fine')
    server.post('/x', () => 'fine')
  })
  t.teardown(() => app.close())
  const host = new URL(url).host
  const attacks: [string, Record<string, string>, string][] = [
    ['GET', { host: 'evil.example' }, 'NS_REQUEST_HOST'],
    ['GET', { host: `127.0.0.1.evil.example:${new URL(url).port}` }, 'NS_REQUEST_HOST'],
    ['POST', { host, origin: 'https://evil.example' }, 'NS_REQUEST_ORIGIN'],
    ['POST', { host, origin: 'null' }, 'NS_REQUEST_ORIGIN'],
    ['POST', { host, 'sec-fetch-site': 'cross-site' }, 'NS_REQUEST_ORIGIN'],
    ['GET', { host, origin: 'http://127.0.0.1:1' }, 'NS_REQUEST_ORIGIN']
  ]
  for (const [method, headers, code] of attacks) {
    const answer = await raw(`${url}/x`, headers, method)
    t.equal(answer.status, 403)
    t.match(answer.body, code)
  }
  const own = await raw(`${url}/x`, { host, origin: `http://${host}` }, 'POST')
  t.equal(own.status, 200)
  t.match(own.headers, {
    'x-content-type-options': 'nosniff',
    'content-security-policy': /default-src 'self'/
  })
})

test('a server is not opened beyond loopback, and says when a port is taken', async (t) => {
  const { app, url } = await serve(() => undefined)
  t.teardown(() => app.close())
  const other = await createHttpApp({
    title: 'T',
    version: '0',
    logger: createLogger({ name: 't', level: 'silent' })
  })
  await t.rejects(listen(other, { host: '0.0.0.0', port: 0 }), { code: 'NS_HTTP_BIND_REFUSED' })
  await t.rejects(listen(other, { host: '127.0.0.1', port: Number(new URL(url).port) }), {
    code: 'NS_PORT_IN_USE'
  })
  await t.rejects(listen(other, { host: 'localhost', port: 70_000 }))
})

test('a page gets the first events at once and every later one', async (t) => {
  const stream = new EventStream<{ tick: { n: number } }>()
  const { app, url } = await serve((server) =>
    stream.register(server, '/events', () => [{ name: 'tick', data: { n: 0 } }])
  )
  t.teardown(() => app.close())
  stream.send('tick', { n: -1 }) // nobody listens yet
  const response = await fetch(`${url}/events`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) text += (await reader?.read())?.value ?? ''
  }
  await until('{"n":0}')
  t.equal(stream.clients, 1)
  stream.send('tick', { n: 1 })
  await until('event: tick\ndata: {"n":1}\n\n')
  t.notMatch(text, '-1')
  stream.close()
  t.equal((await reader?.read())?.done, true)
})

test('only so many pages listen to live events', async (t) => {
  const stream = new EventStream<{ tick: { n: number } }>()
  const { app, url } = await serve((server) => stream.register(server, '/events'))
  t.teardown(() => app.close())
  const pages = await Promise.all(Array.from({ length: 500 }, () => fetch(`${url}/events`)))
  const refused = await fetch(`${url}/events`)
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'NS_SERVER_BUSY', retryable: true })
  await pages[0]?.body?.cancel()
  while (stream.clients === 500) await nextTurn()
  const again = await fetch(`${url}/events`)
  t.equal(again.status, 200)
  await Promise.all([...pages.slice(1), again].map((page) => page.body?.cancel()))
})

test('pages and assets are served with the right caching', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-ui-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'kiosk.html'), '<html lang="en"><title>K</title></html>')
  await writeFile(join(folder, 'assets', 'a-123.js'), 'export {}')
  const { app, url } = await serve((server) =>
    serveUi(server, { folder, pages: { '/': 'kiosk.html', '/workbench/': 'none.html' } })
  )
  t.teardown(() => app.close())
  const page = await fetch(`${url}/`)
  t.equal(page.headers.get('cache-control'), 'no-cache')
  t.match(await page.text(), '<title>')
  t.match((await fetch(`${url}/assets/a-123.js`)).headers.get('cache-control'), 'immutable')
  t.equal(
    (await fetch(`${url}/workbench`, { redirect: 'manual' })).headers.get('location'),
    '/workbench/'
  )
  const missing = await fetch(`${url}/workbench/`)
  t.equal(missing.status, 404)
  t.match(await missing.text(), 'not built')
})

test('health, readiness and metrics answer in both formats', async (t) => {
  const clock = new ManualClock()
  const registry = createRegistry()
  const lag = watchLoopLag(registry, clock)
  let missing: string | null = 'The store is not open yet; try again in a moment.'
  const { app, url } = await serve((server) =>
    registerHealth(server, { registry, ready: () => missing })
  )
  t.teardown(() => app.close())
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.equal((await fetch(`${url}/readyz`)).status, 503)
  missing = null
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  clock.advance(1000)
  t.equal(lag.p99Ms(), 0)
  for (let turn = 0; turn < 2; turn += 1) {
    const open = await fetch(`${url}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' }
    })
    t.match(open.headers.get('content-type'), 'application/openmetrics-text')
    const text = await open.text()
    t.match(
      text,
      /# TYPE process_cpu_seconds counter\n[\s\S]*\nprocess_cpu_seconds_total \d[\s\S]*# EOF\n$/
    )
    const classic = await (await fetch(`${url}/metrics`)).text()
    t.match(classic, /# TYPE process_cpu_seconds_total counter/)
    t.match(classic, /nearside_build_info\{version="[\d.]+"\} 1/)
    t.match(classic, /nearside_event_loop_lag_seconds_bucket\{le="0.02"\} 20/)
  }
  lag.stop()
  t.equal(clock.pending, 0)
  t.equal(
    toOpenMetrics(
      '# HELP a Count.\n# TYPE a counter\na{b="c"} 1\n\n# HELP g G.\n# TYPE g gauge\ng 2\n'
    ),
    '# TYPE a counter\n# HELP a Count.\na_total{b="c"} 1\n# TYPE g gauge\n# HELP g G.\ng 2\n# EOF\n'
  )
})
