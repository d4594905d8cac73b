// nearside rollout: brings a version of a model to the devices of a fleet, and says how it goes.

import { type Command, InvalidArgumentError } from 'commander'
import {
  ModelName,
  ModelVersion,
  NearsideError,
  type Rollout,
  type RolloutDetail
} from '../../contract/index.ts'
import { type FleetClient, findFleet } from '../fleet-client.ts'

interface Wanted {
  readonly model: string
  readonly version: string
}

interface PlaceOptions {
  readonly fleet?: string
  readonly home?: string
  readonly json?: boolean
}

interface CreateOptions extends PlaceOptions {
  readonly bundle?: string
  readonly device?: string[]
  readonly wait?: boolean
}

/** How often a waiting command asks, ms. */
const ASK_PERIOD_MS = 500

const CREATE_EXAMPLES = `
  $ nearside rollout create sentence-roles@1.0.1 --wait
  $ nearside rollout create --bundle my-model/1.0.0 --device press-07 --device press-08`

const STATUS_EXAMPLES = `
  $ nearside rollout status
  $ nearside rollout status 01k8rz0c9y3t --json`

const ROLLING_BACK = 'Rolling back is a rollout to the older version.'

/** Reads `name@version`. */
function modelAtVersion(text: string): Wanted {
  const [model = '', version = '', ...rest] = text.split('@')
  if (
    rest.length === 0 &&
    ModelName.safeParse(model).success &&
    ModelVersion.safeParse(version).success
  )
    return { model, version }
  throw new InvalidArgumentError('Give name and version, as in sentence-roles@1.0.1.')
}

function withPlace(command: Command): Command {
  return command
    .option('--fleet <url>', 'address of the fleet (default: the one that runs on the home folder)')
    .option('--home <dir>', 'home folder of the fleet (default: $NEARSIDE_HOME, else .nearside)')
    .option('--json', 'print the rollout as JSON')
}

export function addRollout(parent: Command): void {
  const rollout = parent
    .command('rollout')
    .description('bring a version of a model to the devices, and see how it goes')
    .addHelpText('after', `\nExamples:${CREATE_EXAMPLES}${STATUS_EXAMPLES}\n\n${ROLLING_BACK}`)
  withPlace(
    rollout
      .command('create')
      .description('roll a version out to all devices, or to some')
      .argument('[model@version]', 'a version in the registry', modelAtVersion)
  )
    .option('--bundle <dir>', 'publish the bundle of this folder first, then roll it out')
    .option('--device <id...>', 'only these devices (default: all that are enrolled)')
    .option('--wait', 'wait until every device has ended; exit 2 when one refused or failed')
    .addHelpText('after', `\nExamples:${CREATE_EXAMPLES}\n\n${ROLLING_BACK}`)
    .action(create)
  withPlace(
    rollout
      .command('status')
      .description('show the newest rollouts, or one with its devices')
      .argument('[id]', 'id of a rollout')
  )
    .addHelpText('after', `\nExamples:${STATUS_EXAMPLES}`)
    .action(status)
}

async function create(named: Wanted | undefined, options: CreateOptions): Promise<void> {
  if ((named === undefined) === (options.bundle === undefined)) {
    const sentence = 'Give either a model as name@version, or a folder with --bundle.'
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  const fleet = await findFleet(options)
  const wanted = named ?? (await publish(fleet, options))
  const { device: devices } = options
  const created = await fleet.createRollout({ ...wanted, ...(devices ? { devices } : {}) })
  const ended = options.wait ? await untilEnded(fleet, created.id, options) : created
  print(options, ended, describe(ended))
  if (ended.state === 'failed') process.exitCode = 2
}

async function publish(fleet: FleetClient, options: CreateOptions): Promise<Wanted> {
  const { name, version, signer } = await fleet.publish(String(options.bundle))
  if (!options.json)
    process.stderr.write(`Published ${name} ${version}, signed by the key ${signer}.\n`)
  return { model: name, version }
}

async function untilEnded(
  fleet: FleetClient,
  id: string,
  { json }: PlaceOptions
): Promise<RolloutDetail> {
  let told = ''
  for (;;) {
    const rollout = await fleet.rollout(id)
    if (rollout.state !== 'running') return rollout
    if (!json && rollout.sentence !== told) process.stderr.write(`${rollout.sentence}\n`)
    told = rollout.sentence
    await new Promise((resolve) => setTimeout(resolve, ASK_PERIOD_MS))
  }
}

async function status(id: string | undefined, options: PlaceOptions): Promise<void> {
  const fleet = await findFleet(options)
  if (id !== undefined) {
    const rollout = await fleet.rollout(id)
    return print(options, rollout, describe(rollout))
  }
  const rollouts = await fleet.rollouts()
  const text = rollouts.map(line).join('\n') || 'There has been no rollout yet.'
  print(options, rollouts, text)
}

function print({ json }: PlaceOptions, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`)
}

const line = ({ id, model, version, state, sentence }: Rollout): string =>
  `${id}  ${state.padEnd(8)}  ${model} ${version}  ${sentence}`

function describe(rollout: RolloutDetail): string {
  const width = Math.max(...rollout.devices.map(({ name }) => name.length))
  const devices = rollout.devices.map(({ name, state, reason }) => {
    return `  ${name.padEnd(width)}  ${state.padEnd(11)}  ${reason}`
  })
  return [line(rollout), ...devices].join('\n')
}
