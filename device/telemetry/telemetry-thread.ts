// The worker thread that reads the sensors. The only place that loads systeminformation; ends by message.

import { parentPort, workerData } from 'node:worker_threads'
import si from 'systeminformation'
import { systemClock } from '../../kernel/clock.ts'
import { trimWhenSettled } from '../../kernel/trim-memory.ts'
import { describe } from './describe-machine.ts'
import { portableSensors, procSensors } from './fast-sensors.ts'
import { GpuWatch } from './gpu-watch.ts'
import { SensorLoop } from './sensor-loop.ts'
import { diskSensors, temperatureSensor } from './slow-sensors.ts'
import type { FromTelemetry, TelemetryPlan, ToTelemetry } from './telemetry-messages.ts'

const port = parentPort
if (!port) throw new Error('telemetry-thread.ts runs as a worker thread only')
const tell = (message: FromTelemetry): void => port.postMessage(message)

if ((workerData as TelemetryPlan).task === 'describe') {
  tell({ kind: 'description', description: await describe(si) })
  port.close()
} else {
  const loop = new SensorLoop({
    groups: [
      process.platform === 'linux' ? procSensors() : portableSensors(si),
      diskSensors(si),
      temperatureSensor(si)
    ],
    clock: systemClock,
    onSample: (sample) => tell({ kind: 'sample', sample })
  })
  const gpus = new GpuWatch({
    clock: systemClock,
    onReport: (report) => tell({ kind: 'gpus', report }),
    onSample: (sample) => tell({ kind: 'sample', sample })
  })
  port.on('message', (message: ToTelemetry) => {
    if (message.kind === 'gpu-pace') return gpus.setFast(message.fast)
    loop.stop()
    gpus.stop()
    port.close()
  })
  loop.start()
  gpus.start()
  trimWhenSettled(systemClock)
}
