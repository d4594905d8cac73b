// Making certificates: the authority's own, those of the fleet's two ends, and those of devices. Pure but for
// randomness; where they are kept is authority.ts, on which thread they are made make-certificate.ts.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Extension, Pkcs10CertificateRequest, PublicKey } from '@peculiar/x509'
import { CERTIFICATE_ALGORITHM, loadX509, type X509 } from '../../kernel/x509.ts'

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** A private key and the certificate of its public half, PEM. */
export interface KeyPair {
  readonly key: string
  readonly certificate: string
}

interface Validity {
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Plain data, so that it can be handed to a thread. */
export type CertificateRequest = Validity &
  (
    | { readonly kind: 'authority' }
    | {
        readonly kind: 'own'
        readonly issuer: KeyPair
        readonly name: string
        /** DNS names that a server goes by; none for a client. */
        readonly hosts: readonly string[]
      }
    | {
        readonly kind: 'device'
        readonly issuer: KeyPair
        readonly name: string
        /** PKCS#10, PEM. Only its key is used; the name that it asks for is not. */
        readonly csr: string
      }
  )

/** `refused`: the certificate request of a device is damaged, not signed by its key, or of another kind. */
export type CertificateAnswer = { readonly pair: KeyPair } | { readonly refused: string }

type Of<Kind> = Extract<CertificateRequest, { kind: Kind }>

function newKey(): { privateKey: KeyObject; publicKey: KeyObject; pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: CERTIFICATE_ALGORITHM.namedCurve
  })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { privateKey, publicKey, pem }
}

const dates = ({ notBefore, notAfter }: Validity) => ({
  notBefore: new Date(notBefore),
  notAfter: new Date(notAfter)
})

async function makeAuthority(x509: X509, request: Of<'authority'>): Promise<KeyPair> {
  const { privateKey, publicKey, pem } = newKey()
  const keys = {
    privateKey: privateKey.toCryptoKey(CERTIFICATE_ALGORITHM, false, ['sign']),
    publicKey: publicKey.toCryptoKey(CERTIFICATE_ALGORITHM, true, ['verify'])
  }
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Nearside fleet authority',
    keys,
    signingAlgorithm: CERTIFICATE_ALGORITHM,
    ...dates(request),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  return { key: pem, certificate: certificate.toString('pem') }
}

interface ToSign {
  readonly request: Of<'own'> | Of<'device'>
  readonly publicKey: PublicKey
  readonly extensions: readonly Extension[]
}

async function sign(x509: X509, { request, publicKey, extensions }: ToSign): Promise<string> {
  const issuer = new x509.X509Certificate(request.issuer.certificate)
  const signingKey = createPrivateKey(request.issuer.key)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${request.name}`,
    issuer: issuer.subject,
    publicKey,
    signingKey: signingKey.toCryptoKey(CERTIFICATE_ALGORITHM, false, ['sign']),
    signingAlgorithm: CERTIFICATE_ALGORITHM,
    ...dates(request),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions
    ]
  })
  return `${certificate.toString('pem')}\n`
}

async function makeOwn(x509: X509, request: Of<'own'>): Promise<KeyPair> {
  const { publicKey: made, pem: key } = newKey()
  const publicKey = new x509.PublicKey(made.export({ type: 'spki', format: 'der' }))
  const names = request.hosts.map((value) => ({ type: 'dns' as const, value }))
  const addresses = ['127.0.0.1', '::1'].map((value) => ({ type: 'ip' as const, value }))
  const extensions =
    request.hosts.length === 0
      ? [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])]
      : [
          new x509.SubjectAlternativeNameExtension([...names, ...addresses]),
          new x509.ExtendedKeyUsageExtension([SERVER_AUTH])
        ]
  return { key, certificate: await sign(x509, { request, publicKey, extensions }) }
}

async function readRequest(x509: X509, csr: string): Promise<Pkcs10CertificateRequest | undefined> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr)
    const der = Buffer.from(request.publicKey.rawData)
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' })
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 && (await request.verify()) ? request : undefined
  } catch {
    return undefined
  }
}

/** Makes the certificate that is asked for. */
export async function makeCertificateHere(request: CertificateRequest): Promise<CertificateAnswer> {
  const x509 = await loadX509()
  if (request.kind === 'authority') return { pair: await makeAuthority(x509, request) }
  if (request.kind === 'own') return { pair: await makeOwn(x509, request) }
  const asked = await readRequest(x509, request.csr)
  if (!asked) return { refused: 'the certificate request cannot be used' }
  const extensions = [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])]
  const certificate = await sign(x509, { request, publicKey: asked.publicKey, extensions })
  return { pair: { key: '', certificate } }
}
