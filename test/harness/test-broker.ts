// The two brokers that tests of the link run against: the one that comes with the fleet, and Debian's
// mosquitto where it is installed.

import { EmbeddedBroker } from '../../fleet/broker/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { freePort, Mosquitto, noMosquitto } from './mosquitto.ts'
import type { TestAuthority } from './test-authority.ts'

export type BrokerKind = 'embedded' | 'mosquitto'

export interface TestBroker {
  readonly port: number
  /** Starts it again on the same port. */
  up(): Promise<void>
  /** Ends it without a word; what it held is lost. */
  down(): Promise<void>
}

/** Every broker with the sentence with which its tests are skipped, or false. */
export const BROKERS: readonly { readonly kind: BrokerKind; readonly skip: string | false }[] = [
  { kind: 'embedded', skip: false },
  { kind: 'mosquitto', skip: noMosquitto }
]

export async function startBroker(kind: BrokerKind, authority: TestAuthority): Promise<TestBroker> {
  return kind === 'mosquitto' ? Mosquitto.start(authority) : startEmbedded(authority)
}

async function startEmbedded(authority: TestAuthority): Promise<TestBroker> {
  const { certificate, privateKey } = await authority.issue('broker')
  const identity = { certificate, key: privateKey, authority: authority.certificate }
  const port = await freePort()
  const broker = new EmbeddedBroker({ host: '127.0.0.1', port, identity, clock: systemClock })
  const up = async (): Promise<void> => void (await broker.start())
  await up()
  return { port, up, down: () => broker.stop() }
}
