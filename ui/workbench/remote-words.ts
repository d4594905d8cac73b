// The words of where a model's requests go: state, facts of the other server, what a typed setting lacks, and the
// request that it makes. Pure; a token is only passed on.

import type { DeviceModel, DeviceModels, RemoteModel, RemoteSetting } from '../api/index.ts'
import type { StatusShape } from '../elements/index.ts'
import { formatClockSeconds, formatValue, msg, str } from '../i18n/index.ts'
import { wholeError } from './number-error.ts'

export type RemoteField = 'url' | 'model' | 'version' | 'precision' | 'timeoutMs' | 'token'

/** What was typed into each field; an empty one sets nothing. */
export type TypedRemote = Readonly<Record<RemoteField, string>>

export const REMOTE_FIELDS: readonly RemoteField[] = [
  'url',
  'model',
  'version',
  'precision',
  'timeoutMs',
  'token'
]

const TITLES: Readonly<Record<RemoteField, () => string>> = {
  url: () => msg('Address of the server'),
  model: () => msg('Model there'),
  version: () => msg('Version there'),
  precision: () => msg('Precision there'),
  timeoutMs: () => msg('Time for a batch'),
  token: () => msg('Bearer token')
}

export const remoteTitle = (field: RemoteField): string => TITLES[field]()

/** Shape and word of where the requests go. */
export const REMOTE_STATES: Readonly<
  Record<RemoteModel['state'], () => readonly [StatusShape, string]>
> = {
  off: () => ['normal', msg('This device')],
  waiting: () => ['waiting', msg('Waiting')],
  serving: () => ['done', msg('Another server')],
  away: () => ['warning', msg('This device answers meanwhile')]
}

/** Whether an administrator sends what is analysed elsewhere, also while that server is away. */
export const someLeave = (known: DeviceModels | null): boolean =>
  known?.models.some(({ remote }) => remote !== undefined) ?? false

/** What the server can be said to run. */
export const REMOTE_PRECISIONS: readonly DeviceModel['precision'][] = [
  'int4',
  'int8',
  'fp16',
  'fp32'
]

/** Least and most that the device takes, ms, and what it takes for an empty field. */
export const TIME_LIMITS = { least: 100, most: 600_000, unset: 10_000 } as const

/** Most characters that the device takes. */
const LONGEST: Readonly<Record<'url' | 'model' | 'version' | 'token', number>> = {
  url: 500,
  model: 200,
  version: 100,
  token: 4096
}

/** The header that a token is sent in. */
const TOKEN_HEADER = 'authorization'

export const hasToken = ({ headers }: RemoteModel): boolean => headers.includes(TOKEN_HEADER)

/** Headers that only the command line can set again. */
export const otherHeaders = ({ headers }: RemoteModel): readonly string[] =>
  headers.filter((header) => header !== TOKEN_HEADER)

/** The command that sets headers; with the names of those that are set, ready to be completed. */
export function headerCommand(name: string, remote: RemoteModel): string {
  const others = otherHeaders(remote)
  const options = (others.length === 0 ? [msg('NAME')] : others).map(
    (header) => `--header ${header}:${msg('VALUE')}`
  )
  return `nearside models remote ${name} --url ${remote.url ?? msg('ADDRESS')} ${options.join(' ')}`
}

/** The fields as they stand when the form opens; a token is never told, so its field is empty. */
export function typedRemote(remote: RemoteModel, name: string): TypedRemote {
  const { url, model, version, precision, timeoutMs } = remote
  return {
    url: url ?? '',
    model: model === name ? '' : (model ?? ''),
    version: version ?? '',
    precision: precision ?? '',
    timeoutMs: timeoutMs === null || timeoutMs === TIME_LIMITS.unset ? '' : String(timeoutMs),
    token: ''
  }
}

/** As the device reads an address; whether it is private is the device's to find out. */
function urlError(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return msg('It must begin with https:// or http:// and name a server.')
  if (url.username !== '' || url.password !== '')
    return msg('It must hold no password; give a token.')
  return url.search === '' && url.hash === '' ? '' : msg('It must end before ? and #.')
}

/** Why a field cannot be taken; empty when it can, as every empty field but the address can. */
export function remoteError(field: RemoteField, typed: TypedRemote): string {
  const text = typed[field].trim()
  if (text === '') return field === 'url' ? msg('An address is needed.') : ''
  if (field === 'timeoutMs') return wholeError(text, TIME_LIMITS.least, TIME_LIMITS.most)
  if (field === 'precision') return ''
  const most = LONGEST[field]
  if (text.length > most) return msg(str`At most ${most} characters.`)
  if (field === 'token' && !/^[\x20-\x7e]+$/.test(text))
    return msg('It must have visible characters of ASCII only.')
  return field === 'url' ? urlError(text) : ''
}

/** Why the form cannot be sent; empty when it can. */
export function remoteRefusal(typed: TypedRemote): string {
  const wrong = REMOTE_FIELDS.find((field) => remoteError(field, typed) !== '')
  return wrong ? `${remoteTitle(wrong)}: ${remoteError(wrong, typed)}` : ''
}

/** The body of the request. */
export function remoteSetting(typed: TypedRemote): RemoteSetting {
  const given = REMOTE_FIELDS.filter((field) => typed[field].trim() !== '')
  const texts = Object.fromEntries(given.map((field) => [field, typed[field].trim()]))
  const { timeoutMs, ...rest } = texts
  // What was typed is text; the device checks it against the contract.
  return {
    ...rest,
    ...(timeoutMs === undefined ? {} : { timeoutMs: Number(timeoutMs) })
  } as RemoteSetting
}

export interface RemoteFact {
  readonly label: string
  readonly value: string
}

/** What is set of the other server, and why it does not answer; empty when none is set. */
export function remoteFacts(remote: RemoteModel): readonly RemoteFact[] {
  if (remote.state === 'off') return []
  const { url, model, version, precision, timeoutMs, headers, code, retryAt } = remote
  return [
    { label: msg('Address'), value: url ?? '' },
    { label: remoteTitle('model'), value: model ?? '' },
    { label: remoteTitle('version'), value: version ?? msg('the server chooses') },
    {
      label: remoteTitle('precision'),
      value: precision?.toUpperCase() ?? msg('as this device would run it')
    },
    { label: remoteTitle('timeoutMs'), value: formatValue(timeoutMs, 'ms') },
    { label: msg('Headers'), value: headers.join(', ') || msg('none') },
    ...(code === null ? [] : [{ label: msg('Fault'), value: code }]),
    ...(retryAt === null
      ? []
      : [{ label: msg('Asked again at the latest'), value: formatClockSeconds(retryAt) }])
  ]
}
