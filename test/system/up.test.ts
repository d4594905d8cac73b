// `nearside up` as its user meets it: two processes, three pages, one sentence for a second start, an orderly
// end, and a life after crashes.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'
import type {
  DeviceInfo,
  FleetDevice,
  FleetOverview,
  TelemetrySnapshot
} from '../../contract/index.ts'
import { getJson, MAIN, newHome, runNearside, startUp, until } from '../harness/nearside-process.ts'

interface Pages {
  readonly device: string
  readonly console: string
}

async function pagesOf({ device, console }: Pages): Promise<string[]> {
  const urls = [`${device}/`, `${device}/workbench/`, `${console}/`]
  return Promise.all(urls.map(async (url) => (await fetch(url)).text()))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('up starts all of it, says where it is, and ends in order', async (t) => {
  const home = newHome()
  const up = await startUp(home, ['--name', 'Press 7'])
  t.teardown(() => up.stop())
  for (const page of await pagesOf(up)) t.match(page, /<html lang="en"[\s\S]*<title>/)
  for (const url of [up.device, up.console]) {
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json'])
      t.equal((await fetch(url + path)).status, 200, path)
  }
  const info = await until(
    up.device,
    () => getJson<DeviceInfo>(`${up.device}/api/v1/device`),
    (device) => device.link.state === 'online'
  )
  t.match(info, { name: 'Press 7', id: /^press-7/, link: { state: 'online' } })
  t.ok(info.watching.logs.some((log) => log.endsWith('device.log')))
  const { series } = await until(
    up.device,
    () => getJson<TelemetrySnapshot>(`${up.device}/api/v1/telemetry`),
    (now) => now.series.some((one) => one.name === 'cpu.load' && one.value !== null)
  )
  t.ok(series.some((one) => one.name === 'memory.used' && (one.value ?? 0) > 0))
  const devices = await until(
    up.console,
    () => getJson<FleetDevice[]>(`${up.console}/api/v1/devices`),
    ([device]) => device?.state === 'online'
  )
  t.match(devices, [{ id: info.id, name: 'Press 7', hello: { version: info.version } }])

  const second = await runNearside([
    'up',
    '--home',
    home,
    '--port',
    '0',
    '--fleet-port',
    '0',
    '--mqtt-port',
    '0'
  ])
  t.equal(second.code, 2)
  t.match(second.stderr, /^Nearside \(up\) already runs on .*\n$/)

  t.equal(await up.stop(), 0)
  t.equal(isAlive(info.pid), false)
  await t.rejects(fetch(up.device))
  await t.rejects(fetch(up.console))
})

test('a process that dies is started again at the same address, and what it says is kept', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const before = await until(
    up.device,
    () => getJson<DeviceInfo>(`${up.device}/api/v1/device`),
    (device) => device.link.state === 'online'
  )
  process.kill(before.pid, 'SIGKILL')
  const after = await until(
    up.device,
    () => getJson<DeviceInfo>(`${up.device}/api/v1/device`),
    (device) => device.pid !== before.pid && device.link.state === 'online'
  )
  t.equal(after.id, before.id)
  t.match(up.stderr(), /The device ended \(SIGKILL\); it is started again\./)
  const overview = await until(
    up.console,
    () => getJson<FleetOverview>(`${up.console}/api/v1/overview`),
    ({ counts }) => counts.online === 1
  )
  t.equal(overview.counts.devices, 1)
})

test('a port that is taken is named in one sentence', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const taken = new URL(up.device).port
  const other = await runNearside([
    'up',
    '--home',
    newHome(),
    '--port',
    taken,
    '--fleet-port',
    '0',
    '--mqtt-port',
    '0'
  ])
  t.equal(other.code, 2)
  t.match(other.stderr, `Port ${taken} is taken by another program`)
})

/** What is said on the terminal by the time that all is up. */
async function saidBy(home: string): Promise<string> {
  const ports = ['--port', '0', '--fleet-port', '0', '--mqtt-port', '0']
  const child = spawn(process.execPath, [MAIN, 'up', '--home', home, ...ports])
  let said = ''
  for await (const piece of child.stdout) {
    said += piece
    if (said.includes('Press Ctrl-C')) child.kill('SIGINT')
  }
  if (child.exitCode === null) await once(child, 'exit')
  return said
}

test('up promises that nothing leaves the machine only while that is so', async (t) => {
  const home = newHome()
  t.match(await saidBy(home), /Nearside is up\. Nothing leaves this machine\./)
  const up = await startUp(home)
  const sent = await fetch(`${up.device}/api/v1/models/sentence-roles/remote`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'http://127.0.0.1:9' })
  })
  t.equal(sent.status, 200)
  await up.stop()
  const said = await saidBy(home)
  t.match(said, /What is analysed with sentence-roles is sent to another server/)
  t.notMatch(said, 'Nothing leaves')
})
