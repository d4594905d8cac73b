// Documents that a device signs with the key of its certificate: who built an engine, and that one does not do.
// A DSSE envelope that carries the certificate, so that other devices can check it by their fleet's authority.

import { createHash, sign, verify } from 'node:crypto'
import type { z } from 'zod'
import {
  DeviceEnvelope,
  EngineFault,
  EngineStatement,
  NearsideError
} from '../../contract/index.ts'
import { certifiedDevice, type DeviceCredentials } from '../../kernel/device-certificate.ts'
import { preAuthEncoding } from '../signing/index.ts'

const TYPES = {
  statement: { type: 'application/vnd.nearside.engine+json', schema: EngineStatement },
  fault: { type: 'application/vnd.nearside.engine-fault+json', schema: EngineFault }
} as const
type Kind = keyof typeof TYPES
type Document<K extends Kind> = z.infer<(typeof TYPES)[K]['schema']>

export interface SignedDocument<K extends Kind> {
  readonly document: Document<K>
  readonly device: string
  /** Of the signed bytes. */
  readonly sha256: string
}

/** Signs a document. */
export function signDocument<K extends Kind>(
  kind: K,
  document: Document<K>,
  { deviceId, certificate, privateKey }: DeviceCredentials
): DeviceEnvelope {
  const payload = Buffer.from(JSON.stringify(document))
  const payloadType = TYPES[kind].type
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const sig = sign('sha256', preAuthEncoding(payloadType, payload), key).toString('base64')
  return {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: deviceId, sig }],
    certificate
  }
}

function refused(reason: string, cause?: unknown): NearsideError {
  const sentence = `What came with the engine is not to be believed: ${reason}; it is not used.`
  return new NearsideError('NS_ENGINE_DAMAGED', sentence, { cause })
}

/** Digest of the bytes that an envelope signs. */
export const envelopeDigest = ({ payload }: DeviceEnvelope): string =>
  createHash('sha256').update(Buffer.from(payload, 'base64')).digest('hex')

/**
 * Checks an envelope and reads what it signs.
 * @param authority certificate of the fleet's authority, PEM
 * @throws NearsideError NS_ENGINE_DAMAGED when it is none, or of another kind, or changed; NS_DEVICE_UNPROVEN
 *   when its certificate is not from the authority
 */
export function openDocument<K extends Kind>(
  kind: K,
  envelope: unknown,
  { authority, nowMs }: { readonly authority: string; readonly nowMs: number }
): SignedDocument<K> {
  const parsed = DeviceEnvelope.safeParse(envelope)
  const { type, schema } = TYPES[kind]
  if (!parsed.success || parsed.data.payloadType !== type)
    throw refused('it is no signed statement', parsed.error)
  const { payload, signatures, certificate } = parsed.data
  const { deviceId, key } = certifiedDevice(certificate, authority, nowMs)
  const bytes = Buffer.from(payload, 'base64')
  const sig = Buffer.from(signatures[0]?.sig ?? '', 'base64')
  const signed = preAuthEncoding(type, bytes)
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, sig))
    throw refused('its signature is wrong')
  const document = schema.safeParse(parseJson(bytes.toString()))
  if (!document.success) throw refused('it does not fit its schema', document.error)
  const signer = 'builder' in document.data ? document.data.builder : document.data.device
  if (signer !== deviceId) throw refused('it is signed by another device than it names')
  const sha256 = envelopeDigest(parsed.data)
  return { document: document.data as Document<K>, device: deviceId, sha256 }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
