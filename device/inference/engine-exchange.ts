// What engines need of a fleet: to ask for one that another device built, to fetch it, to say that it does not
// do, to offer one's own. How that travels is not known here (device/link).

import type {
  DeviceEnvelope,
  EngineFault,
  EngineShareKey,
  EngineStatement
} from '../../contract/index.ts'
import type { StoredEngine } from './engine-store.ts'

/** An engine that the fleet has; that its builder signed the statement was checked. */
export interface OfferedEngine {
  /** Digest of key and machine. */
  readonly id: string
  readonly statement: EngineStatement
  readonly statementSha256: string
  readonly envelope: DeviceEnvelope
}

export interface EngineExchange {
  /**
   * Asks for the engine of exactly this key and machine.
   * @returns undefined when the fleet has none, or hands none out
   * @throws NearsideError NS_FLEET_UNREACHABLE, NS_ENGINE_DAMAGED, NS_DEVICE_UNPROVEN
   */
  ask(wanted: EngineShareKey, signal: AbortSignal): Promise<OfferedEngine | undefined>
  /**
   * Brings the files into a folder, going on where an earlier try stopped; digests are checked.
   * @throws NearsideError NS_BUNDLE_DIGEST, NS_BLOB_UNKNOWN, NS_INSTALL_DOWNLOAD, NS_INSTALL_SPACE
   */
  fetch(offered: OfferedEngine, folder: string, signal: AbortSignal): Promise<void>
  /** @throws NearsideError NS_FLEET_UNREACHABLE */
  report(fault: Omit<EngineFault, 'device'>): Promise<void>
  /**
   * Offers an engine that was built here, and sends what the fleet wants of it.
   * @returns false when the fleet does not want it
   * @throws NearsideError NS_FLEET_UNREACHABLE, NS_INPUT_TOO_LARGE, NS_ENGINE_NOT_SHARED
   */
  offer(
    engine: StoredEngine,
    model: EngineStatement['model'],
    signal: AbortSignal
  ): Promise<boolean>
}
