// Creating a rollout, in one transaction: who takes part, what each device is to run from now on, and which
// older rollouts this one takes the place of.

import {
  type DesiredModel,
  NearsideError,
  type ReportedState,
  type RolloutRequest
} from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'
import { presenceOf } from '../devices/index.ts'
import { modelUnknown } from '../registry/index.ts'
import type { DeviceRow, RolloutDeviceRow, StoreTables } from '../store/index.ts'
import { isFinal } from './device-progress.ts'

/** What the caller has to publish and to tell after the commit. */
export interface Created {
  readonly id: string
  /** False when the same request was made before under the same key. */
  readonly created: boolean
  /** Devices whose desired state changed. */
  readonly devices: readonly string[]
  /** Other rollouts in which a device was superseded. */
  readonly superseded: readonly string[]
}

interface Request {
  readonly rollout: RolloutRequest
  readonly idempotencyKey: string | undefined
  readonly now: number
}

async function participants(tables: StoreTables, wanted: readonly string[] | undefined) {
  const all = await tables.devices.all()
  if (!wanted) {
    if (all.length > 0) return all
    const sentence = 'No device is enrolled yet; enrol one before rolling a model out.'
    throw new NearsideError('NS_ROLLOUT_EMPTY', sentence)
  }
  const byId = new Map(all.map((row) => [row.id, row]))
  return [...new Set(wanted)].map((id) => {
    const row = byId.get(id)
    if (row) return row
    const sentence = `There is no device ${id} in this fleet; the rollout was not created.`
    throw new NearsideError('NS_DEVICE_UNKNOWN', sentence)
  })
}

const desiredOf = (row: DeviceRow): DesiredModel[] => JSON.parse(row.desired) as DesiredModel[]

function reportedModel(row: DeviceRow, name: string) {
  const reported = row.reported === null ? null : (JSON.parse(row.reported) as ReportedState)
  return reported?.models.find((model) => model.name === name)
}

/** Runs the version, and is not on its way to another one. */
function runsAlready(row: DeviceRow, wanted: DesiredModel): boolean {
  const running = reportedModel(row, wanted.name)
  const pending = desiredOf(row).find(({ name }) => name === wanted.name)
  const settled = !pending || pending.manifestSha256 === wanted.manifestSha256
  return (
    settled &&
    running?.version === wanted.version &&
    running.manifestSha256 === wanted.manifestSha256
  )
}

function firstRow(row: DeviceRow, wanted: DesiredModel, now: number): RolloutDeviceRow {
  const base = {
    rollout: wanted.rollout,
    device: row.id,
    gen: row.gen + 1,
    progress: 0,
    code: null,
    previous_version: reportedModel(row, wanted.name)?.version ?? null,
    at: now
  }
  if (runsAlready(row, wanted)) {
    const reason = `Ran ${wanted.name} ${wanted.version} before this rollout.`
    return { ...base, state: 'already', progress: 1, reason }
  }
  const there = presenceOf(row, now).state
  if (there === 'online' || there === 'stale')
    return { ...base, state: 'sent', reason: 'Sent: waiting for the answer of the device.' }
  return { ...base, state: 'pending', reason: 'Waiting for the device to connect.' }
}

/** Marks what older rollouts of the same model still wanted of the device. */
async function supersede(
  tables: StoreTables,
  wanted: { readonly model: DesiredModel; readonly device: string },
  now: number
): Promise<string[]> {
  const rollouts: string[] = []
  const { name, version } = wanted.model
  for (const { model, version: _, ...row } of await tables.rollouts.ofDevice(wanted.device)) {
    if (model !== name || isFinal(row.state)) continue
    const reason = `Superseded: a newer rollout wants ${name} ${version}.`
    await tables.rollouts.saveDevice({ ...row, state: 'superseded', reason, at: now })
    const { rollout, device } = row
    await tables.rollouts.addTimeline({
      rollout,
      at: now,
      device,
      sentence: `${device}: ${reason}`
    })
    rollouts.push(rollout)
  }
  return rollouts
}

async function knownRequest(tables: StoreTables, request: Request): Promise<Created | undefined> {
  if (request.idempotencyKey === undefined) return undefined
  const known = await tables.rollouts.findKey(request.idempotencyKey)
  if (!known) return undefined
  if (known.request !== JSON.stringify(request.rollout)) {
    const sentence =
      'The Idempotency-Key belongs to another rollout; take a new key for a new rollout.'
    throw new NearsideError('NS_REQUEST_INVALID', sentence)
  }
  return { id: known.rollout, created: false, devices: [], superseded: [] }
}

async function wantedModel(tables: StoreTables, { rollout, now }: Request): Promise<DesiredModel> {
  const row = await tables.models.find(rollout.model, rollout.version)
  if (!row) throw modelUnknown(rollout.model, rollout.version)
  return {
    name: row.name,
    version: row.version,
    manifestSha256: row.manifest_sha256,
    files: await tables.models.files(row.name, row.version),
    rollout: newId(now)
  }
}

/**
 * Creates the rollout and moves the desired state of its devices one generation on.
 * @throws NearsideError NS_MODEL_UNKNOWN, NS_ROLLOUT_EMPTY, NS_DEVICE_UNKNOWN, NS_REQUEST_INVALID
 */
export async function createRollout(tables: StoreTables, request: Request): Promise<Created> {
  const known = await knownRequest(tables, request)
  if (known) return known
  const { now } = request
  const model = await wantedModel(tables, request)
  const devices = await participants(tables, request.rollout.devices)
  const superseded = new Set<string>()
  const rows: RolloutDeviceRow[] = []
  for (const device of devices) {
    for (const id of await supersede(tables, { model, device: device.id }, now)) superseded.add(id)
    const others = desiredOf(device).filter(({ name }) => name !== model.name)
    await tables.devices.setDesired(device.id, device.gen + 1, JSON.stringify([...others, model]))
    rows.push(firstRow(device, model, now))
  }
  const id = model.rollout
  const what = `${model.name} ${model.version}`
  await tables.rollouts.insert(
    {
      id,
      model: model.name,
      version: model.version,
      state: 'running',
      sentence: 'Just created.',
      created_at: now,
      ended_at: null
    },
    rows
  )
  const sentence = `Created: ${what} for ${devices.length} ${devices.length === 1 ? 'device' : 'devices'}.`
  await tables.rollouts.addTimeline({ rollout: id, at: now, device: null, sentence })
  const { idempotencyKey: key, rollout } = request
  if (key !== undefined)
    await tables.rollouts.addKey({ key, request: JSON.stringify(rollout), rollout: id, at: now })
  await tables.audit.add([
    {
      at: now,
      device: null,
      actor: 'operator',
      action: 'rollout-created',
      subject: what,
      outcome: 'done',
      detail: sentence
    }
  ])
  return {
    id,
    created: true,
    devices: rows.map(({ device }) => device),
    superseded: [...superseded]
  }
}
