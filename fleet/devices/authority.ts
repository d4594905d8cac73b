// The fleet's certificate authority: made at the first start, it vouches for the broker, for the fleet's own
// connection, and for every device that enrols. Keys never leave the folder; devices make their own.

import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Extension, Pkcs10CertificateRequest, PublicKey } from '@peculiar/x509'
import { NearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { CERTIFICATE_ALGORITHM, loadX509, type X509 } from '../../kernel/x509.ts'

const DAY_MS = 86_400_000
/** A device whose clock is late, or that lost it, must still take the certificate as valid. */
const CLOCK_MARGIN_MS = DAY_MS
const AUTHORITY_DAYS = 3650
/** Until certificates are renewed over the link, a device keeps its first one. */
const DEVICE_DAYS = 1825
const OWN_DAYS = 730

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** The three parts of a mutual TLS identity, PEM. */
export interface TlsIdentity {
  readonly key: string
  readonly certificate: string
  /** The authority that the other side's certificate must come from. */
  readonly authority: string
}

export interface AuthorityOptions {
  /** Where keys and certificates lie. */
  readonly folder: string
  readonly now: () => number
  /** Common name of the fleet's own client certificate. */
  readonly fleetName: string
}

interface Names {
  readonly subject: string
  readonly days: number
  readonly extensions: readonly Extension[]
}

interface Pair {
  readonly key: string
  readonly certificate: string
}

export class Authority {
  readonly #options: AuthorityOptions

  constructor(options: AuthorityOptions) {
    this.#options = options
  }

  /** Makes what is missing or about to expire, and returns the two identities of the fleet. */
  async open(): Promise<{ server: TlsIdentity; client: TlsIdentity }> {
    const authority = (await this.#readPair('ca')) ?? (await this.#makeAuthority())
    const server =
      (await this.#readOwn('server')) ?? (await this.#makeOwn('server', await this.#serverNames()))
    const client =
      (await this.#readOwn('fleet')) ?? (await this.#makeOwn('fleet', await this.#clientNames()))
    return {
      server: { ...server, authority: authority.certificate },
      client: { ...client, authority: authority.certificate }
    }
  }

  /** The authority's certificate, PEM: what a device checks the broker against. */
  async certificate(): Promise<string> {
    return readFile(this.#path('ca.crt.pem'), 'utf8')
  }

  /**
   * Issues a certificate with the device id as common name; whatever name the request asks for is ignored.
   * @throws NearsideError NS_ENROLMENT_INVALID when the request cannot be read or its signature is wrong
   */
  async issue(csrPem: string, deviceId: string): Promise<string> {
    const x509 = await loadX509()
    const request = await readRequest(x509, csrPem)
    return this.#sign(request.publicKey, {
      subject: `CN=${deviceId}`,
      days: DEVICE_DAYS,
      extensions: [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])]
    })
  }

  #path(name: string): string {
    return join(this.#options.folder, name)
  }

  async #readPair(name: string): Promise<Pair | undefined> {
    if (!existsSync(this.#path(`${name}.crt.pem`))) return undefined
    const key = await readFile(this.#path(`${name}.key.pem`), 'utf8')
    return { key, certificate: await readFile(this.#path(`${name}.crt.pem`), 'utf8') }
  }

  /** An own certificate in the last third of its life is made anew; so is one for an older host name. */
  async #readOwn(name: 'server' | 'fleet'): Promise<Pair | undefined> {
    const pair = await this.#readPair(name)
    if (!pair) return undefined
    const certificate = new X509Certificate(pair.certificate)
    const left = Date.parse(certificate.validTo) - this.#options.now()
    const named = name === 'fleet' || certificate.checkHost(hostname()) !== undefined
    return left > (OWN_DAYS / 3) * DAY_MS && named ? pair : undefined
  }

  async #serverNames(): Promise<Names> {
    const x509 = await loadX509()
    const names = [...new Set(['localhost', hostname()])].map((value) => ({
      type: 'dns' as const,
      value
    }))
    const addresses = ['127.0.0.1', '::1'].map((value) => ({ type: 'ip' as const, value }))
    return {
      subject: 'CN=nearside-broker',
      days: OWN_DAYS,
      extensions: [
        new x509.SubjectAlternativeNameExtension([...names, ...addresses]),
        new x509.ExtendedKeyUsageExtension([SERVER_AUTH])
      ]
    }
  }

  async #clientNames(): Promise<Names> {
    const x509 = await loadX509()
    const extensions = [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])]
    return { subject: `CN=${this.#options.fleetName}`, days: OWN_DAYS, extensions }
  }

  async #makeAuthority(): Promise<Pair> {
    const x509 = await loadX509()
    const keys = await makeKeys()
    const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Nearside fleet authority',
      keys,
      signingAlgorithm: CERTIFICATE_ALGORITHM,
      ...this.#validity(AUTHORITY_DAYS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usage, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
      ]
    })
    return this.#store('ca', await exportKey(keys.privateKey), certificate.toString('pem'))
  }

  async #makeOwn(name: string, names: Names): Promise<Pair> {
    const x509 = await loadX509()
    const keys = await makeKeys()
    const publicKey = new x509.PublicKey(await webcrypto.subtle.exportKey('spki', keys.publicKey))
    return this.#store(name, await exportKey(keys.privateKey), await this.#sign(publicKey, names))
  }

  async #sign(publicKey: PublicKey, { subject, days, extensions }: Names): Promise<string> {
    const x509 = await loadX509()
    const issuer = new x509.X509Certificate(await this.certificate())
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: issuer.subject,
      publicKey,
      signingKey: await importKey(await readFile(this.#path('ca.key.pem'), 'utf8')),
      signingAlgorithm: CERTIFICATE_ALGORITHM,
      ...this.#validity(days),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
        ...extensions
      ]
    })
    return `${certificate.toString('pem')}\n`
  }

  #validity(days: number): { notBefore: Date; notAfter: Date } {
    const now = this.#options.now()
    return {
      notBefore: new Date(now - CLOCK_MARGIN_MS),
      notAfter: new Date(now + days * DAY_MS)
    }
  }

  /** The key first: a certificate without its key would be taken for a finished pair at the next start. */
  async #store(name: string, key: string, certificate: string): Promise<Pair> {
    await writeFileAtomic(this.#path(`${name}.key.pem`), key, 0o600)
    await writeFileAtomic(this.#path(`${name}.crt.pem`), certificate, 0o644)
    return { key, certificate }
  }
}

async function readRequest(x509: X509, csrPem: string): Promise<Pkcs10CertificateRequest> {
  let cause: unknown
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem)
    const { name, namedCurve } = request.publicKey.algorithm as {
      name: string
      namedCurve?: string
    }
    if (name === 'ECDSA' && namedCurve === 'P-256' && (await request.verify())) return request
  } catch (error) {
    cause = error
  }
  const sentence =
    'The certificate request is damaged, is not signed by its own key, or has no P-256 key; enrol the device again.'
  throw new NearsideError('NS_ENROLMENT_INVALID', sentence, { cause })
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CERTIFICATE_ALGORITHM, true, ['sign', 'verify'])
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, CERTIFICATE_ALGORITHM, false, ['sign'])
}
