// What the doctor says of the provider ladder: for each model that ships, one line a rung. Tries every rung anew
// and keeps nothing, so that it tells what this machine can do now.

import { join } from 'node:path'
import { RUNGS, type RungStatus, toNearsideError } from '../contract/index.ts'
import {
  BUILTIN_MODELS,
  findBundles,
  loadTrustedKeys,
  trustedKeyFolders,
  verifyBundle
} from '../models/index.ts'
import type { Check } from './examination.ts'
import {
  type ClimbDeps,
  climb,
  EngineStore,
  ModelEngines,
  type RungFacts,
  readRungFacts
} from './inference/index.ts'

/** A line of the doctor about one rung, with everything that is known of it. */
export interface RungCheck extends Check {
  readonly model: { readonly name: string; readonly version: string }
  readonly rung: RungStatus
}

interface LadderExamination extends ClimbDeps {
  /** Folder of the bundles that ship. */
  readonly models?: string
  readonly facts?: RungFacts
}

function checkOf(rung: RungStatus, model: RungCheck['model'], works: boolean): RungCheck {
  const title = `Rung ${rung.rung} (${model.name})`
  const { sentence, code } = rung
  // A model that runs nowhere is broken; a rung that this machine lacks is merely absent.
  const state = code === null ? 'fine' : works ? 'optional' : 'broken'
  const build = `Start the device: it builds the engine in the background, or takes it from its fleet.`
  const mend = code === 'NS_ENGINE_MISSING' || code === 'NS_ENGINE_FOREIGN' ? build : null
  return { title, state, sentence, mend, model, rung }
}

/** The engines that were built for the models of a home; nothing is built, and what is being built is left alone. */
function storedEngines(home: string, facts: RungFacts): ModelEngines {
  return new ModelEngines({
    store: new EngineStore({ folder: join(home, 'device', 'engines') }),
    facts: async () => facts,
    onChange: () => undefined,
    onReady: () => undefined
  })
}

/**
 * Climbs the ladder of each model that ships; takes some seconds. A bundle that cannot be trusted is left
 * out: the doctor says so elsewhere.
 * @param home whose trusted keys and built engines count
 */
export async function examineLadder(
  home: string,
  { models = BUILTIN_MODELS, facts, ...deps }: LadderExamination = {}
): Promise<RungCheck[]> {
  const machine = facts ?? (await readRungFacts())
  const engines = storedEngines(home, machine)
  const checks: RungCheck[] = []
  for (const { dir, name, version } of await findBundles(models)) {
    const model = { name, version }
    try {
      const bundle = await verifyBundle(dir, await loadTrustedKeys(trustedKeyFolders(home)))
      const { statuses, taken } = await climb(bundle, machine, {
        engine: (variant) => engines.find(bundle, variant),
        ...deps
      })
      checks.push(...statuses.map((status) => checkOf(status, model, taken !== undefined)))
    } catch (error) {
      if (toNearsideError(error).code === 'NS_JOB_CANCELLED') throw error
    }
  }
  return checks.sort((a, b) => RUNGS.indexOf(a.rung.rung) - RUNGS.indexOf(b.rung.rung))
}
