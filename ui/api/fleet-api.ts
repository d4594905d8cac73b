// Everything that the console asks of the fleet manager, one function a route, with the contract's types.

import type {
  FleetAlert,
  FleetAudit,
  FleetDevice,
  FleetLogs,
  FleetOverview,
  FleetSeries,
  RegistryModel,
  Rollout,
  RolloutDetail,
  RolloutRequest
} from '../../contract/index.ts'
import { path, queryOf, request } from './request.ts'

export const fleetApi = {
  overview: (): Promise<FleetOverview> => request('/api/v1/overview'),
  devices: (): Promise<FleetDevice[]> => request('/api/v1/devices'),
  device: (id: string): Promise<FleetDevice> => request(path`/api/v1/devices/${id}`),
  series: (device: string, series: string): Promise<FleetSeries> =>
    request(path`/api/v1/devices/${device}/telemetry` + queryOf({ series })),
  models: (): Promise<RegistryModel[]> => request('/api/v1/models'),
  rollouts: (): Promise<Rollout[]> => request('/api/v1/rollouts'),
  rollout: (id: string): Promise<RolloutDetail> => request(path`/api/v1/rollouts/${id}`),
  createRollout: (rollout: RolloutRequest): Promise<RolloutDetail> =>
    request('/api/v1/rollouts', { method: 'POST', json: rollout }),
  logs: (): Promise<FleetLogs> => request('/api/v1/logs'),
  alerts: (): Promise<FleetAlert[]> => request('/api/v1/alerts'),
  audit: (): Promise<FleetAudit[]> => request('/api/v1/audit')
}
