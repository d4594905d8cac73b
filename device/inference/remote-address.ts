// Where batches may be sent: encrypted to anywhere, in the clear only to this machine and private networks, so
// that what is analysed cannot be read on the way. Says what is allowed; connects to nothing.

import { lookup as resolveName } from 'node:dns'
import { lookup as resolveAll } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { NearsideError } from '../../contract/index.ts'

/** Loopback, and the private networks of RFC 1918 and RFC 4193. */
const PRIVATE = new BlockList()
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4')
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4')
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4')
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4')
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

/** True for a loopback or private address in numbers. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

const invalid = (sentence: string): NearsideError =>
  new NearsideError('NS_SETTINGS_INVALID', sentence)

const inTheClear = (host: string, address: string): NearsideError =>
  invalid(
    `${host === address ? host : `${host} (${address})`} is no private address, and http is not encrypted; use https, or a server in a private network.`
  )

/** The host of an address without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/**
 * Reads the base address of a server; looks no name up.
 * @throws NearsideError NS_SETTINGS_INVALID when requests must not or cannot be sent there
 */
export function remoteUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('The address of the server must begin with https:// or http://.')
  if (url.username !== '' || url.password !== '')
    throw invalid('The address of the server must hold no password; set a token or a header.')
  if (url.search !== '' || url.hash !== '')
    throw invalid('The address of the server must end before ? and #.')
  const host = hostOf(url)
  if (url.protocol === 'http:' && isIP(host) !== 0 && !isPrivateAddress(host))
    throw inTheClear(host, host)
  return url
}

/**
 * As `remoteUrl`, and where it is not encrypted also looks the name up. A name that is not known now may be known
 * later: each connection checks it again.
 * @throws NearsideError NS_SETTINGS_INVALID
 */
export async function checkRemoteUrl(text: string): Promise<void> {
  const url = remoteUrl(text)
  if (url.protocol === 'https:') return
  const host = hostOf(url)
  const found = await resolveAll(host, { all: true }).catch(() => [])
  for (const { address } of found) if (!isPrivateAddress(address)) throw inTheClear(host, address)
}

/** Resolves names for connections that are not encrypted: an address beyond private networks is an error. */
export const privateLookup: LookupFunction = (host, options, done) => {
  resolveName(host, options, (error, found, family) => {
    const addresses =
      typeof found === 'string' ? [found] : (found ?? []).map((each) => each.address)
    const open = addresses.find((address) => !isPrivateAddress(address))
    if (error || open === undefined) done(error, found, family)
    else done(inTheClear(host, open) as NodeJS.ErrnoException, found, family)
  })
}
