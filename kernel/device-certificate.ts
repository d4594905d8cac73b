// What the certificate of a device proves: that the fleet's authority made it, for which device, with which
// key. It does not know whether that device is still enrolled.

import { type KeyObject, X509Certificate } from 'node:crypto'
import { NearsideError } from '../contract/errors.ts'
import { DeviceId } from '../contract/topics.ts'

/**
 * What a device signs with; PEM.
 * @public
 */
export interface DeviceCredentials {
  readonly deviceId: string
  readonly certificate: string
  readonly privateKey: string
}

/** @public */
export interface CertifiedDevice {
  readonly deviceId: string
  readonly key: KeyObject
}

/**
 * The refusal of anything that does not prove its device.
 * @public
 */
export function unproven(reason: string, cause?: unknown): NearsideError {
  const sentence = `The request does not prove that it comes from a device of this fleet: ${reason}.`
  return new NearsideError('NS_DEVICE_UNPROVEN', sentence, { cause })
}

function parse(certificate: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(certificate)
  } catch (cause) {
    throw unproven('its certificate cannot be read', cause)
  }
}

/**
 * Reads a certificate that must come from the authority.
 * @param certificate PEM, or DER
 * @param authority PEM
 * @throws NearsideError NS_DEVICE_UNPROVEN
 * @public
 */
export function certifiedDevice(
  certificate: string | Buffer,
  authority: string,
  nowMs: number
): CertifiedDevice {
  const own = parse(certificate)
  const issuer = new X509Certificate(authority)
  if (own.ca || !own.checkIssued(issuer) || !own.verify(issuer.publicKey))
    throw unproven('its certificate is from another authority; enrol the device again')
  if (nowMs < Date.parse(own.validFrom) || nowMs > Date.parse(own.validTo))
    throw unproven('its certificate is not valid now; check the clocks, or enrol the device again')
  const name = DeviceId.safeParse(/^CN=(.+)$/.exec(own.subject)?.[1])
  const { asymmetricKeyType, asymmetricKeyDetails } = own.publicKey
  const isP256 = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!name.success || !isP256) throw unproven('its certificate is none of a device')
  return { deviceId: name.data, key: own.publicKey }
}
