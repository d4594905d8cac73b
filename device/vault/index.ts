// Private files on the device: encrypted, bounded in time, audited.

export { AuditTrail } from './audit-trail.ts'
export { type Deadline, Retention } from './retention.ts'
export { type StoredFile, Vault } from './vault.ts'
