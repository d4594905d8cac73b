// A device that exchanges engines with a fleet by hand, call by call, well or badly as a test wants.

import { createHash } from 'node:crypto'
import type { EngineRecord, EngineStatement } from '../../contract/index.ts'
import type { DeviceCredentials } from '../../kernel/device-certificate.ts'
import { signRequest } from '../../kernel/device-signature.ts'
import { shareDigest, signDocument } from '../../models/index.ts'
import { enrolDevice } from './fake-device.ts'

export const sha256Of = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

export async function device(url: string, name: string): Promise<DeviceCredentials> {
  const { id, certificate, key } = await enrolDevice(url, name)
  return { deviceId: id, certificate, privateKey: key }
}

export interface Engine {
  readonly id: string
  readonly statement: EngineStatement
  readonly files: ReadonlyMap<string, Buffer>
}

/** An engine of two files, made up. */
export function engineOf(
  builder: DeviceCredentials,
  about: Partial<{ plan: Buffer; model: string; tensorrt: string; size: number }> = {}
): Engine {
  const { plan = Buffer.from('plan'), model = 'tiny', tensorrt = '10.6.0' } = about
  const { size = plan.length } = about
  const wrapper = Buffer.from(`wrapper of ${model}`)
  const machine = { platform: 'linux-x64', l4t: null, gpu: 'NVIDIA H200' }
  const record: EngineRecord & { machine: typeof machine } = {
    schemaVersion: 1,
    key: {
      modelSha256: sha256Of(Buffer.from(model)),
      precision: 'fp16',
      flags: {},
      profile: { min: { x: [1, 8] }, opt: { x: [4, 8] }, max: { x: [32, 8] } },
      computeCapability: '9.0',
      tensorrt,
      onnxruntime: '1.29.0'
    },
    model: 'model.onnx',
    whole: true,
    files: [
      { path: 'model.onnx', sha256: sha256Of(wrapper), size: wrapper.length },
      { path: 'graph.engine', sha256: sha256Of(plan), size }
    ],
    gpu: machine.gpu,
    machine,
    builtAt: 1_767_600_000_000,
    buildMs: 62_000
  }
  const statement = { model: { name: model, version: '1.0.0' }, record, builder: builder.deviceId }
  const files = new Map([
    [sha256Of(wrapper), wrapper],
    [sha256Of(plan), plan]
  ])
  return { id: shareDigest(record), statement, files }
}

export interface Call {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Signed at that time instead of now, ms since 1970. */
  readonly at?: number
}

export function send(url: string, by: DeviceCredentials, call: Call): Promise<Response> {
  const { method, path, headers = {}, body, at = Date.now() } = call
  const signed = signRequest({ method, path, headers }, by, at)
  const payload =
    body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }
  return fetch(`${url}${path}`, { method, headers: { ...headers, ...signed }, ...payload })
}

export const JSON_TYPE = { 'content-type': 'application/json' }

export function offer(url: string, by: DeviceCredentials, engine: Engine): Promise<Response> {
  const body = JSON.stringify(signDocument('statement', engine.statement, by))
  return send(url, by, { method: 'POST', path: '/api/v1/engines', headers: JSON_TYPE, body })
}

export const filePath = ({ id }: Engine, sha256: string): string =>
  `/api/v1/engines/${id}/files/${sha256}`

export function piece(
  url: string,
  by: DeviceCredentials,
  { path, offset, body }: { path: string; offset: number; body: Buffer }
): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) }
  return send(url, by, { method: 'PATCH', path, headers, body })
}

export async function share(url: string, by: DeviceCredentials, engine: Engine): Promise<void> {
  await offer(url, by, engine)
  for (const [sha256, body] of engine.files)
    await piece(url, by, { path: filePath(engine, sha256), offset: 0, body })
}
