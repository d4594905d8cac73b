// What the doctor says of the provider ladder: for each model that ships, one line a rung. Tries every rung anew
// and keeps nothing, so that it tells what this machine can do now.

import { RUNGS, type RungStatus, toNearsideError } from '../contract/index.ts'
import {
  BUILTIN_MODELS,
  findBundles,
  loadTrustedKeys,
  trustedKeyFolders,
  verifyBundle
} from '../models/index.ts'
import type { Check } from './examination.ts'
import { type ClimbDeps, climb, readRungFacts } from './inference/index.ts'

/** A line of the doctor about one rung, with everything that is known of it. */
export interface RungCheck extends Check {
  readonly model: { readonly name: string; readonly version: string }
  readonly rung: RungStatus
}

interface LadderExamination extends ClimbDeps {
  /** Folder of the bundles that ship. */
  readonly models?: string
  readonly facts?: Awaited<ReturnType<typeof readRungFacts>>
}

function checkOf(rung: RungStatus, model: RungCheck['model'], works: boolean): RungCheck {
  const title = `Rung ${rung.rung} (${model.name})`
  const { sentence, code } = rung
  // A model that runs nowhere is broken; a rung that this machine lacks is merely absent.
  const state = code === null ? 'fine' : works ? 'optional' : 'broken'
  return { title, state, sentence, mend: null, model, rung }
}

/**
 * Climbs the ladder of each model that ships; takes some seconds. A bundle that cannot be trusted is left
 * out: the doctor says so elsewhere.
 * @param home whose trusted keys count
 */
export async function examineLadder(
  home: string,
  { models = BUILTIN_MODELS, facts, ...deps }: LadderExamination = {}
): Promise<RungCheck[]> {
  const machine = facts ?? (await readRungFacts())
  const checks: RungCheck[] = []
  for (const { dir, name, version } of await findBundles(models)) {
    const model = { name, version }
    try {
      const bundle = await verifyBundle(dir, await loadTrustedKeys(trustedKeyFolders(home)))
      const { statuses, taken } = await climb(bundle, machine, deps)
      checks.push(...statuses.map((status) => checkOf(status, model, taken !== undefined)))
    } catch (error) {
      if (toNearsideError(error).code === 'NS_JOB_CANCELLED') throw error
    }
  }
  return checks.sort((a, b) => RUNGS.indexOf(a.rung.rung) - RUNGS.indexOf(b.rung.rung))
}
