// The public face of fleet/devices.

export { Authority, type AuthorityOptions, type TlsIdentity } from './authority.ts'
export { Contacts, type ContactsOptions } from './contacts.ts'
export { Enrolment, type EnrolmentOptions, idFromName, TOKEN_VALID_MS } from './enrolment.ts'
export { Inbox, type InboxOptions } from './inbox.ts'
export { Ingest, type IngestOptions } from './ingest-events.ts'
export { findDevice, listDevices } from './inventory.ts'
export { type Presence, presenceOf, STALE_AFTER_MS, sayTime } from './presence.ts'
export { RequestProof, type RequestProofOptions } from './request-proof.ts'
