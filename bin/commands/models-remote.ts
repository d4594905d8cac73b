// nearside models remote: sends a model to another inference server, or ends that. The device that runs does it;
// this file only asks it and prints.

import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { NearsideError, Precision, RemoteModel, type RemoteSetting } from '../../contract/index.ts'
import { askDevice, findDevice } from '../device-client.ts'
import { homeFolder } from '../home.ts'
import { table } from './models-output.ts'

interface RemoteCommandOptions {
  readonly url?: string
  readonly off?: boolean
  readonly model?: string
  /** Of the model there. */
  readonly number?: string
  readonly precision?: Precision
  readonly header: Readonly<Record<string, string>>
  readonly tokenFile?: string
  readonly timeout?: number
  readonly home?: string
  readonly json?: boolean
}

type Headers = Readonly<Record<string, string>>

/** Reads `name: value`. */
function headerOf(text: string, former: Headers): Headers {
  const at = text.indexOf(':')
  if (at < 1) throw new InvalidArgumentError('Give name and value, as in x-tenant:lab.')
  return { ...former, [text.slice(0, at).trim()]: text.slice(at + 1).trim() }
}

function seconds(text: string): number {
  const value = Number(text)
  if (value >= 0.1 && value <= 600) return value
  throw new InvalidArgumentError('Give seconds from 0.1 to 600.')
}

async function settingOf(url: string, options: RemoteCommandOptions): Promise<RemoteSetting> {
  const { model, number, precision, header, tokenFile, timeout } = options
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
  return {
    url,
    ...(model === undefined ? {} : { model }),
    ...(number === undefined ? {} : { version: number }),
    ...(precision === undefined ? {} : { precision }),
    ...(Object.keys(header).length === 0 ? {} : { headers: header }),
    ...(token === undefined ? {} : { token }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.round(timeout * 1000) })
  }
}

async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const sentence = `${path} cannot be read; give a file that holds the token and nothing else.`
    throw new NearsideError('NS_USAGE_INVALID', sentence, { cause })
  })
  return text.trim()
}

/** The settings beside the address mean nothing without it. */
function refuseMixed({ url, off, ...options }: RemoteCommandOptions): void {
  const { model, number, precision, header, tokenFile, timeout } = options
  const given = [model, number, precision, tokenFile, timeout].some((one) => one !== undefined)
  const more = given || Object.keys(header).length > 0
  if (off && (url !== undefined || more))
    throw new NearsideError(
      'NS_USAGE_INVALID',
      'Give --off alone: it takes all of the setting away.'
    )
  if (url === undefined && more)
    throw new NearsideError(
      'NS_USAGE_INVALID',
      'Give the address of the server as well, with --url.'
    )
}

async function request(name: string, options: RemoteCommandOptions): Promise<RemoteModel> {
  const home = homeFolder(options.home)
  const device = await findDevice(home)
  if (!device) {
    const sentence = `No device runs on ${home}; start it with nearside device, then give the command again.`
    throw new NearsideError('NS_DEVICE_UNREACHABLE', sentence)
  }
  const address = `${device}/api/v1/models/${encodeURIComponent(name)}/remote`
  const { url, off } = options
  if (off) return RemoteModel.parse(await askDevice(address, { method: 'DELETE' }))
  if (url === undefined) return RemoteModel.parse(await askDevice(address))
  const body = JSON.stringify(await settingOf(url, options))
  const headers = { 'content-type': 'application/json' }
  return RemoteModel.parse(await askDevice(address, { method: 'PUT', headers, body }))
}

function describe(remote: RemoteModel): string {
  if (remote.state === 'off') return remote.sentence
  const { url, model, version, precision, timeoutMs, headers, retryAt } = remote
  const rows = [
    ['Server', url ?? '-'],
    ['Model there', `${model ?? '-'}${version === null ? '' : `, version ${version}`}`],
    ['Precision', precision ?? 'as this device would run it'],
    ['Headers', headers.join(', ') || '-'],
    ['Time for a batch', `${(timeoutMs ?? 0) / 1000} s`],
    ...(retryAt === null ? [] : [['Asked again at', new Date(retryAt).toISOString()]])
  ]
  return `${remote.sentence}\n\n${table(rows)}`
}

async function remoteModel(name: string, options: RemoteCommandOptions): Promise<void> {
  refuseMixed(options)
  const remote = await request(name, options)
  console.log(options.json ? JSON.stringify(remote, null, 2) : describe(remote))
}

/** Adds `nearside models remote`. */
export function addRemoteCommand(models: Command): void {
  models
    .command('remote')
    .description(
      'send a model to Triton, KServe or another device, or answer it on this device again'
    )
    .argument('<name>', 'a model of the device')
    .option(
      '--url <address>',
      'server that answers from now on; https, or http in private networks'
    )
    .option('--model <name>', 'name of the model there (default: the same)')
    .option('--number <version>', 'version of the model there (default: the server chooses)')
    .addOption(
      new Option('--precision <precision>', 'what the server runs, for the golden check').choices(
        Precision.options
      )
    )
    .option('--header <name:value>', 'sent with each request; may be given again', headerOf, {})
    .option('--token-file <file>', 'file with a token, sent as a bearer token')
    .option('--timeout <seconds>', 'time that one batch may take (default: 10)', seconds)
    .option('--off', 'answer on this device again')
    .option('--home <dir>', 'home folder of the device (default: $NEARSIDE_HOME, else .nearside)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Without --url and --off it says where the requests go.

Examples:
  $ nearside models remote sentence-roles
  $ nearside models remote sentence-roles --url https://triton.example.org:8000 --token-file token.txt
  $ nearside models remote sentence-roles --off

What is analysed with the model then leaves this device. The server must give the golden outputs of the model
before it takes over; while it does not answer, this device does.`
    )
    .action(remoteModel)
}
