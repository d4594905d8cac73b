// The X.509 library, loaded the one way that works: what it expects of Reflect must exist before it loads.
// It is large; import this file lazily, where a certificate is made or signed.

import './reflect-metadata.ts'

/** @public */
export * from '@peculiar/x509'
