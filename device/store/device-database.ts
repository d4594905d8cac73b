// Opens the SQLite files of the device. Who reads and writes which table is told by the other files here.

import { join } from 'node:path'
import { type Database, openSqlite } from '../../kernel/sqlite-file.ts'

/** An open database of the device. */
export type DeviceDatabase = Database

/**
 * Opens `<home>/device/device.sqlite`; every commit survives a loss of power (synchronous FULL).
 * @throws NearsideError NS_STORAGE_FAILED when the file is damaged, NS_STORAGE_FULL when the disk is full
 */
export function openDeviceDatabase(home: string): DeviceDatabase {
  const path = home === ':memory:' ? home : join(home, 'device', 'device.sqlite')
  return openSqlite({ path, migrations: join(import.meta.dirname, 'migrations') })
}

/**
 * Opens `<home>/device/jobs.sqlite`. Commits survive a crash of the process, not a loss of power, which takes
 * the inputs of the jobs as well; so the agent's loop never waits for the disk while a job reports (NORMAL).
 * @throws NearsideError NS_STORAGE_FAILED when the file is damaged, NS_STORAGE_FULL when the disk is full
 */
export function openJobDatabase(home: string): DeviceDatabase {
  const path = home === ':memory:' ? home : join(home, 'device', 'jobs.sqlite')
  const migrations = join(import.meta.dirname, 'job-migrations')
  return openSqlite({ path, migrations, synchronous: 'NORMAL' })
}
