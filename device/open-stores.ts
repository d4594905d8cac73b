// Opens what the device remembers: its database with outbox, jobs, alarms and journal, the encrypted scratch
// space, and the audit trail over both.

import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import {
  AlarmStore,
  AuditStore,
  InstallJournal,
  JobStore,
  Outbox,
  openDeviceDatabase,
  openJobDatabase
} from './store/index.ts'
import { AuditTrail, Vault } from './vault/index.ts'

export interface Stores {
  readonly outbox: Outbox
  readonly jobs: JobStore
  readonly alarms: AlarmStore
  readonly journal: InstallJournal
  readonly audit: AuditTrail
  readonly vault: Vault
  /** Where threads find the vault. */
  readonly vaultAt: { readonly folder: string; readonly key: Uint8Array }
  close(): void
}

interface StoreOptions {
  readonly home: string
  /** 32 bytes, in memory only. */
  readonly scratchKey: Uint8Array
  readonly clock: Clock
  readonly logger: Logger
}

export async function openStores({
  home,
  scratchKey,
  clock,
  logger
}: StoreOptions): Promise<Stores> {
  const database = openDeviceDatabase(home)
  const jobDatabase = openJobDatabase(home)
  const outbox = new Outbox({ database, clock })
  const onError = (error: unknown): void =>
    logger.error({ err: error }, 'an audit entry was not written')
  const audit = new AuditTrail({ store: new AuditStore(database), clock, outbox, onError })
  const vaultAt = { folder: join(home, 'device', 'vault'), key: scratchKey }
  const vault = new Vault({ ...vaultAt, audit })
  await vault.purgeForeign()
  return {
    outbox,
    jobs: new JobStore(jobDatabase, vault),
    alarms: new AlarmStore(database),
    journal: new InstallJournal(database),
    audit,
    vault,
    vaultAt,
    close: () => {
      outbox.close()
      database.close()
      jobDatabase.close()
    }
  }
}
