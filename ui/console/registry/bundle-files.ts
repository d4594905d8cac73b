// The files of a chosen folder as a bundle: paths inside it, and whether the fleet can take it. What is
// wrong is said before anything is sent. Pure.

/** The limits of the fleet (POST /api/v1/models). */
export const MAX_BUNDLE_BYTES = 200 * 1024 * 1024
export const MAX_BUNDLE_FILES = 200

export interface ChosenFile {
  readonly name: string
  readonly size: number
  /** Path with the chosen folder first; empty for a file chosen alone. */
  readonly webkitRelativePath: string
}

/** The path inside the bundle: without the folder that was chosen. */
export const bundlePath = ({ name, webkitRelativePath }: ChosenFile): string =>
  webkitRelativePath.split('/').slice(1).join('/') || name

export const bundleBytes = (files: readonly ChosenFile[]): number =>
  files.reduce((sum, { size }) => sum + size, 0)

/** Why the folder cannot be published, one sentence; empty when it can be tried. */
export function bundleFault(files: readonly ChosenFile[]): string {
  const paths = new Set(files.map(bundlePath))
  if (files.length === 0) return 'The folder is empty.'
  if (!paths.has('manifest.json')) {
    return 'The folder has no manifest.json; choose the folder of one version, as in sentence-roles/1.0.1.'
  }
  if (!paths.has('manifest.sig')) {
    return 'The bundle is not signed (manifest.sig is missing); sign it with: nearside models sign.'
  }
  if (files.length > MAX_BUNDLE_FILES) {
    return `The folder has ${files.length} files; a bundle has at most ${MAX_BUNDLE_FILES}.`
  }
  if (bundleBytes(files) > MAX_BUNDLE_BYTES) {
    return `The bundle is larger than ${MAX_BUNDLE_BYTES / 1024 / 1024} MiB, which is the limit for one version.`
  }
  return ''
}
