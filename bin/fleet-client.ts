// Talks to a fleet manager over HTTP for commands: finds its address, turns its refusals into our errors.

import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  ERROR_KINDS,
  type ErrorCode,
  NearsideError,
  Problem,
  type RegistryModel,
  type Rollout,
  type RolloutDetail,
  type RolloutRequest
} from '../contract/index.ts'
import { newToken } from '../kernel/ids.ts'
import { listBundleFiles, readBundle } from '../models/index.ts'
import { homeFolder } from './home.ts'

const DEFAULT_FLEET = 'http://127.0.0.1:8090'

interface FleetPlace {
  /** Address given on the command line. */
  readonly fleet?: string
  readonly home?: string
}

/** The address of the fleet: as given, else the one that runs on this home folder, else the usual one. */
export async function findFleet({ fleet, home }: FleetPlace): Promise<FleetClient> {
  if (fleet !== undefined) return new FleetClient(fleet)
  try {
    const run = await readFile(join(homeFolder(home), 'fleet', 'run.json'), 'utf8')
    return new FleetClient(String((JSON.parse(run) as { url: unknown }).url))
  } catch {
    return new FleetClient(DEFAULT_FLEET)
  }
}

export class FleetClient {
  readonly url: string

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '')
  }

  rollouts(): Promise<Rollout[]> {
    return this.#call('/api/v1/rollouts')
  }

  rollout(id: string): Promise<RolloutDetail> {
    return this.#call(`/api/v1/rollouts/${encodeURIComponent(id)}`)
  }

  /** Creates a rollout; a repetition of this very call would not make a second one. */
  createRollout(request: RolloutRequest): Promise<RolloutDetail> {
    return this.#call('/api/v1/rollouts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': newToken() },
      body: JSON.stringify(request)
    })
  }

  /** Publishes the bundle of a folder; it is checked here first, so that a bad one costs no upload. */
  async publish(folder: string): Promise<RegistryModel> {
    await readBundle(folder)
    const form = new FormData()
    for (const path of await listBundleFiles(folder))
      form.append(path, await openAsBlob(join(folder, path)), basename(path))
    return this.#call('/api/v1/models', { method: 'POST', body: form })
  }

  async #call<T>(path: string, init: RequestInit = {}): Promise<T> {
    let response: Response
    try {
      response = await fetch(`${this.url}${path}`, init)
    } catch (cause) {
      const sentence = `The fleet manager at ${this.url} does not answer; start it with nearside fleet or nearside up, or give its address with --fleet.`
      throw new NearsideError('NS_FLEET_UNREACHABLE', sentence, { cause })
    }
    const answer: unknown = await response.json().catch(() => undefined)
    if (response.ok) return answer as T
    throw refusal(answer, this.url)
  }
}

function refusal(answer: unknown, url: string): NearsideError {
  const problem = Problem.safeParse(answer).data
  if (problem && Object.hasOwn(ERROR_KINDS, problem.code))
    return new NearsideError(problem.code as ErrorCode, problem.detail)
  const sentence = `What answers at ${url} is no fleet manager; give its address with --fleet.`
  return new NearsideError('NS_FLEET_UNREACHABLE', sentence)
}
