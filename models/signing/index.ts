// The public face of models/signing.

export { PAYLOAD_TYPE, preAuthEncoding, SignatureEnvelope } from './dsse.ts'
export {
  generateReleaseKey,
  keyId,
  loadTrustedKeys,
  type ReleaseKeyFiles,
  readPrivateKey,
  type TrustedKey
} from './keys.ts'
export {
  SIGNATURE_FILE,
  type Signer,
  signBytes,
  signManifest,
  verifyManifest
} from './manifest-signature.ts'
