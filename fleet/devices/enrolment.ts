// How a device gets in: a one-time token shown to a person, a certificate request from the device, a
// certificate back. The token is stored as a digest only.

import { createHash } from 'node:crypto'
import { type EnrolmentRequest, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { newToken } from '../../kernel/ids.ts'
import type { ChangeBus, Store, StoreTables } from '../store/index.ts'
import type { Authority } from './authority.ts'

/** How long a token can be used, ms. */
export const TOKEN_VALID_MS = 60 * 60_000

export interface EnrolmentOptions {
  readonly store: Store
  readonly clock: Clock
  readonly changes: ChangeBus
  readonly authority: Authority
  /** Ids that no device may have. */
  readonly reserved: readonly string[]
}

/** What a device gets to keep; PEM. */
export interface Enrolled {
  readonly deviceId: string
  readonly certificate: string
  readonly authority: string
}

const digest = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The id that a name suggests: "Presse 7 (Halle Süd)" → "presse-7-halle-sud". */
export function idFromName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 56) // leaves room for a number
    .replaceAll(/-+$/g, '')
  return plain.length >= 3 ? plain : ['device', plain].filter(Boolean).join('-')
}

/** Tokens are made by an operator, used by a device. */
export class Enrolment {
  readonly #options: EnrolmentOptions

  constructor(options: EnrolmentOptions) {
    this.#options = options
  }

  /** Makes a token for one device. */
  async makeToken(): Promise<{ token: string; expiresAt: number }> {
    const { store, clock } = this.#options
    const token = newToken()
    const now = clock.now()
    const expiresAt = now + TOKEN_VALID_MS
    await store.transaction(async (tables) => {
      await tables.devices.addToken({ hash: digest(token), created_at: now, expires_at: expiresAt })
      await tables.audit.add([this.#entry('token-made', 'enrolment', 'Valid for 60 minutes.')])
    })
    return { token, expiresAt }
  }

  /**
   * Enrols a device. The token is used up only when the certificate was issued and stored.
   * @throws NearsideError NS_ENROLMENT_TOKEN or NS_ENROLMENT_INVALID
   */
  async enrol(request: EnrolmentRequest): Promise<Enrolled> {
    const { store, clock, authority, changes } = this.#options
    // Looked at before the certificate is made, so that a stranger without a token costs nothing.
    if (!(await store.devices.isUsable(digest(request.token), clock.now()))) throw tokenRefused()
    for (;;) {
      const deviceId = await this.#freeId(store, idFromName(request.name))
      const certificate = await authority.issue(request.csr, deviceId)
      if (!(await this.#admit(request, deviceId))) continue // another device took the id meanwhile
      changes.emit('device', { id: deviceId })
      return { deviceId, certificate, authority: await authority.certificate() }
    }
  }

  /** Uses the token up and writes the device down; false when its id is taken by now. */
  #admit({ token, name }: EnrolmentRequest, id: string): Promise<boolean> {
    const { store, clock } = this.#options
    return store.transaction(async (tables) => {
      if (await tables.devices.exists(id)) return false
      const now = clock.now()
      if (!(await tables.devices.useToken(digest(token), id, now))) throw tokenRefused()
      await tables.devices.insert({ id, name, enrolled_at: now })
      await tables.audit.add([this.#entry('device-enrolled', id, `Under the name ${name}.`)])
      return true
    })
  }

  async #freeId(tables: StoreTables, wanted: string): Promise<string> {
    for (let number = 1; ; number += 1) {
      const id = number === 1 ? wanted : `${wanted}-${number}`
      if (!this.#options.reserved.includes(id) && !(await tables.devices.exists(id))) return id
    }
  }

  #entry(action: string, subject: string, detail: string) {
    const at = this.#options.clock.now()
    const outcome = 'done' as const
    return { at, device: null, actor: 'operator', action, subject, outcome, detail }
  }
}

function tokenRefused(): NearsideError {
  const sentence =
    'The enrolment token is unknown, used or older than 60 minutes; make a new one in the console under Devices.'
  return new NearsideError('NS_ENROLMENT_TOKEN', sentence)
}
