// Opens the inference protocol of the device: what REST and gRPC share, and gRPC itself where a port is set.

import type { Clock } from '../kernel/clock.ts'
import {
  type GrpcServer,
  type InferDoor,
  openGrpcDoor,
  openInferDoor,
  servingLimits
} from './http/index.ts'
import type { ModelPool } from './inference/index.ts'
import type { DeviceSettings } from './settings.ts'

const MIB = 1024 * 1024

export function openServing(pool: ModelPool, settings: DeviceSettings, clock: Clock): InferDoor {
  const { inferenceBodyMb, connections, stalledSeconds } = settings
  const limits = servingLimits(inferenceBodyMb * MIB)
  const stalledMs = stalledSeconds * 1000
  return openInferDoor({ serving: pool, limits: { ...limits, connections, stalledMs }, clock })
}

/**
 * Starts gRPC when the settings give it a port.
 * @throws NearsideError NS_PORT_IN_USE
 */
export async function openGrpc(
  door: InferDoor,
  { grpcPort: port }: DeviceSettings,
  ready: () => string | null
): Promise<GrpcServer | undefined> {
  return port === undefined ? undefined : openGrpcDoor({ door, port, ready })
}
