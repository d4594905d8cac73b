// nearside models list, inspect, verify: they only read.

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import {
  BUILTIN_MODELS,
  checkOnnxFile,
  findBundles,
  installedModels,
  loadTrustedKeys,
  type ModelFacts,
  modelFacts,
  readBundle,
  type TrustedKey,
  trustedKeyFolders,
  verifyBundle
} from '../../models/index.ts'
import { homeFolder } from '../home.ts'
import { describeGraphs, describeManifest, megabytes, table } from './models-output.ts'

interface HomeOption {
  readonly home?: string
}

interface ListOptions extends HomeOption {
  readonly json?: boolean
}

interface ListedModel {
  readonly name: string
  readonly version: string
  readonly origin: 'builtin' | 'installed'
  readonly dir: string
  readonly ok: boolean
  /** Signer and files are fine, or what is wrong. */
  readonly sentence: string
  readonly sizeBytes: number
  readonly precisions: readonly string[]
}

async function inspectFound(
  found: { name: string; version: string; dir: string },
  origin: 'builtin' | 'installed',
  keys: readonly TrustedKey[]
): Promise<ListedModel> {
  try {
    const { sizeBytes, manifest, signer } = await verifyBundle(found.dir, keys)
    const precisions = manifest.variants.map(({ precision }) => precision)
    const sentence = `signed by ${signer.name}`
    return { ...found, origin, ok: true, sentence, sizeBytes, precisions }
  } catch (error) {
    const sentence = toNearsideError(error).message
    return { ...found, origin, ok: false, sentence, sizeBytes: 0, precisions: [] }
  }
}

async function listModels(options: ListOptions): Promise<void> {
  const home = homeFolder(options.home)
  const keys = await loadTrustedKeys(trustedKeyFolders(home))
  const folders = [
    ['builtin', BUILTIN_MODELS],
    ['installed', installedModels(home)]
  ] as const
  const models: ListedModel[] = []
  for (const [origin, folder] of folders) {
    for (const found of await findBundles(folder))
      models.push(await inspectFound(found, origin, keys))
  }
  if (options.json) console.log(JSON.stringify({ models }, null, 2))
  else if (models.length === 0) console.log('There are no models on this device.')
  else {
    const rows = models.map(({ name, version, origin, precisions, sizeBytes, sentence }) => [
      name,
      version,
      origin,
      precisions.join(', ') || '-',
      sizeBytes > 0 ? megabytes(sizeBytes) : '-',
      sentence
    ])
    console.log(table([['NAME', 'VERSION', 'ORIGIN', 'PRECISION', 'SIZE', 'STATE'], ...rows]))
  }
}

/** A folder as it is given, or the newest bundle of that name on this device. */
async function locate(nameOrDir: string, home: string): Promise<string> {
  if (existsSync(nameOrDir)) return nameOrDir
  const [name, version] = nameOrDir.split('@')
  for (const folder of [installedModels(home), BUILTIN_MODELS]) {
    const found = (await findBundles(folder))
      .filter((bundle) => bundle.name === name && (!version || bundle.version === version))
      .at(-1)
    if (found) return found.dir
  }
  const sentence = `There is no folder and no model named ${nameOrDir}; see nearside models list.`
  throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
}

async function inspectModel(nameOrDir: string, options: ListOptions): Promise<void> {
  const home = homeFolder(options.home)
  const dir = await locate(nameOrDir, home)
  const { manifest, manifestSha256 } = await readBundle(dir)
  const signer = await loadTrustedKeys(trustedKeyFolders(home))
    .then((keys) => verifyBundle(dir, keys))
    .then(({ signer: { name, id } }) => `valid, by ${name} (${id})`)
    .catch((error: unknown) => toNearsideError(error).message)
  const graphs: Record<string, ModelFacts> = {}
  for (const { file, parts = [] } of manifest.variants)
    for (const path of [file, ...parts.map((part) => part.file)])
      graphs[path] = modelFacts(await checkOnnxFile(dir, path))
  if (options.json)
    console.log(
      JSON.stringify({ dir, manifestSha256, signature: signer, manifest, graphs }, null, 2)
    )
  else console.log(`${describeManifest(manifest, signer)}\n\n${describeGraphs(graphs)}`)
}

async function verifyModel(dir: string, options: HomeOption): Promise<void> {
  const keys = await loadTrustedKeys(trustedKeyFolders(homeFolder(options.home)))
  const { manifest, signer } = await verifyBundle(dir, keys)
  console.log(
    `${manifest.name} ${manifest.version}: whole, unchanged, signed by ${signer.name} (${signer.id}).`
  )
}

function examples(...calls: readonly string[]): string {
  return `\nExamples:\n${calls.map((call) => `  $ nearside models ${call}`).join('\n')}`
}

/** Adds the reading commands to `nearside models`. */
export function addReadingCommands(models: Command): void {
  const home = [
    '--home <dir>',
    'home folder whose trusted keys and installed models count'
  ] as const
  models
    .command('list')
    .description('list the models that ship and those that were installed')
    .option(...home)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('list', 'list --json'))
    .action(listModels)
  models
    .command('inspect')
    .description(
      'show what a bundle says of itself and what its models hold: tensors, variants, operators, weights'
    )
    .argument('<name|dir>', 'name, name@version, or the folder of a bundle')
    .option(...home)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('inspect sentence-roles', 'inspect sentence-roles@1.0.0 --json'))
    .action(inspectModel)
  models
    .command('verify')
    .description(
      'check signature and digests; exit code 2 and one sentence when something is wrong'
    )
    .argument('<dir>', 'folder of a bundle')
    .option(...home)
    .addHelpText('after', examples('verify models/quantized/sentence-roles/1.0.0'))
    .action(verifyModel)
}
