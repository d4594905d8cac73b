// Turns what went wrong with a connection into a code and half a sentence that people understand.

import type { ErrorCode } from '../../contract/index.ts'

export interface LinkFailure {
  readonly code: ErrorCode
  /** Completes "No link to the fleet: …". */
  readonly reason: string
}

const lost = (reason: string): LinkFailure => ({ code: 'NS_LINK_LOST', reason })
const refused = (reason: string): LinkFailure => ({ code: 'NS_LINK_REFUSED', reason })

const BY_CODE: Readonly<Record<string, LinkFailure>> = {
  ECONNREFUSED: lost('nothing listens at its address'),
  ENOTFOUND: lost('its name is not known on this network'),
  EAI_AGAIN: lost('its name cannot be looked up now'),
  EHOSTUNREACH: lost('there is no way to its network'),
  ENETUNREACH: lost('there is no way to its network'),
  ETIMEDOUT: lost('it does not answer'),
  ERR_TLS_CERT_ALTNAME_INVALID: refused('its certificate is made out to another address')
}

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const BY_CONNACK: Readonly<Record<number, LinkFailure>> = {
  1: refused('it speaks another version of the protocol'),
  2: refused('it does not take the id of this device'),
  3: lost('its broker is not ready'),
  4: refused('it does not accept this device; enrol it again'),
  5: refused('it does not accept this device; enrol it again')
}

const UNTRUSTED = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_)/
const ALERT = /^ERR_SSL_.*ALERT/

/** The failure behind an error of the connection; undefined means that the peer closed it. */
export function linkFailure(error: unknown): LinkFailure {
  const code = (error as { code?: unknown } | null | undefined)?.code
  if (typeof code === 'number') return BY_CONNACK[code] ?? refused(`it answers with code ${code}`)
  const message = error instanceof Error ? error.message : ''
  if (typeof code === 'string') {
    const known = BY_CODE[code]
    if (known) return known
    if (UNTRUSTED.test(code)) return refused('its certificate is not the one this device trusts')
    if (ALERT.test(code))
      return refused('it rejects the certificate of this device; enrol it again')
  }
  if (/timeout/i.test(message)) return lost('it does not answer')
  return lost('the connection was cut')
}
