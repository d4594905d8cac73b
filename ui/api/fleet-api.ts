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
  RolloutRequest,
  SharedEngine
} from '../../contract/index.ts'
import { path, queryOf, request } from './request.ts'
import { sendForm } from './send-form.ts'

export interface BundleUpload {
  /** Path inside the bundle and the file itself. */
  readonly files: readonly { readonly path: string; readonly file: File }[]
  /** Bytes sent and in all. */
  readonly onProgress?: (sent: number, total: number) => void
  readonly signal?: AbortSignal
}

/** One part a file; the name of the part is the path inside the bundle. */
function bundleForm(files: BundleUpload['files']): FormData {
  const form = new FormData()
  for (const { path: name, file } of files) form.append(name, file, file.name)
  return form
}

export const fleetApi = {
  overview: (): Promise<FleetOverview> => request('/api/v1/overview'),
  devices: (): Promise<FleetDevice[]> => request('/api/v1/devices'),
  device: (id: string): Promise<FleetDevice> => request(path`/api/v1/devices/${id}`),
  /** Minutes of a series, oldest first; 24 hours unless said otherwise. */
  series: (device: string, series: string, hours?: number): Promise<FleetSeries> =>
    request(path`/api/v1/devices/${device}/telemetry` + queryOf({ series, hours })),
  models: (): Promise<RegistryModel[]> => request('/api/v1/models'),
  /** TensorRT engines that devices built and the fleet hands on. */
  engines: (): Promise<SharedEngine[]> => request('/api/v1/engines'),
  /** Publishes a signed bundle; the answer is the version as the registry shows it. */
  publishModel: ({ files, onProgress, signal }: BundleUpload): Promise<RegistryModel> =>
    sendForm({
      path: '/api/v1/models',
      form: bundleForm(files),
      server: 'fleet',
      onProgress,
      signal
    }),
  rollouts: (): Promise<Rollout[]> => request('/api/v1/rollouts'),
  rollout: (id: string): Promise<RolloutDetail> => request(path`/api/v1/rollouts/${id}`),
  /** With a key of the caller's a repeated call makes no second rollout. */
  createRollout: (rollout: RolloutRequest, key?: string): Promise<RolloutDetail> =>
    request('/api/v1/rollouts', { method: 'POST', json: rollout, ...(key ? { key } : {}) }),
  logs: (of: { device?: string; hours?: number } = {}): Promise<FleetLogs> =>
    request(`/api/v1/logs${queryOf(of)}`),
  alerts: (of: { device?: string; limit?: number } = {}): Promise<FleetAlert[]> =>
    request(`/api/v1/alerts${queryOf(of)}`),
  audit: (limit?: number): Promise<FleetAudit[]> => request(`/api/v1/audit${queryOf({ limit })}`),
  /** A one-time token with which one device may enrol. */
  enrolmentToken: (): Promise<{ token: string; expiresAt: number }> =>
    request('/api/v1/enrolment-tokens', { method: 'POST' })
}
