// The cable is out: the device works on, and when the fleet is back everything arrives, once.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import type { DeviceInfo, FleetDevice, Job, JobDetail } from '../../contract/index.ts'
import { getJson, startUp, type Up, until } from '../harness/nearside-process.ts'
import { upload } from '../harness/upload.ts'

interface Stream {
  readonly stream: string
  /** Highest number up to which all are there, and how many are there. */
  readonly upto: number
  readonly events: number
  readonly rejected: number
}

const deviceOf = (up: Up): Promise<DeviceInfo> => getJson<DeviceInfo>(`${up.device}/api/v1/device`)
const jobOf = (up: Up, id: string): Promise<JobDetail> =>
  getJson<JobDetail>(`${up.device}/api/v1/jobs/${id}`)

test('while the fleet is away the device works on, and everything arrives once', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  await until(
    up.device,
    () => deviceOf(up),
    ({ link }) => link.state === 'online'
  )
  const fleetPid = Number(
    (JSON.parse(readFileSync(join(up.home, 'fleet', 'run.json'), 'utf8')) as { pid: number }).pid
  )
  process.kill(fleetPid, 'SIGSTOP') // the cable is out: it neither answers nor ends
  const jobs: Job[] = []
  for (let n = 0; n < 5; n += 1)
    jobs.push(
      (
        await upload(up.device, {
          kind: 'text',
          files: [{ name: 'a.txt', content: 'The valve was replaced. It works.' }]
        })
      ).job
    )
  for (const { id } of jobs)
    await until(
      up.device,
      () => jobOf(up, id),
      ({ state }) => state === 'done'
    )
  process.kill(fleetPid, 'SIGKILL') // what it had not committed is gone with it
  await until(
    up.device,
    () => deviceOf(up),
    ({ link }) => link.state === 'online' && link.outbox.events === 0
  )
  const [device] = await getJson<FleetDevice[]>(`${up.console}/api/v1/devices`)
  t.match(device, { state: 'online' })
  await up.stop()
  const database = new DatabaseSync(join(up.home, 'fleet', 'fleet.db'), { readOnly: true })
  const streams = database
    .prepare('SELECT stream, upto, events, rejected FROM streams')
    .all() as unknown as Stream[]
  database.close()
  t.same(
    streams.find(({ stream }) => stream === 'result'),
    { stream: 'result', upto: 5, events: 5, rejected: 0 },
    'each result once'
  )
  for (const { stream, upto, events, rejected } of streams) {
    t.equal(events, upto, `${stream}: nothing lost, nothing counted twice`)
    t.equal(rejected, 0, `${stream}: nothing unreadable`)
  }
})
