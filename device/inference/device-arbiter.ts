// Shares the devices of a machine among its models: execution slots by deficit round robin with weights
// (Shreedhar and Varghese 1995), memory by budget, also where CPU and GPU have one memory. It runs nothing and
// unloads nothing; who gets no memory decides what to give up.

import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { SlotRelease, SlotSource } from './batch-server.ts'

export interface DeviceMeans {
  /** Batches that may run at once. */
  readonly slots: number
  /** Pool that it takes memory from; on a Jetson CPU, GPU and DLA name one and the same. */
  readonly memory?: string
}

export interface ArbiterOptions {
  readonly clock: Clock
  /** A device that is not named here has one slot and no bound on its memory. */
  readonly devices: Readonly<Record<string, DeviceMeans>>
  /** Memory of each pool that models may take, MB. */
  readonly memoryMb: Readonly<Record<string, number>>
}

/** Use of one device so far. */
export interface DeviceUse {
  readonly running: number
  readonly waiting: number
  /** Milliseconds for which each model held a slot. */
  readonly busyMs: Readonly<Record<string, number>>
}

interface Claim {
  readonly costMs: number
  readonly grant: (release: SlotRelease) => void
}

/** What a model has coming on one device. */
interface Account {
  readonly model: string
  readonly claims: Claim[]
  /** Milliseconds that it may still use before it is another's turn; below 0 after a batch longer than expected. */
  deficitMs: number
  idleSinceMs: number
  busyMs: number
}

interface Device {
  readonly slots: number
  readonly accounts: Map<string, Account>
  /** Models with claims, in the order of their turns. */
  ring: Account[]
  running: number
  granting: boolean
}

/** What each turn adds for a model of weight 1, ms. */
const QUANTUM_MS = 1
/** A model without claims for so long starts anew: neither credit nor debt. */
const FORGIVEN_AFTER_MS = 1000

export class DeviceArbiter implements SlotSource {
  #options: ArbiterOptions
  #devices = new Map<string, Device>()
  #weights = new Map<string, number>()
  #takenMb = new Map<string, number>()

  constructor(options: ArbiterOptions) {
    this.#options = options
  }

  /** Gives a model its share relative to others; 1 unless set. */
  weigh(model: string, weight: number): void {
    this.#weights.set(model, Math.max(weight, 1e-3))
  }

  /**
   * Takes memory for a loaded model.
   * @returns gives it back; harmless when called twice
   * @throws NearsideError NS_INFERENCE_MEMORY when the pool has less left; `details` says how much
   */
  reserve(device: string, model: string, memoryMb: number): () => void {
    const pool = this.#options.devices[device]?.memory
    if (pool === undefined) return () => undefined
    const freeMb = this.freeMb(device)
    if (memoryMb > freeMb) {
      const sentence = `${model} needs ${Math.ceil(memoryMb)} MB and ${device} has ${Math.floor(freeMb)} MB left; unload another model, or use a smaller variant.`
      const details = { device, neededMb: memoryMb, freeMb }
      throw new NearsideError('NS_INFERENCE_MEMORY', sentence, { details })
    }
    this.#takenMb.set(pool, (this.#takenMb.get(pool) ?? 0) + memoryMb)
    let held = true
    return () => {
      if (held) this.#takenMb.set(pool, (this.#takenMb.get(pool) ?? 0) - memoryMb)
      held = false
    }
  }

  /** Memory that models may still take on a device, MB; infinite when it has no bound. */
  freeMb(device: string): number {
    const pool = this.#options.devices[device]?.memory
    if (pool === undefined) return Number.POSITIVE_INFINITY
    return (
      (this.#options.memoryMb[pool] ?? Number.POSITIVE_INFINITY) - (this.#takenMb.get(pool) ?? 0)
    )
  }

  /**
   * Waits for an execution slot.
   * @param costMs what the batch is expected to take; the time that is given back with the slot corrects it
   */
  acquire(device: string, model: string, costMs: number): Promise<SlotRelease> {
    const found = this.#device(device)
    return new Promise((grant) => {
      const account = this.#account(found, model)
      account.claims.push({ costMs: Math.max(0, costMs), grant })
      if (account.claims.length === 1) found.ring.push(account)
      this.#scheduleGrants(found)
    })
  }

  use(device: string): DeviceUse {
    const { running, ring, accounts } = this.#device(device)
    const waiting = ring.reduce((sum, { claims }) => sum + claims.length, 0)
    const busy = [...accounts.values()].map(({ model, busyMs }) => [model, busyMs])
    return { running, waiting, busyMs: Object.fromEntries(busy) }
  }

  #device(name: string): Device {
    const known = this.#devices.get(name)
    if (known) return known
    const slots = Math.max(1, this.#options.devices[name]?.slots ?? 1)
    const device = { slots, accounts: new Map(), ring: [], running: 0, granting: false }
    this.#devices.set(name, device)
    return device
  }

  #account({ accounts }: Device, model: string): Account {
    const nowMs = this.#options.clock.monotonicMs()
    const known = accounts.get(model)
    if (known) {
      const forgiven = known.claims.length === 0 && nowMs - known.idleSinceMs > FORGIVEN_AFTER_MS
      if (forgiven) known.deficitMs = 0
      return known
    }
    const account = { model, claims: [], deficitMs: 0, idleSinceMs: nowMs, busyMs: 0 }
    accounts.set(model, account)
    return account
  }

  /** Grants at the end of the turn, when all that will stand in line does: a released model may come again. */
  #scheduleGrants(device: Device): void {
    if (device.granting) return
    device.granting = true
    queueMicrotask(() => {
      device.granting = false
      while (device.running < device.slots && device.ring.length > 0) this.#grantNext(device)
    })
  }

  #quantum({ model }: Account): number {
    return QUANTUM_MS * (this.#weights.get(model) ?? 1)
  }

  /** Lets as many turns pass at once as it takes until the first model can pay for its claim. */
  #grantNext(device: Device): void {
    let winner: Account | undefined
    let turns = Number.POSITIVE_INFINITY
    for (const account of device.ring) {
      const missingMs = (account.claims[0]?.costMs ?? 0) - account.deficitMs
      const needed = Math.max(0, Math.ceil(missingMs / this.#quantum(account)))
      if (needed < turns) [winner, turns] = [account, needed]
    }
    const claim = winner?.claims.shift()
    if (!winner || !claim) return
    for (const account of device.ring) account.deficitMs += turns * this.#quantum(account)
    winner.deficitMs -= claim.costMs
    device.ring = device.ring.filter((account) => account !== winner)
    if (winner.claims.length > 0) device.ring.push(winner)
    device.running += 1
    claim.grant(this.#releaseOf(device, winner, claim))
  }

  #releaseOf(device: Device, account: Account, { costMs }: Claim): SlotRelease {
    let held = true
    return (tookMs) => {
      if (!held) return
      held = false
      device.running -= 1
      account.deficitMs += costMs - tookMs
      account.busyMs += tookMs
      account.idleSinceMs = this.#options.clock.monotonicMs()
      this.#scheduleGrants(device)
    }
  }
}
