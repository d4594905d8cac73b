// A fleet for the console's tests: serves ui/dist and made-up answers in a chosen state, with the real
// security headers and a live stream. It is no test of the fleet's own server.

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { RolloutRequest } from '../../contract/index.ts'
import * as data from './fake-fleet-answers.ts'
import { devices, type FleetFakeState, series } from './fake-fleet-devices.ts'
import { engines } from './fake-fleet-engines.ts'

const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2'
}

const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

interface FakeOptions {
  readonly state?: FleetFakeState
  /** Folder of the built pages. */
  readonly dist?: string
}

export class FakeFleetApi {
  state: FleetFakeState
  readonly #dist: string
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  /** What was called besides GET: `POST /api/v1/rollouts {…}`. */
  readonly calls: string[] = []

  constructor({ state = 'well', dist = DIST }: FakeOptions = {}) {
    this.state = state
    this.#dist = dist
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Starts on any free port of loopback; resolves to the origin. */
  async start(port = 0): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.destroy()
    this.#streams.clear()
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** Sends the state of now to every page, as the fleet does after a change. */
  tick(): void {
    const now = Date.now()
    this.send('overview', data.overview(now, this.state))
    for (const device of devices(now, this.state)) this.send('device', device)
    if (this.state !== 'none') this.send('rollout', data.rollout(now, this.state))
  }

  send(name: string, body: unknown): void {
    for (const stream of this.#streams)
      stream.write(`event: ${name}\ndata: ${JSON.stringify(body)}\n\n`)
  }

  #json(response: ServerResponse, body: unknown, status = 200): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #problem(response: ServerResponse, status: number, said: readonly [string, string]): void {
    const [code, detail] = said
    const body = { type: `urn:nearside:error:${code}`, title: 'Fault', status, detail, code }
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify(body))
  }

  #resource(path: string, query: URLSearchParams): unknown {
    const now = Date.now()
    const { state } = this
    if (/^devices\/[^/]+\/telemetry$/.test(path))
      return series(query.get('series') ?? '', Number(query.get('hours') ?? 24), now)
    if (path.startsWith('rollouts/')) return state === 'none' ? undefined : data.rollout(now, state)
    const resources: Readonly<Record<string, () => unknown>> = {
      overview: () => data.overview(now, state),
      devices: () => devices(now, state),
      rollouts: () => data.rollouts(now, state),
      models: () => data.models(now, state),
      engines: () => engines(now, state),
      alerts: () => data.alerts(now, state),
      logs: () => data.logs(now, state),
      audit: () => data.audit(now, state)
    }
    return resources[path]?.()
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 200\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = path === '/' ? 'console.html' : path.slice(1)
    const body = await readFile(join(this.#dist, file)).catch(() => undefined)
    if (!body)
      return this.#problem(response, 404, ['NS_NOT_FOUND', 'There is nothing at this address.'])
    response
      .writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': CSP
      })
      .end(body)
  }

  /** Acts: a token, a rollout (the version 1.0.2 makes a refused one), a bundle. */
  async #act(path: string, body: string, response: ServerResponse): Promise<void> {
    const now = Date.now()
    if (path === 'enrolment-tokens')
      return this.#json(
        response,
        { token: 'T0ken-for-the-test-only', expiresAt: now + 3_600_000 },
        201
      )
    if (path === 'models')
      return this.#problem(response, 422, [
        'NS_BUNDLE_DIGEST',
        'model.int8.onnx: does not match the digest in the manifest; export the bundle again.'
      ])
    const { version } = JSON.parse(body) as RolloutRequest
    this.state = version === '1.0.2' ? 'refused' : 'running'
    this.#json(response, data.rollout(now, this.state), 201)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    if (!url.pathname.startsWith('/api/v1/')) return this.#file(url.pathname, response)
    const path = url.pathname.slice('/api/v1/'.length)
    if (path === 'events') return this.#stream(response)
    // A fleet that never answers: the page has to show that it waits.
    if (this.state === 'loading') return
    if (this.state === 'error')
      return this.#problem(response, 503, [
        'NS_STARTING',
        'The fleet is opening its store; try again in a moment.'
      ])
    if (request.method !== 'GET') {
      const body = Buffer.concat(await Array.fromAsync(request)).toString()
      this.calls.push(`${request.method} ${url.pathname} ${body.slice(0, 2000)}`)
      return this.#act(path, body, response)
    }
    const found = this.#resource(path, url.searchParams)
    if (found === undefined)
      return this.#problem(response, 404, ['NS_NOT_FOUND', 'There is nothing at this address.'])
    this.#json(response, found)
  }
}
