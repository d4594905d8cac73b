// Signs the manifest of a bundle and checks such signatures. The manifest names every other file by its
// digest, so this one signature covers the whole bundle.

import { type KeyObject, sign, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ErrorCode, NearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { PAYLOAD_TYPE, preAuthEncoding, SignatureEnvelope } from './dsse.ts'
import { keyId, type TrustedKey } from './keys.ts'

export const SIGNATURE_FILE = 'manifest.sig'

export interface Signer {
  readonly id: string
  readonly name: string
}

/** Signs manifest bytes; the envelope carries them, so that it can be checked on its own. */
export function signBytes(manifest: Uint8Array, key: KeyObject): SignatureEnvelope {
  const sig = sign(null, preAuthEncoding(PAYLOAD_TYPE, manifest), key)
  return {
    payload: Buffer.from(manifest).toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: keyId(key), sig: sig.toString('base64') }]
  }
}

/** Signs the manifest.json of a folder as it lies there and writes manifest.sig beside it. */
export async function signManifest(folder: string, key: KeyObject): Promise<SignatureEnvelope> {
  const envelope = signBytes(await readFile(join(folder, 'manifest.json')), key)
  const text = `${JSON.stringify(envelope, null, 2)}\n`
  await writeFileAtomic(join(folder, SIGNATURE_FILE), text, 0o644)
  return envelope
}

function refuse(code: ErrorCode, reason: string): NearsideError {
  return new NearsideError(code, `${SIGNATURE_FILE}: ${reason}`)
}

function parseEnvelope(text: string): SignatureEnvelope {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('NS_BUNDLE_SIGNATURE', 'is damaged; install the bundle again.')
  }
  const parsed = SignatureEnvelope.safeParse(value)
  if (!parsed.success)
    throw refuse('NS_BUNDLE_SIGNATURE', 'is no signature envelope; install the bundle again.')
  return parsed.data
}

/**
 * Checks that a trusted key signed exactly these bytes.
 * @returns the signer
 * @throws NearsideError NS_BUNDLE_SIGNATURE or NS_BUNDLE_KEY_UNKNOWN
 */
export function verifyManifest(
  manifest: Uint8Array,
  signatureJson: string,
  keys: readonly TrustedKey[]
): Signer {
  const envelope = parseEnvelope(signatureJson)
  if (envelope.payloadType !== PAYLOAD_TYPE)
    throw refuse('NS_BUNDLE_SIGNATURE', 'signs another kind of document; install the bundle again.')
  // The key id is only a hint for finding the key (DSSE protocol, "keyid"): the signature decides.
  const known = envelope.signatures.flatMap(({ keyid, sig }) => {
    const key = keys.find(({ id }) => id === keyid)
    return key ? [{ key, sig }] : []
  })
  if (known.length === 0)
    throw refuse(
      'NS_BUNDLE_KEY_UNKNOWN',
      `is made with the key ${envelope.signatures[0]?.keyid}, which is not trusted here; have the bundle signed by a trusted key.`
    )
  const payload = Buffer.from(envelope.payload, 'base64')
  const signed = preAuthEncoding(PAYLOAD_TYPE, payload)
  const valid = known.find(({ key, sig }) =>
    verify(null, signed, key.key, Buffer.from(sig, 'base64'))
  )
  if (!valid)
    throw refuse('NS_BUNDLE_SIGNATURE', 'holds no valid signature; install the bundle again.')
  if (!payload.equals(manifest)) {
    const sentence =
      'manifest.json: differs from what manifest.sig signs; install the bundle again.'
    throw new NearsideError('NS_BUNDLE_SIGNATURE', sentence)
  }
  return { id: valid.key.id, name: valid.key.name }
}
