// What the routes work with: the rooms of the fleet, put together by the manager.

import type { Registry as MetricsRegistry } from 'prom-client'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { BrokerPort } from '../broker/index.ts'
import type { Enrolment, RequestProof } from '../devices/index.ts'
import type { SharedEngines } from '../engines/index.ts'
import type { BlobStore, Registry } from '../registry/index.ts'
import type { Rollouts } from '../rollouts/index.ts'
import type { ChangeBus, Store } from '../store/index.ts'
import type { EventRate } from './event-rate.ts'

/** Everything is handed in, so that a test can serve any part of it. */
export interface FleetServices {
  /** Name of this fleet, for the console's heading. */
  readonly name: string
  readonly clock: Clock
  readonly logger: Logger
  readonly changes: ChangeBus
  readonly store: Store
  readonly broker: BrokerPort
  readonly enrolment: Enrolment
  readonly registry: Registry
  readonly blobs: BlobStore
  readonly engines: SharedEngines
  /** Files of engines: apart from those of models, which anyone may read. */
  readonly engineBlobs: BlobStore
  /** Which device a signed request comes from. */
  readonly proof: RequestProof
  readonly rollouts: Rollouts
  readonly rate: EventRate
  readonly metrics: MetricsRegistry
  /** Where the two servers are, for answers that name them. */
  readonly addresses: () => { readonly url: string; readonly mqttUrl: string }
  /** Null when everything serves, else what is missing. */
  readonly ready: () => string | null
}
