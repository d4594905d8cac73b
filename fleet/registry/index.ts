// The public face of fleet/registry.

export { BlobStore } from './blob-store.ts'
export { modelUnknown, type Published, Registry, type RegistryOptions } from './publish-model.ts'
export {
  bundleTooLarge,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_FILES,
  type UploadPart
} from './receive-upload.ts'
