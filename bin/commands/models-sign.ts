// nearside models sign, keygen: they write bundles and keys, never a running device.

import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  checkOnnxFile,
  copyBundle,
  generateReleaseKey,
  keyId,
  readBundle,
  readPrivateKey,
  signManifest,
  writeManifest
} from '../../models/index.ts'

interface SignOptions {
  readonly key: string
  readonly version?: string
  readonly bump?: boolean
  readonly out?: string
}

function nextPatch(version: string): string {
  const [major, minor, patch] = version.split('.').map(Number)
  return `${major}.${minor}.${(patch ?? 0) + 1}`
}

async function signModel(dir: string, options: SignOptions): Promise<void> {
  const key = await readPrivateKey(options.key)
  const target = options.out ? resolve(options.out) : dir
  const version =
    options.version ??
    (options.bump ? nextPatch((await readBundle(dir)).manifest.version) : undefined)
  if (options.out) await copyBundle(dir, target)
  const manifest = await writeManifest(target, version ? { version } : {})
  // No device takes a file that this refuses; better that its maker hears of it.
  for (const { file, parts = [] } of manifest.variants)
    for (const path of [file, ...parts.map((part) => part.file)]) await checkOnnxFile(target, path)
  await signManifest(target, key)
  console.log(`${manifest.name} ${manifest.version} signed with key ${keyId(key)} in ${target}`)
}

async function makeKey(options: { readonly out: string }): Promise<void> {
  const { id, privateFile, publicFile } = await generateReleaseKey(resolve(options.out))
  console.log(`Release key ${id} made.
  private  ${privateFile}  keep it offline; whoever has it can install models
  public   ${publicFile}  copy it to <home>/device/trusted-keys/ of every device that shall trust it`)
}

/** Adds the writing commands to `nearside models`. */
export function addSigningCommands(models: Command): void {
  models
    .command('sign')
    .description('bring the digests of a bundle up to date and sign it with a release key')
    .argument('<dir>', 'folder of a bundle')
    .requiredOption('--key <file>', 'private release key, PEM')
    .option('--version <version>', 'version to state, as in 1.0.1')
    .option('--bump', 'state the next patch version')
    .option('--out <dir>', 'write into a new folder and leave the original as it is')
    .action(signModel)
    .addHelpText(
      'after',
      `
Example: make version 1.0.1 of a model that ships, signed with your own key
  nearside models keygen --out keys
  nearside models sign models/quantized/sentence-roles/1.0.0 --key keys/release.key.pem --version 1.0.1 --out sentence-roles-1.0.1`
    )
  models
    .command('keygen')
    .description('make a release key for models of your own')
    .option('--out <dir>', 'folder for the two halves', join('.', 'release-key'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ nearside models keygen --out keys\n\nDo it on a machine that is offline, and give devices the public half only.'
    )
    .action(makeKey)
}
