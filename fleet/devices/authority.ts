// The fleet's certificate authority: made at the first start, it vouches for the broker, for the fleet's own
// connection, and for every device that enrols. Its keys never leave the folder; devices make their own.

import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { NearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { KeyPair } from './certificates.ts'
import { makeCertificate } from './make-certificate.ts'

const DAY_MS = 86_400_000
/** A device whose clock is late, or that lost it, must still take the certificate as valid. */
const CLOCK_MARGIN_MS = DAY_MS
const AUTHORITY_DAYS = 3650
/** Until certificates are renewed over the link, a device keeps its first one. */
const DEVICE_DAYS = 1825
const OWN_DAYS = 730

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

/** Losing its folder means enrolling every device again. */
export class Authority {
  readonly #options: AuthorityOptions

  constructor(options: AuthorityOptions) {
    this.#options = options
  }

  /** Makes what is missing or about to expire, and returns the two identities of the fleet. */
  async open(): Promise<{ server: TlsIdentity; client: TlsIdentity }> {
    const { fleetName } = this.#options
    const issuer = (await this.#read('ca')) ?? (await this.#makeAuthority())
    const hosts = [...new Set(['localhost', hostname()])]
    const server = await this.#own('server', { issuer, name: 'nearside-broker', hosts })
    const client = await this.#own('fleet', { issuer, name: fleetName, hosts: [] })
    const authority = issuer.certificate
    return { server: { ...server, authority }, client: { ...client, authority } }
  }

  /** The authority's certificate, PEM: what a device checks the broker against. */
  certificate(): Promise<string> {
    return readFile(this.#path('ca.crt.pem'), 'utf8')
  }

  /**
   * Issues a certificate with the device id as common name; whatever name the request asks for is ignored.
   * @throws NearsideError NS_ENROLMENT_INVALID when the request cannot be read or its signature is wrong
   */
  async issue(csr: string, name: string): Promise<string> {
    const issuer = await this.#read('ca')
    if (!issuer) throw new Error('the authority is not open')
    const validity = this.#validity(DEVICE_DAYS)
    const answer = await makeCertificate({ kind: 'device', issuer, name, csr, ...validity })
    if ('pair' in answer) return answer.pair.certificate
    const sentence =
      'The certificate request is damaged, is not signed by its own key, or has no P-256 key; enrol the device again.'
    throw new NearsideError('NS_ENROLMENT_INVALID', sentence)
  }

  #path(name: string): string {
    return join(this.#options.folder, name)
  }

  async #read(name: string): Promise<KeyPair | undefined> {
    if (!existsSync(this.#path(`${name}.crt.pem`))) return undefined
    const key = await readFile(this.#path(`${name}.key.pem`), 'utf8')
    return { key, certificate: await readFile(this.#path(`${name}.crt.pem`), 'utf8') }
  }

  /** An own certificate in the last third of its life is made anew; so is one for an older host name. */
  async #own(
    file: 'server' | 'fleet',
    wanted: { readonly issuer: KeyPair; readonly name: string; readonly hosts: readonly string[] }
  ): Promise<KeyPair> {
    const known = await this.#read(file)
    if (known) {
      const certificate = new X509Certificate(known.certificate)
      const left = Date.parse(certificate.validTo) - this.#options.now()
      const isNamed = wanted.hosts.every((host) => certificate.checkHost(host) !== undefined)
      if (left > (OWN_DAYS / 3) * DAY_MS && isNamed) return known
    }
    const answer = await makeCertificate({ kind: 'own', ...wanted, ...this.#validity(OWN_DAYS) })
    return this.#store(file, answer as { pair: KeyPair })
  }

  async #makeAuthority(): Promise<KeyPair> {
    const answer = await makeCertificate({ kind: 'authority', ...this.#validity(AUTHORITY_DAYS) })
    return this.#store('ca', answer as { pair: KeyPair })
  }

  #validity(days: number): { notBefore: number; notAfter: number } {
    const now = this.#options.now()
    return { notBefore: now - CLOCK_MARGIN_MS, notAfter: now + days * DAY_MS }
  }

  /** The key first: a certificate without its key would be taken for a finished pair at the next start. */
  async #store(name: string, { pair }: { readonly pair: KeyPair }): Promise<KeyPair> {
    await writeFileAtomic(this.#path(`${name}.key.pem`), pair.key, 0o600)
    await writeFileAtomic(this.#path(`${name}.crt.pem`), pair.certificate, 0o644)
    return pair
  }
}
