// The GPUs of this device as they were read last.

import { GpuOverview } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { DevicePorts } from './device-ports.ts'

/** Adds the address; whoever asks has the GPUs read every second for a while. */
export function addGpuRoutes(app: HttpApp, ports: Pick<DevicePorts, 'gpus'>): void {
  app.get(
    '/api/v1/gpus',
    {
      schema: {
        summary: 'Every GPU with its load, memory, heat, power and processes',
        response: { 200: GpuOverview, ...problems() }
      }
    },
    () => ports.gpus()
  )
}
