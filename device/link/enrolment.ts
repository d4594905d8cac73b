// Makes a device part of a fleet: a key that never leaves the device, a certificate request, a one-time
// token. A crash in between leaves the key and no identity, so the same call can simply be made again.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { EnrolmentAnswer, NearsideError, Problem } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { Clock } from '../../kernel/clock.ts'
import { CERTIFICATE_ALGORITHM, loadX509 } from '../../kernel/x509.ts'
import { type DeviceIdentity, identityPaths, loadIdentity, saveEnrolment } from './identity.ts'

interface EnrolmentOptions {
  readonly home: string
  /** HTTP address of the fleet. */
  readonly fleet: string
  /** One-time token that the fleet gave out. */
  readonly token: string
  /** How people call the device; default its present name. */
  readonly name?: string
  readonly clock: Clock
}

const ANSWER_TIMEOUT_MS = 20_000

/**
 * Enrols the device and returns its new identity.
 * @throws NearsideError NS_ENROLMENT_TOKEN, NS_ENROLMENT_INVALID, NS_FLEET_UNREACHABLE
 */
export async function enrol(options: EnrolmentOptions): Promise<DeviceIdentity> {
  const { home, fleet, token, clock } = options
  const before = await loadIdentity(home, options.name)
  const name = options.name ?? before.name
  const key = await deviceKey(home)
  const csr = await certificateRequest(before.deviceId, key)
  const answer = await requestCertificate(fleet, { token, name, csr })
  checkCertificate(answer, key)
  await saveEnrolment(home, { ...answer, name, enrolledAt: clock.now() })
  return loadIdentity(home)
}

/** The key of the device, made at the first call (ECDSA P-256, PKCS#8 in PEM form, mode 0600). */
async function deviceKey(home: string): Promise<KeyObject> {
  const path = identityPaths(home).key
  const known = await readFile(path, 'utf8').catch(() => undefined)
  if (known === undefined) {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: CERTIFICATE_ALGORITHM.namedCurve
    })
    await writeFileAtomic(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
    return privateKey
  }
  try {
    return createPrivateKey(known)
  } catch (error) {
    const sentence = `The key file ${path} is damaged; remove it and enrol the device again.`
    throw new NearsideError('NS_KEY_INVALID', sentence, { cause: error })
  }
}

async function certificateRequest(deviceId: string, key: KeyObject): Promise<string> {
  const x509 = await loadX509()
  const keys = {
    privateKey: key.toCryptoKey(CERTIFICATE_ALGORITHM, false, ['sign']),
    publicKey: createPublicKey(key).toCryptoKey(CERTIFICATE_ALGORITHM, true, ['verify'])
  }
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${deviceId}`,
    keys,
    signingAlgorithm: CERTIFICATE_ALGORITHM
  })
  return request.toString('pem')
}

async function requestCertificate(
  fleet: string,
  body: { token: string; name: string; csr: string }
): Promise<EnrolmentAnswer> {
  const url = new URL('/api/v1/enrolments', fleet)
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  }).catch((error: unknown) => {
    const sentence = `The fleet at ${url.origin} does not answer; check the address and that it runs.`
    throw new NearsideError('NS_FLEET_UNREACHABLE', sentence, { cause: error })
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) {
    const parsed = EnrolmentAnswer.safeParse(answer)
    if (parsed.success) return parsed.data
    const sentence = `What answers at ${url.origin} is no fleet of this version; check the address.`
    throw new NearsideError('NS_ENROLMENT_INVALID', sentence)
  }
  const problem = Problem.safeParse(answer)
  const code = response.status === 401 ? 'NS_ENROLMENT_TOKEN' : 'NS_ENROLMENT_INVALID'
  const sentence = problem.success
    ? problem.data.detail
    : `The fleet at ${url.origin} refused the enrolment with status ${response.status}.`
  throw new NearsideError(code, sentence)
}

/** The certificate must be for our key and our id, and be signed by the authority that came with it. */
function checkCertificate(answer: EnrolmentAnswer, key: KeyObject): void {
  try {
    const certificate = new X509Certificate(answer.certificate)
    const authority = new X509Certificate(answer.authority)
    const isNamed = certificate.subject.split('\n').includes(`CN=${answer.deviceId}`)
    if (isNamed && certificate.checkPrivateKey(key) && certificate.verify(authority.publicKey))
      return
  } catch (error) {
    throw refused(error)
  }
  throw refused()
}

function refused(cause?: unknown): NearsideError {
  const sentence =
    'The certificate that the fleet sent does not belong to this device; enrol it again with a new token.'
  return new NearsideError('NS_ENROLMENT_INVALID', sentence, { cause })
}
