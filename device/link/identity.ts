// Who this device is: its id and name, and, once it belongs to a fleet, its certificate and the addresses
// of the fleet. Without a fleet a device works alone under an id that it keeps.

import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { DeviceId, EnrolmentAnswer, NearsideError, toNearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { newId } from '../../kernel/ids.ts'

const Alone = z.object({ deviceId: DeviceId, name: z.string().min(1).max(80) })

const Enrolled = EnrolmentAnswer.extend({
  name: z.string().min(1).max(80),
  enrolledAt: z.number().int()
})

/** What a device needs to reach its fleet; certificates and key in PEM form. */
export interface Enrolment {
  readonly certificate: string
  readonly authority: string
  readonly privateKey: string
  /** Broker, `mqtts://host:port`. */
  readonly mqtt: string
  /** HTTP address of the fleet. */
  readonly fleet: string
  readonly enrolledAt: number
}

export interface DeviceIdentity {
  readonly deviceId: string
  readonly name: string
  /** Left out while the device belongs to no fleet. */
  readonly enrolment?: Enrolment
}

/** Where the files of the identity lie; the key is readable by its owner only. */
export function identityPaths(home: string) {
  const folder = join(home, 'device', 'identity')
  return {
    alone: join(folder, 'device.json'),
    enrolled: join(folder, 'identity.json'),
    key: join(folder, 'device.key')
  }
}

/**
 * Reads the identity, or makes one for a device without a fleet.
 * @param name how people call the device; default its host name
 * @throws NearsideError NS_STORAGE_FAILED when a file of the identity is damaged
 */
export async function loadIdentity(home: string, name = hostname()): Promise<DeviceIdentity> {
  const paths = identityPaths(home)
  const enrolled = await readJson(paths.enrolled, Enrolled)
  if (enrolled) {
    const { deviceId, name: known, ...rest } = enrolled
    const privateKey = await readText(paths.key)
    if (privateKey === undefined) throw damaged(paths.key)
    return { deviceId, name: known, enrolment: { ...rest, privateKey } }
  }
  const alone = await readJson(paths.alone, Alone)
  if (alone) return alone
  const made = { deviceId: newDeviceId(name), name: name.slice(0, 80) || 'device' }
  await writeFileAtomic(paths.alone, JSON.stringify(made))
  return made
}

/** An id from a name and six random characters, so that two devices of one image differ. */
export function newDeviceId(name: string): string {
  const base = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return `${base || 'device'}-${newId().slice(-6)}`
}

/** Stores what the fleet answered, all of it or nothing. */
export async function saveEnrolment(home: string, answer: z.infer<typeof Enrolled>): Promise<void> {
  await writeFileAtomic(identityPaths(home).enrolled, JSON.stringify(answer))
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw toNearsideError(error)
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw damaged(path, error)
  }
}

function damaged(path: string, cause?: unknown): NearsideError {
  const sentence = `The identity file ${path} is damaged; remove it and enrol the device again.`
  return new NearsideError('NS_STORAGE_FAILED', sentence, { cause })
}
