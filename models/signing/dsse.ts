// The envelope of a signature: DSSE (Dead Simple Signing Envelope 1.0) round the bytes of a manifest.
// It knows nothing of bundles or of which keys are trusted.

import { z } from 'zod'

export const PAYLOAD_TYPE = 'application/vnd.nearside.manifest+json'

const Base64 = z.base64()

export const SignatureEnvelope = z.object({
  payload: Base64,
  payloadType: z.string(),
  signatures: z
    .array(z.object({ keyid: z.string().max(128), sig: Base64 }))
    .min(1)
    .max(16)
})
export type SignatureEnvelope = z.infer<typeof SignatureEnvelope>

/**
 * The bytes that are signed: DSSE's pre-authentication encoding, which binds the payload to its type so
 * that a signature over one kind of document can never be used for another.
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `
  return Buffer.concat([Buffer.from(head), payload])
}
