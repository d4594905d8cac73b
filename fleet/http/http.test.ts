// The fleet's HTTP interface through its own door: downloads in parts, errors, live events, metrics, and the
// description of it all.

import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import {
  FleetLogs,
  FleetOverview,
  FleetSeries,
  type Problem,
  type RegistryModel,
  TokenAnswer
} from '../../contract/index.ts'
import { eventually, FakeDevice, makeRequest } from '../../test/harness/fake-device.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { uploadBundle } from '../../test/harness/upload-bundle.ts'
import { startFleet } from '../index.ts'
import { EventRate } from './event-rate.ts'
import { readRange } from './routes-blobs.ts'

const home = await mkdtemp(join(tmpdir(), 'nearside-http-'))
const fleet = await startFleet({ home, port: 0, mqttPort: 0, logLevel: 'silent' })
const key = testKey()

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${fleet.url}${path}`, { headers })

async function json<T>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T
}

await uploadBundle(fleet.url, { key, version: '1.0.0' })

async function refused(t: Test, answer: Response, expected: { status: number; code: string }) {
  const problem = await json<Problem>(answer)
  t.match({ status: answer.status, code: problem.code }, expected)
  t.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  t.match(problem.detail, /\.$/, problem.detail)
  return problem
}

test('ranges are read as RFC 9110 has them', async (t) => {
  t.same(readRange('bytes=0-99', 1000), { start: 0, end: 99 })
  t.same(readRange('bytes=900-', 1000), { start: 900, end: 999 })
  t.same(readRange('bytes=-10', 1000), { start: 990, end: 999 })
  t.same(readRange('bytes=-5000', 1000), { start: 0, end: 999 })
  t.same(readRange('bytes=990-5000', 1000), { start: 990, end: 999 })
  for (const ignored of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,5-6',
    'items=0-1'
  ])
    t.equal(readRange(ignored, 1000), null, String(ignored))
  for (const outside of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])
    t.equal(readRange(outside, 1000), 'unsatisfiable', outside)
})

test('a blob comes whole, in part, or not at all', async (t) => {
  const [model] = await json<RegistryModel[]>(get('/api/v1/models'))
  const variant = model?.variants[0]
  const path = `/blobs/${variant?.sha256}`
  const whole = await get(path)
  const data = Buffer.from(await whole.arrayBuffer())
  t.equal(createHash('sha256').update(data).digest('hex'), variant?.sha256)
  const etag = whole.headers.get('etag') ?? ''
  t.equal(etag, `"${variant?.sha256}"`)

  const part = await get(path, { range: 'bytes=10-19', 'if-match': etag, 'if-range': etag })
  t.equal(part.status, 206)
  t.equal(part.headers.get('content-range'), `bytes 10-19/${data.length}`)
  t.same(Buffer.from(await part.arrayBuffer()), data.subarray(10, 20))
  const changed = await get(path, { range: 'bytes=10-19', 'if-range': '"another"' })
  t.equal(changed.status, 200)
  await changed.arrayBuffer()
  t.equal((await get(path, { 'if-none-match': etag })).status, 304)
  const head = await fetch(`${fleet.url}${path}`, { method: 'HEAD' })
  t.equal(head.headers.get('content-length'), String(data.length))

  const beyond = await get(path, { range: `bytes=${data.length}-` })
  t.equal(beyond.headers.get('content-range'), `bytes */${data.length}`)
  await refused(t, beyond, { status: 416, code: 'NS_BLOB_RANGE' })
  const mismatch = await get(path, { 'if-match': '"another", W/"weak"' })
  await refused(t, mismatch, { status: 412, code: 'NS_BLOB_CHANGED' })
  const unknown = await get(`/blobs/${'0'.repeat(64)}`)
  await refused(t, unknown, { status: 404, code: 'NS_BLOB_UNKNOWN' })
  await refused(t, await get('/blobs/..%2f..%2fca'), { status: 400, code: 'NS_REQUEST_INVALID' })
})

test('wrong requests get the right status and one sentence', async (t) => {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${fleet.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body)
    })
  const enrol = '/api/v1/enrolments'
  const { csr } = await makeRequest()
  const unknown = { token: 'x'.repeat(32), name: 'A', csr }
  await refused(t, await post(enrol, unknown), { status: 401, code: 'NS_ENROLMENT_TOKEN' })
  await refused(t, await post(enrol, '{'), { status: 400, code: 'NS_REQUEST_INVALID' })
  await refused(t, await post(enrol, {}), { status: 400, code: 'NS_REQUEST_INVALID' })
  const rollout = '/api/v1/rollouts'
  const wanted = { model: 'tiny', version: '1.0.0' }
  await refused(t, await post(rollout, wanted), { status: 422, code: 'NS_ROLLOUT_EMPTY' })
  await refused(t, await post(rollout, { ...wanted, version: '8.0.0' }), {
    status: 404,
    code: 'NS_MODEL_UNKNOWN'
  })
  await refused(t, await post(rollout, { ...wanted, version: 'latest' }), {
    status: 400,
    code: 'NS_REQUEST_INVALID'
  })
  await refused(t, await post(rollout, { ...wanted, devices: ['nobody'] }), {
    status: 404,
    code: 'NS_DEVICE_UNKNOWN'
  })
  await refused(t, await get('/api/v1/rollouts/nothing'), {
    status: 404,
    code: 'NS_ROLLOUT_UNKNOWN'
  })
  await refused(t, await get('/api/v1/devices/nobody'), { status: 404, code: 'NS_DEVICE_UNKNOWN' })
  await refused(t, await get('/api/v1/logs?hours=0'), { status: 400, code: 'NS_REQUEST_INVALID' })
  await refused(t, await get('/nowhere'), { status: 404, code: 'NS_ROUTE_NOT_FOUND' })
  const wrong = await fetch(`${fleet.url}/api/v1/devices`, { method: 'DELETE' })
  await refused(t, wrong, { status: 405, code: 'NS_METHOD_NOT_ALLOWED' })
  const foreign = await post(rollout, wanted, { origin: 'https://evil.example' })
  await refused(t, foreign, { status: 403, code: 'NS_REQUEST_ORIGIN' })
})

test('a device fills every page, and open consoles hear of it', async (t) => {
  const stream = await fetch(`${fleet.url}/api/v1/events`)
  const names = new Set<string>()
  const reading = (async () => {
    for await (const chunk of stream.body ?? [])
      for (const [, name = ''] of Buffer.from(chunk)
        .toString()
        .matchAll(/^event: (.*)$/gm))
        names.add(name)
  })().catch(() => undefined)
  const device = await FakeDevice.enrolled(fleet.url, 'Press 7')
  await device.connect()
  const running = {
    name: 'tiny',
    version: '1.0.0',
    precision: 'fp32' as const,
    rung: 'cpu' as const
  }
  await device.appear({
    models: [{ ...running, manifestSha256: '0'.repeat(64), origin: 'builtin' }]
  })
  const now = Date.now()
  const sample = {
    name: 'cpu.load',
    unit: '%',
    count: 60,
    min: 1,
    max: 9,
    mean: 5,
    last: 4,
    score: 0
  }
  await device.events('telemetry', { from: 1, bodies: [{ from: now, to: now, series: [sample] }] })
  const anomaly = {
    id: 'a1',
    kind: 'burst',
    templateId: 't',
    template: 'lost <*>',
    source: 'x',
    at: now,
    score: 1,
    reason: 'Many.'
  }
  const template = { id: 't', template: 'lost <*>', level: 'error', source: 'x', count: 7 }
  await device.events('log', {
    from: 1,
    deflate: true,
    bodies: [{ from: now, to: now, lines: 9, templates: [template], anomalies: [anomaly] }]
  })
  const alarm = {
    id: 'al1',
    priority: 1,
    source: 'machine-watch',
    subject: 'cpu.load',
    title: 'Load 98 %',
    cause: '',
    action: 'Look.',
    raisedAt: now,
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    shelveReason: null
  }
  await device.events('alarm', { from: 1, bodies: [{ change: 'raised', alarm }] })
  await device.events('audit', {
    from: 1,
    bodies: [{ actor: 'nurse', action: 'job-run', subject: 'j', outcome: 'done', detail: '' }]
  })
  for (const kind of ['telemetry', 'log', 'alarm', 'audit'] as const)
    await device.untilAcked(kind, 1)
  await uploadBundle(fleet.url, { key, version: '1.0.2' })

  const overview = FleetOverview.parse(await json(get('/api/v1/overview')))
  t.match(overview.counts, { devices: 1, online: 1, alarms: 1 })
  t.match(overview.attention, [
    { priority: 1, title: 'Press 7: Load 98 %', action: { href: '#/devices/press-7' } }
  ])
  t.same(overview.versions, [{ model: 'tiny', versions: [{ version: '1.0.0', devices: 1 }] }])
  t.equal(overview.alertsPerHour.at(-1)?.count, 1)
  t.match(overview.store, { state: 'well', events: 4 })
  const series = FleetSeries.parse(
    await json(get('/api/v1/devices/press-7/telemetry?series=cpu.load'))
  )
  t.match(series, { unit: '%', points: [{ min: 1, mean: 5, max: 9 }] })
  await refused(t, await get('/api/v1/devices/press-7/telemetry?series=none'), {
    status: 404,
    code: 'NS_SERIES_UNKNOWN'
  })
  const logs = FleetLogs.parse(await json(get('/api/v1/logs?device=press-7')))
  t.match(logs, {
    lines: 9,
    templates: [{ count: 7, devices: 1 }],
    anomalies: [{ deviceName: 'Press 7' }]
  })
  t.match(await json(get('/api/v1/alerts?limit=5')), [{ device: 'press-7', id: 'al1' }])
  const audit = await json<{ actor: string; action: string }[]>(get('/api/v1/audit'))
  t.ok(audit.some(({ actor, action }) => actor === 'nurse (press-7)' && action === 'job-run'))
  t.equal((await json<unknown[]>(get('/api/v1/devices'))).length, 1)
  const metrics = await (await get('/metrics')).text()
  t.match(metrics, /nearside_fleet_devices\{state="online"\} 1/)
  t.match(metrics, /nearside_fleet_ingest_messages_total\{stream="telemetry"\} 1/)
  t.match(metrics, /nearside_fleet_rollouts\{state="failed"\} 0/)
  t.match(metrics, /nearside_broker_denied_total\{action="publish"\} 0/)
  await eventually(
    async () => [...names].sort(),
    (seen) => ['alert', 'device', 'logs', 'models', 'overview'].every((name) => seen.includes(name))
  )
  await device.cut()
  await eventually(
    () => json<{ state: string; sentence: string }>(get('/api/v1/devices/press-7')),
    ({ state, sentence }) => state === 'offline' && /^Offline since \d\d:\d\d\.$/.test(sentence)
  )
  await stream.body?.cancel().catch(() => undefined)
  void reading
})

test('the description lists every route with its statuses', async (t) => {
  const { openapi, paths } = await json<{
    openapi: string
    paths: Record<string, Record<string, { responses: object }>>
  }>(get('/openapi.json'))
  t.equal(openapi, '3.1.0')
  const wanted: [string, string, string[]][] = [
    ['/api/v1/overview', 'get', ['200', '400', '403', '405', '500']],
    ['/api/v1/devices/{id}', 'get', ['404']],
    ['/api/v1/models', 'post', ['200', '201', '409', '413', '415', '422', '507']],
    ['/api/v1/rollouts', 'post', ['200', '201', '404', '422']],
    ['/api/v1/enrolments', 'post', ['201', '401']],
    ['/blobs/{sha256}', 'get', ['200', '206', '304', '404', '412', '416']],
    ['/api/v1/events', 'get', []],
    ['/readyz', 'get', ['503']]
  ]
  for (const [path, method, statuses] of wanted) {
    const known = Object.keys(paths[path]?.[method]?.responses ?? {})
    t.ok(paths[path]?.[method], `${method} ${path}`)
    for (const status of statuses) t.ok(known.includes(status), `${path} ${status}`)
  }
  t.match(JSON.stringify(paths['/api/v1/models']), /200 MiB/, 'the limit is said before the upload')
  t.equal((await get('/healthz')).status, 200)
  t.equal((await get('/readyz')).status, 200)
  const token = await fetch(`${fleet.url}/api/v1/enrolment-tokens`, { method: 'POST' })
  t.equal(token.status, 201)
  TokenAnswer.parse(await token.json())
})

test('the rate of events is that of the last ten seconds', async (t) => {
  const clock = new ManualClock()
  const rate = new EventRate(() => clock.now())
  rate.add(100)
  clock.advance(1000)
  rate.add(50)
  t.equal(rate.perSecond(), 15)
  clock.advance(9000)
  t.equal(rate.perSecond(), 5)
  clock.advance(60_000)
  t.equal(rate.perSecond(), 0)
})

test('a blob that is gone from the disk is said to be unknown', async (t) => {
  const [model] = await json<RegistryModel[]>(get('/api/v1/models'))
  const sha = model?.manifestSha256 ?? ''
  await rm(join(home, 'fleet', 'blobs', sha.slice(0, 2), sha))
  await refused(t, await get(`/blobs/${sha}`), { status: 404, code: 'NS_BLOB_UNKNOWN' })
})

test('the fleet stops, and leaves no address behind', async (t) => {
  await appendFile(join(home, 'fleet', 'uploads', 'left-over'), 'x')
  await fleet.stop()
  await t.rejects(readFile(join(home, 'fleet', 'run.json')))
  const next = await startFleet({ home, port: 0, mqttPort: 0, logLevel: 'silent' })
  t.same(await readdir(join(home, 'fleet', 'uploads')), [])
  await next.stop()
})
