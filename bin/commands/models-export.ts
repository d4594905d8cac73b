// nearside models export: a bundle for another server. The writing is in models/.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { Precision } from '../../contract/index.ts'
import { exportToTriton, readBundle } from '../../models/index.ts'

interface ExportOptions {
  readonly to: 'triton'
  readonly out: string
  readonly precision?: Precision
  readonly number: number
}

function versionNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new InvalidArgumentError('Give a whole number from 1.')
}

async function exportModel(dir: string, options: ExportOptions): Promise<void> {
  const bundle = await readBundle(dir)
  const { out, precision, number } = options
  const entry = await exportToTriton({ bundle, out, precision, number })
  console.log(`${bundle.manifest.name} ${bundle.manifest.version} (${entry.precision}) for Triton in ${entry.dir}:
${entry.files.map((file) => `  ${file}`).join('\n')}
Serve it: tritonserver --model-repository=${out}`)
  if (bundle.manifest.pre.id !== 'none')
    console.log(
      `It takes tensors: turning documents into them (${bundle.manifest.pre.id}) is not part of the export.`
    )
}

/** Adds `nearside models export`. */
export function addExportCommand(models: Command): void {
  models
    .command('export')
    .description('write a bundle as an entry of a Triton model repository')
    .argument('<dir>', 'folder of a bundle')
    .addOption(
      new Option('--to <server>', 'what to write it for').choices(['triton']).makeOptionMandatory()
    )
    .requiredOption('-o, --out <dir>', 'model repository; the entry becomes a folder in it')
    .addOption(
      new Option(
        '--precision <precision>',
        'variant to export; default: the one for a GPU'
      ).choices(Precision.options)
    )
    .option('--number <n>', "number of the version's folder", versionNumber, 1)
    .addHelpText(
      'after',
      `
Example:
  $ nearside models export models/quantized/sentence-roles/1.0.0 --to triton --precision fp16 -o repository`
    )
    .action(exportModel)
}
