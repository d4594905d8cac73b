// Which refused rungs of a running model somebody should look at, as the console shows them. Pure.

import type { RunningModel } from '../../api/index.ts'
import { needsLook } from '../../words/index.ts'

type Refused = NonNullable<RunningModel['refused']>

const ORDER: readonly RunningModel['rung'][] = ['tensorrt', 'cuda', 'webgpu', 'cpu']

/**
 * The rungs that a model should stand on and cannot, best first. Rungs below the one in use cost it nothing; a
 * model that another server answers needs none. Its own rung is among them when it runs on none at all.
 */
export function missedRungs({
  rung,
  refused = []
}: Pick<RunningModel, 'rung' | 'refused'>): Refused {
  const own = ORDER.indexOf(rung)
  return refused.filter(
    (one) => ORDER.indexOf(one.rung) <= own && needsLook({ taken: false, code: one.code })
  )
}
