// The id of a shared engine: a digest of all that must be equal for it to be handed to another device.

import type { EngineShareKey } from '../../contract/index.ts'
import { canonicalDigest } from '../../kernel/canonical-digest.ts'

/** Digest of key and machine, 64 hexadecimal digits; an engine is handed on only where it is equal. */
export const shareDigest = ({ key, machine }: EngineShareKey): string =>
  canonicalDigest({ key, machine })
