// Everything that kiosk and workbench ask of the device, one function a route, with the contract's types.

import type {
  Alarm,
  AnalysisDescription,
  DeviceInfo,
  DeviceModels,
  DocumentText,
  GpuOverview,
  Job,
  JobDetail,
  JobRequest,
  LogOverview,
  PrivacyStatus,
  Report,
  SeriesHistory,
  TelemetrySnapshot
} from '../../contract/index.ts'
import { path, queryOf, request } from './request.ts'
import { type Upload, uploadJob } from './upload.ts'

type JobAct = 'pause' | 'resume' | 'cancel' | 'retry'

export const deviceApi = {
  device: (): Promise<DeviceInfo> => request('/api/v1/device'),
  telemetry: (): Promise<TelemetrySnapshot> => request('/api/v1/telemetry'),
  /** The last minutes of a series, thinned by the device to some hundred points. */
  history: (series: string, minutes: number): Promise<SeriesHistory> =>
    request(path`/api/v1/telemetry/${series}` + queryOf({ minutes })),
  alarms: (): Promise<Alarm[]> => request('/api/v1/alarms'),
  acknowledge: (alarm: string): Promise<Alarm> =>
    request(path`/api/v1/alarms/${alarm}/acknowledge`, { method: 'POST' }),
  shelve: (alarm: string, reason: string, minutes: number): Promise<Alarm> =>
    request(path`/api/v1/alarms/${alarm}/shelve`, { method: 'POST', json: { reason, minutes } }),
  logs: (): Promise<LogOverview> => request('/api/v1/logs'),
  models: (): Promise<DeviceModels> => request('/api/v1/models'),
  /** The GPUs as they are now; an empty list with a sentence where there is none. */
  gpus: (): Promise<GpuOverview> => request('/api/v1/gpus'),
  privacy: (): Promise<PrivacyStatus> => request('/api/v1/privacy'),
  analyses: (): Promise<AnalysisDescription[]> => request('/api/v1/analyses'),
  jobs: (): Promise<Job[]> => request('/api/v1/jobs'),
  job: (id: string): Promise<JobDetail> => request(path`/api/v1/jobs/${id}`),
  /** Starts a job on a sample or on text given in place. */
  startJob: (job: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<Job> =>
    request('/api/v1/jobs', { method: 'POST', json: job }),
  uploadJob: (upload: Upload): Promise<Job> => uploadJob(upload),
  actOnJob: (id: string, act: JobAct): Promise<Job> =>
    request(path`/api/v1/jobs/${id}/${act}`, { method: 'POST' }),
  /** Deletes the job with its inputs and its report. */
  deleteJob: (id: string): Promise<void> => request(path`/api/v1/jobs/${id}`, { method: 'DELETE' }),
  report: (id: string): Promise<Report> => request(path`/api/v1/jobs/${id}/report`),
  /** Address of the report as a file, for a download link. */
  reportUrl: (id: string, format: 'html' | 'md' | 'json' | 'csv'): string =>
    path`/api/v1/jobs/${id}/report` + queryOf({ format }),
  document: (id: string, index: number): Promise<DocumentText> =>
    request(path`/api/v1/jobs/${id}/documents/${index}`)
}
