// nearside models split: cuts the models of a bundle by layers. The cutting is in models/, the running in
// device/inference; this file brings them together and prints.

import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ModelOpener, readBundle, type SplitVariant, splitBundle } from '../../models/index.ts'
import { megabytes, table } from './models-output.ts'

interface SplitCommandOptions {
  readonly parts: number
  readonly by: 'memory' | 'time'
  readonly out?: string
}

/** More parts than any machine has devices. */
const MAX_PARTS = 64

function partCount(text: string): number {
  const parts = Number(text)
  if (Number.isInteger(parts) && parts >= 2 && parts <= MAX_PARTS) return parts
  throw new InvalidArgumentError(`Give a whole number from 2 to ${MAX_PARTS}.`)
}

/** Loads the runtime's side only when it is needed: the other commands start sooner without it. */
async function openerOnCpu() {
  const { openTensorExecutor, tensorFrom } = await import('../../device/inference/index.ts')
  const opener: ModelOpener<ReturnType<typeof tensorFrom>> = {
    open: async (dir, file) => {
      const executor = await openTensorExecutor({ dir, file })
      return {
        run: async (inputs) => (await executor.run(inputs)).outputs,
        close: () => executor.close()
      }
    },
    tensor: tensorFrom
  }
  return opener
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(1)} kB`
}

function describe({ file, parts, maxDifference }: SplitVariant): string {
  const rows = parts.map(({ file: part, size, nodes, weightBytes, operations, crossingBytes }) => [
    part,
    megabytes(size),
    String(nodes),
    megabytes(weightBytes),
    `${(operations / 1e6).toFixed(1)} M`,
    crossingBytes > 0 ? kilobytes(crossingBytes) : '-'
  ])
  const head = ['PART', 'SIZE', 'NODES', 'WEIGHTS', 'OPERATIONS', 'PASSED ON']
  return `${table([head, ...rows])}
The parts of ${file} give what the whole gives, to within ${maxDifference.toPrecision(2)}.`
}

async function splitModel(dir: string, options: SplitCommandOptions): Promise<void> {
  const bundle = await readBundle(dir)
  const { parts, by } = options
  const out = resolve(options.out ?? `${resolve(dir)}-in-${parts}-parts`)
  const variants = await splitBundle({ bundle, out, parts, by, opener: await openerOnCpu() })
  for (const variant of variants) console.log(`${describe(variant)}\n`)
  console.log(
    `Written to ${out}, not signed. Sign it: nearside models sign ${out} --key release.key.pem --bump`
  )
}

/** Adds `nearside models split`. */
export function addSplitCommand(models: Command): void {
  models
    .command('split')
    .description(
      'cut the models of a bundle by layers, to run on several devices or executors one behind the other'
    )
    .argument('<dir>', 'folder of a bundle')
    .requiredOption('--parts <n>', 'number of parts, from 2', partCount)
    .addOption(
      new Option('--by <measure>', 'make parts equal by weights in memory or by operations')
        .choices(['memory', 'time'])
        .default('memory')
    )
    .option('-o, --out <dir>', 'new folder for the bundle with parts')
    .addHelpText(
      'after',
      `
Example:
  $ nearside models split models/quantized/sentence-roles/1.0.0 --parts 2 -o sentence-roles-split

The golden inputs are run through the whole and through the parts; nothing is written unless both agree.`
    )
    .action(splitModel)
}
