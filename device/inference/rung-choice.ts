// What a bundle is run with: rung, file, devices, and how many executors of which width. Chosen by the ladder, an
// administrator or the caller; nothing is loaded here.

import type { ModelVariant, ServingRung } from '../../contract/index.ts'
import type { Bundle } from '../../models/index.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { chooseVariant } from './provider-ladder.ts'
import type { RemoteOptions } from './remote-session.ts'

/** What a bundle is run with: a rung, the file for it, and the GPUs. */
export interface RungChoice {
  readonly rung: ServingRung
  readonly variant: ModelVariant
  /** GPUs on which instances run; one 0 on a rung without. */
  readonly deviceIds: readonly number[]
  /** Folders of provider libraries, see gpu-libraries.ts. */
  readonly libraries: readonly string[]
  /** The built engine, on the rung tensorrt. */
  readonly engine?: EnginePlan
  /** The server that answers, on the rung remote. */
  readonly remote?: RemoteOptions
}

/** How many executors a model has and how much each takes; what is undefined follows bundle and settings. */
export interface Tuning {
  /** Executors on each device. */
  readonly instances?: number | undefined
  /** Most rows of a batch. */
  readonly maxBatch?: number | undefined
  /** Threads of one run on the CPU. */
  readonly threads?: number | undefined
  /** Longest wait for a batch to grow, ms; undefined: as long as waiting pays. */
  readonly maxWaitMs?: number | undefined
}

/** A device as the arbiter counts it: the CPU, or one GPU. */
export function deviceName(rung: ServingRung, deviceId: number): string {
  return rung === 'cpu' ? 'cpu' : `gpu${deviceId}`
}

/** The rung that every machine has. */
export function cpuChoice({ manifest }: Bundle): RungChoice {
  return { rung: 'cpu', variant: chooseVariant(manifest), deviceIds: [0], libraries: [] }
}
