// The public face of models/engines.

export {
  envelopeDigest,
  openDocument,
  type SignedDocument,
  signDocument
} from './device-envelope.ts'
export { shareDigest } from './share-digest.ts'
