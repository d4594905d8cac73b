// A device for the pages' tests: serves ui/dist and made-up answers in a chosen state, with the real
// security headers and a live stream. It is no test of the device's own server.

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { type Job, RemoteSetting, type TuningSetting } from '../../contract/index.ts'
import * as data from './fake-device-answers.ts'
import * as benchmarks from './fake-device-benchmarks.ts'
import * as jobs from './fake-device-jobs.ts'
import { type FakeState, history, telemetry } from './fake-device-readings.ts'
import * as runtime from './fake-device-runtime.ts'

const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2'
}

const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
const PAGES: Readonly<Record<string, string>> = {
  '/kit/': 'kit.html',
  '/': 'kiosk.html',
  '/workbench/': 'workbench.html'
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

interface FakeOptions {
  readonly state?: FakeState
  /** Milliseconds since 1970 at which its clock stands; real time when left out. */
  readonly now?: number
}

export class FakeDeviceApi {
  state: FakeState
  readonly #now: () => number
  readonly #server: Server
  readonly #made: Job[] = []
  readonly #streams = new Set<ServerResponse>()
  /** What was called besides GET: `POST /api/v1/alarms/a1/acknowledge`. */
  readonly calls: string[] = []
  /** What the advisor answers instead of the state's own. */
  advice: unknown
  /** The list of benchmarks instead of the state's own. */
  runs: unknown
  /** What was set by hand or by the advisor, by model. */
  readonly set = new Map<string, TuningSetting>()
  /** The sentence that changes of how a model is run are refused with. */
  tuningRefusal: string | undefined
  /** What sends a model to another server, by model. */
  readonly remotes = new Map<string, RemoteSetting>()
  /** The sentence that sending a model elsewhere is refused with. */
  remoteRefusal: string | undefined
  /** Bodies of the jobs, settings and benchmarks that were started: multipart forms or JSON. */
  readonly uploads: string[] = []

  constructor({ state = 'normal', now }: FakeOptions = {}) {
    this.state = state
    this.#now = now === undefined ? Date.now : () => now
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Starts on any free port of loopback; resolves to the origin. */
  async start(port = 0): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.cutStreams()
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** Sends an event to every page. */
  send(name: string, body: unknown): void {
    for (const stream of this.#streams)
      stream.write(`event: ${name}\ndata: ${JSON.stringify(body)}\n\n`)
  }

  /** Sends the readings of now. */
  tick(): void {
    this.send('telemetry', telemetry(this.#now(), this.state))
  }

  /** Sends the models, as a device does when one of them changes. */
  tellModels(): void {
    this.send('models', this.#models())
  }

  #models() {
    const known = runtime.models(this.#now(), this.state)
    const models = known.models.map((model) => {
      const setting = this.remotes.get(model.name)
      return setting ? { ...model, remote: runtime.remote(model.name, setting) } : model
    })
    return { ...known, models }
  }

  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy()
    this.#streams.clear()
  }

  #json(response: ServerResponse, body: unknown): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #problem(
    response: ServerResponse,
    status: number,
    { detail, code = 'NS_INTERNAL' }: { detail: string; code?: string }
  ): void {
    const body = { type: 'about:blank', title: 'Fault', status, detail, code }
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify(body))
  }

  #resource(path: string, query: URLSearchParams): unknown {
    const now = this.#now()
    const { state } = this
    const [, name] = /^telemetry\/(.+)$/.exec(path) ?? []
    if (name) {
      const minutes = Number(query.get('minutes') ?? 15)
      return history(decodeURIComponent(name), minutes, { now, state })
    }
    const [, alarm, act] = /^alarms\/(\w+)\/(acknowledge|shelve)$/.exec(path) ?? []
    if (alarm) {
      const found = data.alarms(now, state).find(({ id }) => id === alarm)
      return act === 'shelve'
        ? { ...found, shelvedUntil: now + 900_000, shelveReason: 'Test in progress' }
        : { ...found, acknowledgedAt: now }
    }
    const resources: Readonly<Record<string, () => unknown>> = {
      device: () => data.device(now, state),
      telemetry: () => telemetry(now, state),
      alarms: () => data.alarms(now, state),
      logs: () => data.logs(now, state),
      models: () => this.#models(),
      gpus: () => runtime.gpus(now, state),
      advice: () => this.advice ?? runtime.advice(now, state),
      benchmarks: () => this.runs ?? benchmarks.summaries(now, state),
      privacy: () => data.privacy(now, state),
      analyses: () => data.analyses(),
      jobs: () => data.jobs(state)
    }
    const [, model] = /^models\/([\w-]+)\/traces$/.exec(path) ?? []
    if (model) return runtime.traces(now, model)
    const [, tuned] = /^models\/([\w-]+)\/tuning$/.exec(path) ?? []
    if (tuned) return runtime.tuning(this.set.get(tuned) ?? {}, state)
    const [, sent] = /^models\/([\w-]+)\/remote$/.exec(path) ?? []
    if (sent) return runtime.remote(sent, this.remotes.get(sent))
    const [, run] = /^benchmarks\/([\w-]+)$/.exec(path) ?? []
    if (run) return benchmarks.benchmarks(now, state).find(({ id }) => id === run)
    return resources[path]?.()
  }

  /** Jobs: one, its report and documents, steering, a new one. */
  async #job(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (path === 'jobs' && request.method === 'POST') {
      this.uploads.push(await bodyOf(request))
      const made = data.job('5f22', { title: 'Uploaded', createdAt: this.#now() })
      this.#made.unshift(made)
      this.send('job', made)
      this.#json(response, made)
      return true
    }
    const [, id, rest = ''] = /^jobs\/(\w+)(?:\/(.+))?$/.exec(path) ?? []
    const job = [...this.#made, ...data.jobs(this.state)].find((known) => known.id === id)
    if (!job) return false
    if (request.method === 'DELETE') response.writeHead(204).end()
    else if (request.method === 'POST') this.#json(response, jobs.acted(job, rest))
    else if (rest === '') this.#json(response, jobs.detail(job))
    else if (rest.startsWith('documents/')) {
      this.#json(response, jobs.documentText(Number(rest.split('/')[1])))
    } else {
      const report = jobs.report(job.id)
      const detail = 'The inputs and the report were wiped a day after the end.'
      if (report) this.#json(response, report)
      else this.#problem(response, 410, { detail, code: 'NS_JOB_INPUTS_GONE' })
    }
    return true
  }

  /** Acts on the inference runtime: a benchmark, a change, the loading of a model, the build of an engine. */
  async #runtimeAct(
    request: IncomingMessage,
    response: ServerResponse,
    path: string
  ): Promise<boolean> {
    if (request.method === 'GET' || !/^(benchmarks|advice|models)/.test(path)) return false
    const [, tuned] = /^models\/([\w-]+)\/tuning$/.exec(path) ?? []
    if (tuned) return this.#tune(request, response, tuned)
    const [, sent] = /^models\/([\w-]+)\/remote$/.exec(path) ?? []
    if (sent) return this.#sendTo(request, response, sent)
    const now = this.#now()
    if (request.method === 'DELETE' && path.startsWith('benchmarks')) response.writeHead(204).end()
    else if (path === 'benchmarks') {
      this.uploads.push(await bodyOf(request))
      this.#json(response, benchmarks.benchmarks(now, 'normal')[0])
    } else if (path.endsWith('/apply')) {
      this.#json(response, runtime.change(now, { state: 'measuring-before', after: null }))
    } else if (path.startsWith('advice')) {
      this.uploads.push(await bodyOf(request))
      this.advice = { ...runtime.advice(now, this.state), continuous: true }
      this.send('advice', this.advice)
      this.#json(response, this.advice)
    } else this.#json(response, runtime.models(now, this.state))
    return true
  }

  /** Keeps or takes away what was set; a page hears of it as from a device. */
  async #tune(request: IncomingMessage, response: ServerResponse, name: string): Promise<boolean> {
    const body = await bodyOf(request)
    if (this.tuningRefusal !== undefined) {
      this.#problem(response, 409, { detail: this.tuningRefusal, code: 'NS_ADVICE_BUSY' })
      return true
    }
    if (body !== '') this.uploads.push(body)
    this.set.set(name, body === '' ? {} : (JSON.parse(body) as TuningSetting))
    this.tellModels()
    this.#json(response, runtime.tuning(this.set.get(name) ?? {}, this.state))
    return true
  }

  /** Sends a model elsewhere or takes that back; a page hears of it as from a device. */
  async #sendTo(
    request: IncomingMessage,
    response: ServerResponse,
    name: string
  ): Promise<boolean> {
    const body = await bodyOf(request)
    if (this.remoteRefusal !== undefined) {
      this.#problem(response, 400, { detail: this.remoteRefusal, code: 'NS_SETTINGS_INVALID' })
      return true
    }
    if (body === '') this.remotes.delete(name)
    else {
      this.uploads.push(body)
      this.remotes.set(name, RemoteSetting.parse(JSON.parse(body)))
    }
    this.tellModels()
    this.#json(response, runtime.remote(name, this.remotes.get(name)))
    return true
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 200\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = PAGES[path] ?? path.slice(1)
    const body = await readFile(join(DIST, file)).catch(() => undefined)
    if (!body) return this.#problem(response, 404, { detail: 'There is nothing at this address.' })
    response
      .writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': CSP
      })
      .end(body)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    if (request.method !== 'GET') this.calls.push(`${request.method} ${url.pathname}`)
    const [, model] = /^\/v2\/models\/([\w-]+)$/.exec(url.pathname) ?? []
    if (model) return this.#json(response, runtime.tensors(model))
    if (!url.pathname.startsWith('/api/v1/')) return this.#file(url.pathname, response)
    const path = url.pathname.slice('/api/v1/'.length)
    if (path === 'events') return this.#stream(response)
    // A device that never answers: the page has to show that it waits.
    if (this.state === 'loading') return
    if (this.state === 'error') {
      return this.#problem(response, 503, {
        detail: 'The device is starting its watches; try again in a moment.'
      })
    }
    if (await this.#runtimeAct(request, response, path)) return
    if (path.startsWith('jobs') && (await this.#job(request, response, path))) return
    const body = this.#resource(path, url.searchParams)
    if (body === undefined)
      return this.#problem(response, 404, { detail: 'There is nothing at this address.' })
    this.#json(response, body)
  }
}
