// Installing models that the fleet wants.

export { type DownloadOptions, download } from './download.ts'
export {
  type CurrentBundle,
  currentBundle,
  currentBundles,
  modelPaths,
  restorePrevious
} from './installed.ts'
export { type InstallEvents, Installs } from './installs.ts'
export type { ActivationHooks, BuiltinBundle, BundleChecks, ModelActivator } from './ports.ts'
