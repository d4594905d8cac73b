// The public face of models/bundle.

export { digestFile, listBundleFiles } from './bundle-files.ts'
export { compareVersions, type FoundBundle, findBundles } from './find-bundles.ts'
export {
  type GoldenResult,
  goldenCheck,
  type ObservedTensor,
  type RunModel,
  readGolden
} from './golden-check.ts'
export { BUILTIN_MODELS, installedModels, trustedKeyFolders } from './model-folders.ts'
export {
  type Bundle,
  GOLDEN_FILE,
  MANIFEST_FILE,
  readBundle,
  type VerifiedBundle,
  verifyBundle
} from './read-bundle.ts'
export {
  type LoadedFile,
  type ModelOpener,
  type SplitRequest,
  type SplitVariant,
  splitBundle
} from './split-bundle.ts'
export { exportToTriton, type TritonEntry, tritonConfig } from './triton-export.ts'
export { copyBundle, writeManifest } from './write-manifest.ts'
