// Signed HTTP requests of devices (RFC 9421, algorithm ecdsa-p256-sha256): method, path and the headers that say
// where a piece of a file goes are signed with the key of the device, whose certificate comes along. What a body
// holds is not covered; it is checked by its digest or is an envelope of its own.

import { sign, verify, X509Certificate } from 'node:crypto'
import { certifiedDevice, type DeviceCredentials, unproven } from './device-certificate.ts'

/** Certificate of the device as a byte sequence (RFC 8941), DER. */
const CERTIFICATE = 'nearside-certificate'
/** A header that changes what a request does is signed when it is there. */
const SIGNED_HEADERS = ['upload-offset']
/** A device whose clock is further off has other troubles; a repetition within it changes nothing. */
const WINDOW_S = 15 * 60

/**
 * What is signed of a request.
 * @public
 */
export interface SignedParts {
  readonly method: string
  /** Path of the address, without query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

function baseOf({ method, path, headers }: SignedParts, deviceId: string, createdS: number) {
  const named = SIGNED_HEADERS.filter((name) => headers[name] !== undefined)
  const list = ['@method', '@path', ...named].map((name) => `"${name}"`).join(' ')
  const params = `(${list});created=${createdS};keyid="${deviceId}";alg="ecdsa-p256-sha256"`
  const lines = [
    `"@method": ${method.toUpperCase()}`,
    `"@path": ${path}`,
    ...named.map((name) => `"${name}": ${String(headers[name]).trim()}`),
    `"@signature-params": ${params}`
  ]
  return { params, base: Buffer.from(lines.join('\n')) }
}

/**
 * Headers that prove a request; they are added to those of the request.
 * @public
 */
export function signRequest(
  parts: SignedParts,
  { deviceId, certificate, privateKey }: DeviceCredentials,
  nowMs: number
): Record<string, string> {
  const { params, base } = baseOf(parts, deviceId, Math.floor(nowMs / 1000))
  const signature = sign('sha256', base, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    'signature-input': `device=${params}`,
    signature: `device=:${signature.toString('base64')}:`,
    [CERTIFICATE]: `:${new X509Certificate(certificate).raw.toString('base64')}:`
  }
}

const INPUT = /^device=(\([^)]{1,200}\);created=(\d{1,12});keyid="([a-z0-9-]{3,63})";alg="[^"]+")$/
const BYTES = /^(?:device=)?:([A-Za-z0-9+/]{20,8192}={0,2}):$/

function header(headers: SignedParts['headers'], name: string): string {
  const value = headers[name]
  if (typeof value === 'string') return value
  throw unproven(`the header ${name} is missing`)
}

function bytes(headers: SignedParts['headers'], name: string): Buffer {
  const match = BYTES.exec(header(headers, name))
  if (!match?.[1]) throw unproven(`the header ${name} cannot be read`)
  return Buffer.from(match[1], 'base64')
}

/**
 * Checks a request.
 * @param authority certificate of the fleet's authority, PEM
 * @returns the device that signed it
 * @throws NearsideError NS_DEVICE_UNPROVEN
 * @public
 */
export function verifyRequest(parts: SignedParts, authority: string, nowMs: number): string {
  const [, given, created, keyid = ''] = INPUT.exec(header(parts.headers, 'signature-input')) ?? []
  const createdS = Number(created)
  const { deviceId, key } = certifiedDevice(bytes(parts.headers, CERTIFICATE), authority, nowMs)
  const { params, base } = baseOf(parts, keyid, createdS)
  if (given !== params || keyid !== deviceId)
    throw unproven('its signature is over something else than the request')
  if (Math.abs(nowMs / 1000 - createdS) > WINDOW_S)
    throw unproven('it was signed at another time; check the clocks of device and manager')
  const signature = bytes(parts.headers, 'signature')
  if (verify('sha256', base, { key, dsaEncoding: 'ieee-p1363' }, signature)) return deviceId
  throw unproven('its signature is wrong')
}
