// Which device a signed HTTP request comes from. The signature proves the certificate; whether that device is
// still enrolled is asked of the store.

import { unproven } from '../../kernel/device-certificate.ts'
import { type SignedParts, verifyRequest } from '../../kernel/device-signature.ts'
import type { Store } from '../store/index.ts'
import type { Authority } from './authority.ts'

export interface RequestProofOptions {
  readonly store: Pick<Store, 'devices'>
  readonly authority: Pick<Authority, 'certificate'>
  readonly now: () => number
}

export class RequestProof {
  readonly #options: RequestProofOptions

  constructor(options: RequestProofOptions) {
    this.#options = options
  }

  /**
   * The id of the device.
   * @throws NearsideError NS_DEVICE_UNPROVEN
   */
  async device(parts: SignedParts): Promise<string> {
    const { store, authority, now } = this.#options
    const device = verifyRequest(parts, await authority.certificate(), now())
    if (await store.devices.exists(device)) return device
    throw unproven('it is enrolled no longer; enrol the device again')
  }
}
