// A small certificate authority for tests: signs a broker, a fleet, and devices from their requests.

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CERTIFICATE_ALGORITHM, loadX509 } from '../../kernel/x509.ts'

export interface Signed {
  readonly certificate: string
  readonly privateKey: string
}

const DAY_MS = 86_400_000

export class TestAuthority {
  readonly certificate: string
  #key: KeyObject
  #serial = 1

  private constructor(certificate: string, key: KeyObject) {
    this.certificate = certificate
    this.#key = key
  }

  static async create(): Promise<TestAuthority> {
    const x509 = await loadX509()
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=Test authority',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: CERTIFICATE_ALGORITHM,
      keys: {
        privateKey: privateKey.toCryptoKey(CERTIFICATE_ALGORITHM, false, ['sign']),
        publicKey: publicKey.toCryptoKey(CERTIFICATE_ALGORITHM, true, ['verify'])
      },
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)]
    })
    return new TestAuthority(made.toString('pem'), privateKey)
  }

  /** A key and a certificate for a name, good for 127.0.0.1. */
  async issue(name: string): Promise<Signed> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = await this.#sign(name, publicKey)
    return {
      certificate,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    }
  }

  /** A certificate for a request; its common name is the device id. */
  async signRequest(csr: string): Promise<{ certificate: string; deviceId: string }> {
    const x509 = await loadX509()
    const request = new x509.Pkcs10CertificateRequest(csr)
    if (!(await request.verify())) throw new Error('the request is not signed by its key')
    const deviceId = request.subjectName.getField('CN')[0] ?? ''
    return { certificate: await this.#sign(deviceId, request.publicKey), deviceId }
  }

  async #sign(name: string, key: KeyObject | import('@peculiar/x509').PublicKey): Promise<string> {
    const x509 = await loadX509()
    this.#serial += 1
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: this.#serial.toString(16).padStart(2, '0'),
      subject: `CN=${name}`,
      issuer: 'CN=Test authority',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: CERTIFICATE_ALGORITHM,
      signingKey: this.#key.toCryptoKey(CERTIFICATE_ALGORITHM, false, ['sign']),
      publicKey:
        'toCryptoKey' in key ? key.toCryptoKey(CERTIFICATE_ALGORITHM, true, ['verify']) : key,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]
    })
    return made.toString('pem')
  }
}
