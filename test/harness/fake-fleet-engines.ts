// Made-up engines that a fleet hands on, for the console's tests and for the eye.

import type { SharedEngine } from '../../contract/index.ts'
import { type FleetFakeState, HOUR, SHA } from './fake-fleet-devices.ts'

export function engines(now: number, state: FleetFakeState): SharedEngine[] {
  if (state === 'none') return []
  const engine = (about: Partial<SharedEngine>): SharedEngine => ({
    ...{ id: SHA, state: 'ready', model: 'sentence-roles', version: '1.0.1', modelSha256: SHA },
    ...{ precision: 'fp16', computeCapability: '8.7', tensorrt: '10.3.0', onnxruntime: '1.30.0' },
    machine: { platform: 'linux-arm64', l4t: '36.4.3', gpu: 'Orin' },
    ...{ bytes: 47_185_920, builder: 'press-01', builtAt: now - 26 * HOUR },
    ...{ offeredAt: now - 26 * HOUR, usedAt: now - HOUR, taken: 11 },
    ...about
  })
  const discrete = { platform: 'linux-x64', l4t: null, gpu: 'NVIDIA L4' }
  return [
    engine({
      id: '1'.repeat(64),
      state: 'receiving',
      machine: discrete,
      builder: 'fill-02',
      taken: 0
    }),
    engine({}),
    engine({ id: '2'.repeat(64), version: '1.0.0', taken: 40 })
  ]
}
