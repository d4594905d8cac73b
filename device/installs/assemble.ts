// Puts the files of a bundle together: in a candidate folder, checked there, and only then under its
// version, in one rename. A folder that carries a version number is therefore always a whole, checked bundle.

import { copyFile, link, mkdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BundleFile, type DesiredModel, NearsideError } from '../../contract/index.ts'
import { digestOf, syncFolder } from './download.ts'
import { modelPaths, readSlots } from './installed.ts'
import type { BundleChecks } from './ports.ts'

/** Share of the bundle's size that must stay free beyond it. */
const RESERVE = 0.1

/**
 * Links the blobs into a candidate folder, checks it, and gives it its version.
 * @returns the folder of the version
 * @throws NearsideError of the checks, or NS_MODEL_EXISTS when that version is in use with other contents
 */
export async function assemble(
  home: string,
  model: DesiredModel,
  checks: BundleChecks
): Promise<string> {
  const paths = modelPaths(home)
  const candidate = paths.candidate(model.name)
  await refuseUsedVersion(home, model)
  await rm(candidate, { recursive: true, force: true })
  for (const file of model.files) {
    const target = join(candidate, file.path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await linkOrCopy(join(paths.blobs, file.sha256), target)
  }
  try {
    if ((await digestOf(join(candidate, 'manifest.json'))) !== model.manifestSha256) throw unfit()
    await checks.verify(candidate)
  } catch (error) {
    await rm(candidate, { recursive: true, force: true })
    throw error
  }
  const dir = paths.version(model.name, model.version)
  const folders = new Set(model.files.map(({ path }) => dirname(join(candidate, path))))
  for (const folder of folders.add(candidate)) await syncFolder(folder)
  await rm(dir, { recursive: true, force: true })
  await rename(candidate, dir)
  await syncFolder(dirname(dir))
  return dir
}

/** Removes the blobs of a bundle, after it was assembled or given up. */
export async function removeBlobs(home: string, files: readonly BundleFile[]): Promise<void> {
  for (const { sha256 } of files) {
    for (const ending of ['', '.part', '.part.etag']) {
      await rm(join(modelPaths(home).blobs, `${sha256}${ending}`), { force: true })
    }
  }
}

/** Removes what was left of downloads that nobody wants any more. */
export async function removeAllBlobs(home: string): Promise<void> {
  await rm(modelPaths(home).blobs, { recursive: true, force: true })
}

/** Free bytes of the disk that holds a folder, which is made when missing. */
export async function freeBytesAt(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/**
 * Refuses a download that would not leave room to breathe.
 * @throws NearsideError NS_INSTALL_SPACE with the figures
 */
export function checkSpace(files: readonly BundleFile[], freeBytes: number): void {
  const needed = files.reduce((sum, { size }) => sum + size, 0) * (1 + RESERVE)
  if (freeBytes >= needed) return
  const [need, free] = [needed, freeBytes].map((bytes) => (bytes / 1024 / 1024).toFixed(1))
  const sentence = `The model needs ${need} MiB, but only ${free} MiB are free; free some space and roll out again.`
  throw new NearsideError('NS_INSTALL_SPACE', sentence)
}

/**
 * Refuses to fetch from anywhere but the fleet of the device, whatever a message says.
 * @throws NearsideError NS_LINK_REFUSED
 */
export function checkSource(blobs: string, fleet: string | undefined): void {
  const { hostname } = new URL(blobs)
  if (fleet === undefined || hostname === new URL(fleet).hostname) return
  const sentence = `The rollout names ${hostname} for its files, which is not the fleet of this device.`
  throw new NearsideError('NS_LINK_REFUSED', sentence)
}

async function refuseUsedVersion(home: string, model: DesiredModel): Promise<void> {
  const slots = await readSlots(home, model.name)
  for (const slot of [slots?.current, slots?.previous]) {
    if (slot?.origin !== 'installed' || slot.version !== model.version) continue
    if (slot.manifestSha256 === model.manifestSha256) continue
    const sentence = `Version ${model.version} is installed here with other contents; give the new bundle another version.`
    throw new NearsideError('NS_MODEL_EXISTS', sentence)
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch {
    await copyFile(from, to) // a file system without hard links
  }
}

function unfit(): NearsideError {
  const sentence =
    'manifest.json: sha256 differs from the rollout; publish the version again and roll it out.'
  return new NearsideError('NS_BUNDLE_DIGEST', sentence)
}
