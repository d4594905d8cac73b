// nearside models tune: says or sets how the device runs a model. The device that runs does it; this file only asks
// it and prints.

import { type Command, InvalidArgumentError } from 'commander'
import { ModelTuning, NearsideError, type TuningSetting } from '../../contract/index.ts'
import { askDevice, findDevice } from '../device-client.ts'
import { homeFolder } from '../home.ts'
import { table } from './models-output.ts'

interface TuneOptions extends TuningSetting {
  readonly maxWait?: number
  readonly automatic?: boolean
  readonly home?: string
  readonly json?: boolean
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}

function milliseconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 60_000) return value
  throw new InvalidArgumentError('Give milliseconds from 0 to 60000.')
}

function settingOf({ instances, threads, maxBatch, maxWait }: TuneOptions): TuningSetting {
  return {
    ...(instances === undefined ? {} : { instances }),
    ...(threads === undefined ? {} : { threads }),
    ...(maxBatch === undefined ? {} : { maxBatch }),
    ...(maxWait === undefined ? {} : { maxWaitMs: maxWait })
  }
}

async function request(name: string, options: TuneOptions): Promise<ModelTuning> {
  const setting = settingOf(options)
  const sets = Object.keys(setting).length > 0
  if (options.automatic && sets)
    throw new NearsideError(
      'NS_USAGE_INVALID',
      'Give --automatic alone: it takes all settings away.'
    )
  const home = homeFolder(options.home)
  const device = await findDevice(home)
  if (!device) {
    const sentence = `No device runs on ${home}; start it with nearside device, then give the command again.`
    throw new NearsideError('NS_DEVICE_UNREACHABLE', sentence)
  }
  const address = `${device}/api/v1/models/${encodeURIComponent(name)}/tuning`
  if (options.automatic) return ModelTuning.parse(await askDevice(address, { method: 'DELETE' }))
  if (!sets) return ModelTuning.parse(await askDevice(address))
  // What was set before stays: one option changes one setting.
  const { set } = ModelTuning.parse(await askDevice(address))
  const body = JSON.stringify({ ...set, ...setting })
  const headers = { 'content-type': 'application/json' }
  return ModelTuning.parse(await askDevice(address, { method: 'PUT', headers, body }))
}

function describe({ set, inForce }: ModelTuning): string {
  const { instances, threads, maxBatch, maxWaitMs } = inForce
  const by = (name: keyof TuningSetting, otherwise: string): string =>
    set[name] === undefined ? otherwise : 'set'
  const byHand = set.instances !== undefined || set.threads !== undefined
  return table([
    ['Instances', String(instances), by('instances', byHand ? 'one' : 'follows the load')],
    [
      'Threads of each',
      String(threads),
      by('threads', byHand ? 'share of the cores' : 'follows the load')
    ],
    ['Largest batch', String(maxBatch), by('maxBatch', 'as the bundle says')],
    [
      'Longest wait',
      maxWaitMs === null ? 'while it pays' : `${maxWaitMs} ms`,
      by('maxWaitMs', 'by itself')
    ]
  ])
}

async function tune(name: string, options: TuneOptions): Promise<void> {
  const tuning = await request(name, options)
  console.log(options.json ? JSON.stringify(tuning, null, 2) : describe(tuning))
}

/** Adds `nearside models tune`. */
export function addTuneCommand(models: Command): void {
  models
    .command('tune')
    .description('say or set how many instances, threads and rows a model is run with')
    .argument('<name>', 'a model of the device')
    .option('--instances <n>', 'instances on each device', count)
    .option('--threads <n>', 'threads of each on the CPU (default: a share of the cores)', count)
    .option('--max-batch <rows>', 'largest batch (default: as the bundle says)', count)
    .option(
      '--max-wait <ms>',
      'longest wait for a batch to grow (default: while it pays)',
      milliseconds
    )
    .option('--automatic', 'let the load decide again')
    .option('--home <dir>', 'home folder of the device (default: $NEARSIDE_HOME, else .nearside)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Without options it says what is in force. New instances are loaded and checked first, then they take over between
two batches; no request fails. Settings outlive a restart. nearside bench measures which are best.

Examples:
  $ nearside models tune sentence-roles
  $ nearside models tune sentence-roles --instances 2 --threads 1
  $ nearside models tune sentence-roles --automatic`
    )
    .action(tune)
}
