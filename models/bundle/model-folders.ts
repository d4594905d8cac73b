// Where bundles and trusted keys lie: those that ship with the product, and those of a device's home.

import { join } from 'node:path'

const MODELS = join(import.meta.dirname, '..')

/** Bundles that ship with the product, `<name>/<version>/`. */
export const BUILTIN_MODELS = join(MODELS, 'quantized')

/** Bundles that were installed on a device, `<name>/<version>/`. */
export function installedModels(home: string): string {
  return join(home, 'device', 'models')
}

/** Folders of the keys that a device trusts: the vendor's, then those that were added on this device. */
export function trustedKeyFolders(home: string): string[] {
  return [join(MODELS, 'keys'), join(home, 'device', 'trusted-keys')]
}
