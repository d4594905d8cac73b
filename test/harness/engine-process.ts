// A process of its own that takes the engine of a bundle from a fleet, for tests that kill it. Its one argument
// is `EngineErrand` as JSON; it says `taken` when the engine is among those of the folder.

import type { VerifiedBundle } from '../../models/index.ts'
import { engineDevice } from './engine-device.ts'

export interface EngineErrand {
  readonly fleet: string
  readonly name: string
  readonly folder: string
  readonly bundle: VerifiedBundle
}

const { bundle, ...errand } = JSON.parse(process.argv[2] ?? '') as EngineErrand
const device = await engineDevice({ ...errand, bundles: [bundle] })
await device.engines.obtain(bundle)
if (device.seen.audit.length > 0) process.stdout.write('taken\n')
await device.stop()
