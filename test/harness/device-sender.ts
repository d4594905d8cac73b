// A device process for kill tests: opens the home folder given as its argument, appends events without end
// and delivers them. It prints `ok <stream> <seq>` once an event is safe, so that its killer can count.

import { DeliverOutbox, loadIdentity, MqttLink } from '../../device/link/index.ts'
import { Outbox, openDeviceDatabase } from '../../device/store/index.ts'
import { systemClock } from '../../kernel/clock.ts'

const [home = ''] = process.argv.slice(2)
const { deviceId, enrolment } = await loadIdentity(home)
if (!enrolment) throw new Error('the home folder is not enrolled')
const outbox = new Outbox({ database: openDeviceDatabase(home), clock: systemClock, flushMs: 5 })
const link = new MqttLink({
  deviceId,
  enrolment,
  clock: systemClock,
  reconnect: { minMs: 50, maxMs: 200 },
  hello: () => ({
    name: deviceId,
    version: '0.0.0',
    platform: 'test',
    cpu: 'test',
    cores: 1,
    memoryBytes: 1,
    gpus: [],
    startedAt: systemClock.now(),
    gen: 0
  }),
  state: () => ({
    gen: 0,
    models: [],
    installs: [],
    outbox: outbox.stats(),
    alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
    disk: { freeBytes: 1, totalBytes: 1 },
    lastError: null
  })
})
outbox.events.on('ready', (stream) => {
  if (stream === 'telemetry') process.stdout.write(`ok telemetry ${outbox.lastSeq(stream)}\n`)
})
const delivery = new DeliverOutbox({ deviceId, outbox, link, clock: systemClock })
delivery.start()
link.start()

function work(): void {
  const seq = outbox.append('result', { pid: process.pid, at: performance.now() })
  process.stdout.write(`ok result ${seq}\n`)
  for (let n = 0; n < 20; n += 1) outbox.append('telemetry', { pid: process.pid, n })
  setTimeout(work, 2)
}
work()
