// The exchange of engines through its HTTP door: who may offer, what is refused, how an upload goes on after a
// cut, what is kept and what goes.

import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import {
  type DeviceEnvelope,
  EngineOfferAnswer,
  EngineUploadAnswer,
  type Problem,
  SharedEngine
} from '../../contract/index.ts'
import type { DeviceCredentials } from '../../kernel/device-certificate.ts'
import { signRequest } from '../../kernel/device-signature.ts'
import { signDocument } from '../../models/index.ts'
import {
  device,
  type Engine,
  engineOf,
  filePath,
  JSON_TYPE,
  offer,
  piece,
  send,
  sha256Of,
  share
} from '../../test/harness/engine-sender.ts'
import { eventually } from '../../test/harness/fake-device.ts'
import { startFleet } from '../index.ts'
import type { FleetSettings } from '../settings.ts'

async function fleetIn(t: Test, settings: Partial<FleetSettings> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'nearside-engine-routes-'))
  const quiet = { home, port: 0, mqttPort: 0, logLevel: 'silent' } as const
  const fleet = await startFleet({ ...quiet, ...settings })
  t.teardown(() => fleet.stop())
  return { url: fleet.url, home }
}

async function refused(
  t: Test,
  answer: Response,
  expected: readonly [status: number, code: string]
): Promise<Problem> {
  const [status, code] = expected
  const problem = (await answer.json()) as Problem
  t.match({ status: answer.status, code: problem.code }, { status, code }, problem.detail)
  return problem
}

const list = async (url: string): Promise<SharedEngine[]> =>
  SharedEngine.array().parse(await (await fetch(`${url}/api/v1/engines`)).json())

/** Names of all files of engines on the disk of the fleet. */
async function onDisk(home: string): Promise<string[]> {
  const root = join(home, 'fleet', 'engines')
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}

test('an engine is offered, sent, listed and taken, by its key alone', async (t) => {
  const { url, home } = await fleetIn(t)
  const [a, b] = [await device(url, 'Press A'), await device(url, 'Press B')]
  const engine = engineOf(a)
  const answer = EngineOfferAnswer.parse(await (await offer(url, a, engine)).json())
  t.match(answer, { id: engine.id, state: 'wanted' })
  t.equal(answer.missing.length, 2)
  t.match(await list(url), [{ state: 'receiving' }])
  const early = await send(url, b, { method: 'GET', path: `/api/v1/engines/${engine.id}` })
  await refused(t, early, [404, 'NS_ENGINE_UNKNOWN'])

  const done = []
  for (const [sha256, body] of engine.files) {
    const sent = await piece(url, a, { path: filePath(engine, sha256), offset: 0, body })
    done.push(EngineUploadAnswer.parse(await sent.json()))
  }
  t.strictSame(
    done.map(({ complete, ready }) => [complete, ready]),
    [
      [true, false],
      [true, true]
    ]
  )
  t.strictSame(await onDisk(home), [...engine.files.keys()].sort(), 'no part is left')
  t.match(await (await offer(url, a, engine)).json(), { state: 'here', missing: [] })
  t.match(await (await offer(url, b, engineOf(b, { plan: Buffer.from('other') }))).json(), {
    state: 'here'
  })

  const taken = await send(url, b, { method: 'GET', path: `/api/v1/engines/${engine.id}` })
  t.match((await taken.json()) as DeviceEnvelope, { signatures: [{ keyid: 'press-a' }] })
  const [sha256 = '', body] = [...engine.files][1] ?? []
  const path = filePath(engine, sha256)
  const whole = await send(url, b, { method: 'GET', path })
  t.equal(Buffer.from(await whole.arrayBuffer()).compare(body ?? Buffer.alloc(0)), 0)
  const part = await send(url, b, { method: 'GET', path, headers: { range: 'bytes=1-2' } })
  t.match({ status: part.status, text: await part.text() }, { status: 206, text: 'la' })
  const beyond = await send(url, b, { method: 'GET', path, headers: { range: 'bytes=99-' } })
  await refused(t, beyond, [416, 'NS_BLOB_RANGE'])
  const none = await send(url, b, { method: 'GET', path: filePath(engine, 'a'.repeat(64)) })
  await refused(t, none, [404, 'NS_ENGINE_UNKNOWN'])
  await refused(t, await fetch(`${url}/blobs/${sha256}`), [404, 'NS_BLOB_UNKNOWN'])
  t.match(await list(url), [{ state: 'ready', builder: 'press-a', taken: 1, bytes: 19 }])
})

test('only who proves to be a device of this fleet is heard', async (t) => {
  const { url, home } = await fleetIn(t)
  const other = await fleetIn(t)
  const a = await device(url, 'Press A')
  const b = await device(url, 'Press B')
  const stranger = await device(other.url, 'Press A')
  const engine = engineOf(a)
  await share(url, a, engine)
  const path = `/api/v1/engines/${engine.id}`
  const get = (headers: Record<string, string>) => fetch(`${url}${path}`, { headers })
  const unproven = (answer: Response) => refused(t, answer, [401, 'NS_DEVICE_UNPROVEN'])
  const sign = (by: DeviceCredentials, at = Date.now()) =>
    signRequest({ method: 'GET', path, headers: {} }, by, at)

  await unproven(await get({}))
  await unproven(await send(url, stranger, { method: 'GET', path }))
  await unproven(
    await get({ ...sign(a), 'nearside-certificate': sign(b)['nearside-certificate'] ?? '' })
  )
  await unproven(await get({ ...sign(a), 'nearside-certificate': ':AAAAAAAAAAAAAAAAAAAAAAAA:' }))
  await unproven(await get({ ...sign(a), 'nearside-certificate': 'no bytes' }))
  await unproven(await get({ ...sign(a), signature: sign(b)['signature'] ?? '' }))
  await unproven(await get({ ...sign(a), 'signature-input': 'device=()' }))
  await unproven(await get(signRequest({ method: 'POST', path, headers: {} }, a, Date.now())))
  await unproven(await get(sign(a, Date.now() - 20 * 60_000)))
  await unproven(await get(sign(a, Date.now() + 20 * 60_000)))
  const file = filePath(engine, [...engine.files.keys()][0] ?? '')
  await unproven(await fetch(`${url}${file}`))
  await unproven(await offer(url, stranger, engineOf(stranger)))
  // The piece goes elsewhere than what was signed says.
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': '0' }
  const moved = signRequest({ method: 'PATCH', path: file, headers }, a, Date.now())
  const body = new Uint8Array(1)
  const init = { method: 'PATCH', headers: { ...headers, ...moved, 'upload-offset': '1' }, body }
  await unproven(await fetch(`${url}${file}`, init))

  const handed = JSON.stringify(signDocument('statement', engineOf(a).statement, a))
  const call = { method: 'POST', path: '/api/v1/engines', headers: JSON_TYPE }
  await unproven(await send(url, b, { ...call, body: handed }))
  const forged = JSON.stringify(signDocument('statement', engineOf(a).statement, b))
  await refused(t, await send(url, b, { ...call, body: forged }), [422, 'NS_ENGINE_DAMAGED'])
  const envelope = signDocument('statement', engineOf(b).statement, b)
  const changed = { ...envelope, payload: Buffer.from('{}').toString('base64') }
  const late = await send(url, b, { ...call, body: JSON.stringify(changed) })
  await refused(t, late, [422, 'NS_ENGINE_DAMAGED'])
  const another = await send(url, b, {
    ...{ ...call, path: '/api/v1/engine-faults' },
    body: JSON.stringify(envelope)
  })
  await refused(t, another, [422, 'NS_ENGINE_DAMAGED'])
  t.equal((await onDisk(home)).length, 2, 'nothing of all that was kept')
})

test('an upload goes on after a cut; what is wrong in it is refused', async (t) => {
  const { url, home } = await fleetIn(t)
  const [a, b] = [await device(url, 'Press A'), await device(url, 'Press B')]
  const plan = Buffer.alloc(300_000, 'plan ')
  const engine = engineOf(a, { plan })
  const sha256 = sha256Of(plan)
  const path = filePath(engine, sha256)
  const at = (offset: number, body: Buffer) => piece(url, a, { path, offset, body })
  await refused(t, await at(0, plan), [404, 'NS_ENGINE_UNKNOWN'])
  await offer(url, a, engine)
  const by = await piece(url, b, { path, offset: 0, body: plan })
  await refused(t, by, [404, 'NS_ENGINE_UNKNOWN'])

  const cut = connect(Number(new URL(url).port), '127.0.0.1')
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': '0' }
  const signed = { ...headers, ...signRequest({ method: 'PATCH', path, headers }, a, Date.now()) }
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`)
  const start = `PATCH ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${plan.length}\r\n`
  cut.write(`${start}${lines.join('\r\n')}\r\n\r\n`)
  cut.write(plan.subarray(0, 100_000))
  const part = join(home, 'fleet', 'engines', 'parts', `${engine.id}.${sha256}`)
  const sizeOf = () =>
    stat(part).then(
      ({ size }) => size,
      () => 0
    )
  await eventually(sizeOf, (size) => size === 100_000)
  const busy = await at(100_000, plan.subarray(100_000))
  t.match(await refused(t, busy, [409, 'NS_ENGINE_UPLOAD']), { details: { received: 100_000 } })
  t.match(await (await offer(url, b, engineOf(b, { plan }))).json(), {
    state: 'declined',
    sentence: 'press-a is sending an equal engine.'
  })
  cut.destroy()

  const again = EngineOfferAnswer.parse(await (await offer(url, a, engine)).json())
  t.match(
    again.missing.find((file) => file.sha256 === sha256),
    { received: 100_000 }
  )
  const wrong = await at(7, plan.subarray(7))
  t.match(await refused(t, wrong, [409, 'NS_ENGINE_UPLOAD']), { details: { received: 100_000 } })
  const rest = await eventually(
    () => at(100_000, plan.subarray(100_000, 200_000)),
    ({ status }) => status === 200
  )
  t.match(await rest.json(), { received: 200_000, complete: false, ready: false })
  const long = await at(200_000, plan)
  await refused(t, long, [422, 'NS_ENGINE_DAMAGED'])
  t.equal(await sizeOf(), 0, 'a file that is too long is dropped')
  const tampered = Buffer.from(plan)
  tampered[1000] = 0
  await refused(t, await at(0, tampered), [422, 'NS_ENGINE_DAMAGED'])
  t.equal(await sizeOf(), 0, 'so is one with another digest')
  t.match(await (await at(0, plan)).json(), { complete: true, ready: false })
  t.match(await (await at(0, plan)).json(), { complete: true }, 'sent twice is no fault')

  const noOffset = {
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/octet-stream' }
  }
  await refused(t, await send(url, a, { ...noOffset, body: plan }), [400, 'NS_REQUEST_INVALID'])
  const noBytes = { method: 'PATCH', path, headers: { 'upload-offset': '0' } }
  await refused(t, await send(url, a, noBytes), [415, 'NS_REQUEST_MEDIA_TYPE'])
})

test('an engine over the limit is refused before a byte of it is sent', async (t) => {
  const { url, home } = await fleetIn(t)
  const a = await device(url, 'Press A')
  const limit = 500 * 1024 * 1024
  const wrapper = engineOf(a).statement.record.files[0]?.size ?? 0
  const problem = await refused(
    t,
    await offer(url, a, engineOf(a, { size: limit - wrapper + 1 })),
    [413, 'NS_INPUT_TOO_LARGE']
  )
  t.match(problem, { details: { limitBytes: limit }, detail: /engineMaxMb/ })
  t.match(await (await offer(url, a, engineOf(a, { size: limit - wrapper }))).json(), {
    state: 'wanted'
  })
  t.strictSame(await onDisk(home), [])
})

test('a fleet that does not share says so', async (t) => {
  const { url } = await fleetIn(t, { engineSharing: false })
  const a = await device(url, 'Press A')
  const engine = engineOf(a)
  const path = `/api/v1/engines/${engine.id}`
  await refused(t, await offer(url, a, engine), [403, 'NS_ENGINE_NOT_SHARED'])
  await refused(t, await send(url, a, { method: 'GET', path }), [403, 'NS_ENGINE_NOT_SHARED'])
})

test('what did not do on a device goes, and does not come back', async (t) => {
  const { url, home } = await fleetIn(t)
  const [a, b] = [await device(url, 'Press A'), await device(url, 'Press B')]
  const engine = engineOf(a)
  await share(url, a, engine)
  const { payload } = signDocument('statement', engine.statement, a)
  const statementSha256 = sha256Of(Buffer.from(payload, 'base64'))
  const fault = (id: string, by = b) => {
    const about = { id, statementSha256, device: by.deviceId, at: 1, code: 'NS_RUNG_GOLDEN' }
    const body = JSON.stringify(signDocument('fault', { ...about, sentence: 'It differs.' }, b))
    return send(url, b, { method: 'POST', path: '/api/v1/engine-faults', headers: JSON_TYPE, body })
  }
  await refused(t, await fault(engine.id, a), [422, 'NS_ENGINE_DAMAGED'])
  t.equal((await fault('f'.repeat(64))).status, 204, 'one that is not here is noted')
  t.equal((await list(url)).length, 1)
  t.equal((await fault(engine.id)).status, 204)
  t.equal((await fault(engine.id)).status, 204, 'told twice is no fault')
  t.strictSame(await list(url), [])
  t.strictSame(await onDisk(home), [])
  t.match(await (await offer(url, a, engine)).json(), {
    state: 'declined',
    sentence: /did not do on press-b \(NS_RUNG_GOLDEN\)/
  })
  const rebuilt = engineOf(a, { plan: Buffer.from('another plan') })
  t.match(await (await offer(url, a, rebuilt)).json(), { id: engine.id, state: 'wanted' })
  const audit = await (await fetch(`${url}/api/v1/audit`)).text()
  t.match(audit, 'engine-withdrawn')
  t.match(audit, 'NS_RUNG_GOLDEN: It differs.')
})

test('engines of a model are bounded, and go with it', async (t) => {
  const { url, home } = await fleetIn(t, { enginesPerModel: 2 })
  const [a, b] = [await device(url, 'Press A'), await device(url, 'Press B')]
  const engines = ['10.1.0', '10.2.0', '10.3.0'].map((tensorrt) =>
    engineOf(a, { tensorrt, plan: Buffer.from(tensorrt) })
  )
  const [first, second, third] = engines as [Engine, Engine, Engine]
  await share(url, a, first)
  await share(url, a, second)
  await send(url, b, { method: 'GET', path: `/api/v1/engines/${first.id}` })
  await share(url, a, third)
  const kept = (await list(url)).map(({ id }) => id).sort()
  t.strictSame(kept, [first.id, third.id].sort(), 'what was taken stayed')
  await share(url, a, engineOf(a, { model: 'other' }))
  t.equal((await list(url)).length, 3)

  const remove = (path: string) => fetch(`${url}/api/v1/engines${path}`, { method: 'DELETE' })
  t.equal((await remove(`/${first.id}`)).status, 204)
  await refused(t, await remove(`/${first.id}`), [404, 'NS_ENGINE_UNKNOWN'])
  t.strictSame(await (await remove('?model=tiny&version=9.9.9')).json(), { removed: 0 })
  t.strictSame(await (await remove('?model=tiny')).json(), { removed: 1 })
  t.match(await list(url), [{ model: 'other' }])
  t.equal((await onDisk(home)).length, 2)
})

test('a start removes what belongs to no engine and keeps the rest', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'nearside-engine-restart-'))
  const quiet = { home, port: 0, mqttPort: 0, logLevel: 'silent' } as const
  const first = await startFleet(quiet)
  const a = await device(first.url, 'Press A')
  const whole = engineOf(a)
  await share(first.url, a, whole)
  const half = engineOf(a, { tensorrt: '10.9.0', plan: Buffer.from('0123456789') })
  await offer(first.url, a, half)
  const path = filePath(half, sha256Of(Buffer.from('0123456789')))
  await piece(first.url, a, { path, offset: 0, body: Buffer.from('01234') })
  await first.stop()
  const folder = join(home, 'fleet', 'engines')
  const orphan = 'e'.repeat(64)
  await writeFile(join(folder, 'parts', `${orphan}.${orphan}`), 'x')
  const [blobs = ''] = await readdir(join(folder, 'blobs'))
  await writeFile(join(folder, 'blobs', blobs, orphan), 'x')
  const second = await startFleet(quiet)
  t.teardown(() => second.stop())
  t.notMatch((await onDisk(home)).join(), orphan)
  t.match(await (await offer(second.url, a, whole)).json(), { state: 'here' })
  const rest = await piece(second.url, a, { path, offset: 5, body: Buffer.from('56789') })
  t.match(await rest.json(), { complete: true, ready: true }, 'the other file was here')
})
