// A disk that fills up under a device and a fleet that really run: they say so, leave nothing half-written, keep
// serving, and work again once there is room. And a disk that cannot be written at all.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { DeviceInfo, JobDetail } from '../../contract/index.ts'
import { getJson, postJson, runNearside, startUp, until } from '../harness/nearside-process.ts'
import { mountSmallDisk } from '../harness/small-disk.ts'
import { upload } from '../harness/upload.ts'
import { GOOD, LOG } from './fixtures/bad-requests.ts'

const MIB = 1024 * 1024
const disk = mountSmallDisk(24)
const skip = disk === undefined && 'this user may not mount a small disk'
const root = disk?.path ?? ''
const FULL = {
  status: 507,
  problem: { code: 'NS_STORAGE_FULL', detail: /^The disk is full; .*\.$/ }
}

/** Takes the last byte; returns the function that gives it all back. */
function fill(): () => void {
  const path = join(root, 'filler')
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(4096))
  } catch {
    closeSync(file)
  }
  return () => rmSync(path)
}

test('a full disk is said, survived and forgotten', { skip }, async (t) => {
  const up = await startUp(join(root, 'home'))
  t.teardown(() => up.stop())
  const vault = (): string[] => readdirSync(join(up.home, 'device', 'vault'))
  const device = (): Promise<DeviceInfo> => getJson<DeviceInfo>(`${up.device}/api/v1/device`)
  const send = (content: string | Uint8Array<ArrayBuffer>) =>
    upload(up.device, { kind: 'text', files: [{ name: 'a.txt', content }] })
  const { pid } = await until(up.device, device, ({ link }) => link.state === 'online')
  const before = statfsSync(root).bavail

  t.match(await send(new Uint8Array(40 * MIB).fill(97)), FULL, 'larger than the free space')
  t.same(vault(), [])
  t.ok(statfsSync(root).bavail > before - 256, 'its space is given back')

  const free = fill()
  for (let n = 0; n < 3; n += 1) t.match(await send(GOOD), FULL, 'no byte free')
  t.same(vault(), [])
  t.same(await getJson(`${up.device}/api/v1/jobs`), [])
  const token = await postJson<{ code: string }>(`${up.console}/api/v1/enrolment-tokens`, {})
  t.match(token, { status: 507, body: { code: 'NS_STORAGE_FULL' } }, 'the fleet says so too')
  const form = new FormData()
  form.append('model.onnx', new Blob([new Uint8Array(MIB)]), 'model.onnx')
  const bundle = await fetch(`${up.console}/api/v1/models`, { method: 'POST', body: form })
  t.match(await bundle.json(), { status: 507, code: 'NS_STORAGE_FULL' })
  t.same(readdirSync(join(up.home, 'fleet', 'uploads')), [], 'nothing of the bundle stays')
  for (const url of [up.device, up.console])
    t.equal((await fetch(`${url}/readyz`)).status, 200, `${url} is ready`)
  t.match((await device()).problems, [{ sentence: /disk/ }], 'the kiosk tells it')

  free()
  const { status, job } = await send(GOOD)
  t.equal(status, 202, 'works again')
  const jobOf = (): Promise<JobDetail> => getJson<JobDetail>(`${up.device}/api/v1/jobs/${job.id}`)
  await until(up.device, jobOf, ({ state }) => state === 'done')
  const now = await until(up.device, device, ({ link }) => link.outbox.events === 0)
  t.equal(now.pid, pid, 'the process never ended')
  t.equal(await up.stop(), 0)
})

test('a job whose results find no room ends without the device', { skip }, async (t) => {
  const up = await startUp(join(root, 'home'))
  t.teardown(() => up.stop())
  const files = Array.from({ length: 200 }, (_, n) => ({ name: `${n}.txt`, content: GOOD }))
  const { job } = await upload(up.device, { kind: 'text', files })
  const free = fill()
  const jobOf = (): Promise<JobDetail> => getJson<JobDetail>(`${up.device}/api/v1/jobs/${job.id}`)
  const device = (): Promise<DeviceInfo> => getJson<DeviceInfo>(`${up.device}/api/v1/device`)
  const { pid } = await device()
  let asked = 0
  await until(up.device, device, () => ++asked > 4) // it goes on answering with no byte free
  free()
  const { state, code } = await until(up.device, jobOf, ({ endedAt }) => endedAt !== null)
  t.ok(state === 'done' || code === 'NS_STORAGE_FULL', `${state}: ${code}`)
  t.equal((await device()).pid, pid, 'the process never ended')
  t.equal(await up.stop(), 0)
})

test('a command says that the disk is full and leaves no half file', { skip }, async (t) => {
  const log = join(root, 'a.log')
  writeFileSync(log, LOG)
  const free = fill()
  const before = readdirSync(root).sort()
  const home = ['--home', join(root, 'home')]
  const calls = [
    ['analyze', 'logs', log, '-o', join(root, 'out.html'), '--format', 'html'],
    ['analyze', 'logs', log, '--emit', 'events', '-o', join(root, 'out.jsonl')],
    ['analyze', 'text', log, '-o', join(root, 'out.md'), ...home]
  ]
  for (const call of calls) {
    const { code, stdout, stderr } = await runNearside(call)
    t.match({ code, stdout }, { code: 2, stdout: '' }, call.join(' '))
    t.match(stderr, /^The disk is full; .*\.\n$/)
    t.same(readdirSync(root).sort(), before, 'no half file')
  }
  free()
})

test('a home that cannot be written is said in one sentence', { skip }, async (t) => {
  spawnSync('mount', ['-o', 'remount,ro', root])
  t.teardown(() => disk?.release())
  const home = ['--home', join(root, 'home')]
  for (const call of [
    ['up', '--port', '0', ...home],
    ['analyze', 'text', join(root, 'a.log'), ...home]
  ]) {
    const { code, stdout, stderr } = await runNearside(call)
    t.match({ code, stdout }, { code: 2, stdout: '' }, call.join(' '))
    t.match(stderr, /^\S[^\n]*(?:cannot be written|read-only)[^\n]*\.\n$/)
  }
})
