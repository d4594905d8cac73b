// The NVIDIA GPUs of this machine with compute capability and driver: by nvidia-smi, else from what the
// driver and the device tree write. Telemetry of GPUs is elsewhere (device/telemetry).

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemFile } from './rung-machine.ts'

export interface GpuFact {
  readonly name: string
  /** Null on a Jetson and where only the driver's files are readable. */
  readonly uuid: string | null
  /** Major and minor, as in 8.7; null when it is unknown. */
  readonly computeCapability: string | null
  readonly memoryMb: number | null
}

interface GpuSources {
  readonly root: string
  readonly nvidiaSmi: string
  /** CUDA_VISIBLE_DEVICES of the agent. */
  readonly visible: string | undefined
}

export interface GpuReading {
  readonly driver: string | null
  readonly gpus: readonly GpuFact[]
}

const QUERY = ['uuid', 'name', 'compute_cap', 'memory.total', 'driver_version']
/** nvidia-smi hangs when the driver does. */
const PATIENCE_MS = 5_000

function ask(program: string): Promise<string> {
  return new Promise((resolve) => {
    const args = [`--query-gpu=${QUERY.join()}`, '--format=csv,noheader,nounits']
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', () => resolve(''))
    child.once('close', (code) => resolve(code === 0 ? text : ''))
  })
}

/** A field, or null for what the tool marks as unknown: `[N/A]`, `[Not Supported]`. */
const known = (field: string | undefined): string | null =>
  field === undefined || field === '' || field.startsWith('[') ? null : field

/** Rows of nvidia-smi, in the order of the PCI bus: that in which children count (CUDA_DEVICE_ORDER). */
function parse(text: string): GpuReading {
  const rows = text
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length === QUERY.length)
  const gpus = rows.map(([uuid, name, capability, memory]) => ({
    name: known(name) ?? 'NVIDIA GPU',
    uuid: known(uuid),
    computeCapability: known(capability),
    memoryMb: known(memory) === null ? null : Number(memory)
  }))
  return { driver: known(rows[0]?.[4]), gpus }
}

/** Chips of Jetson modules with their compute capability (jetson-stats, jtop). */
const JETSON_CHIPS = { tegra264: '11.0', tegra234: '8.7', tegra194: '7.2' } as const

function fromFiles(root: string): GpuReading {
  const driver =
    systemFile(root, 'sys/module/nvidia/version') ||
    /Kernel Module +([\d.]+)/.exec(systemFile(root, 'proc/driver/nvidia/version'))?.[1]
  const compatible = systemFile(root, 'proc/device-tree/compatible')
  const chip = Object.entries(JETSON_CHIPS).find(([name]) => compatible.includes(name))
  const board = systemFile(root, 'proc/device-tree/model').split('\n', 1)[0] ?? ''
  if (chip && board !== '') {
    const gpu = { name: board, uuid: null, computeCapability: chip[1], memoryMb: null }
    return { driver: driver || null, gpus: [gpu] }
  }
  const folder = 'proc/driver/nvidia/gpus'
  const gpus = listed(join(root, folder)).map((bus) => {
    const text = systemFile(root, join(folder, bus, 'information'))
    return {
      name: /^Model:\s+(.+)$/m.exec(text)?.[1]?.trim() ?? 'NVIDIA GPU',
      uuid: /^GPU UUID:\s+(\S+)$/m.exec(text)?.[1] ?? null,
      computeCapability: null,
      memoryMb: null
    }
  })
  return { driver: driver || null, gpus }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** CUDA ends the list at the first entry that names no GPU. An empty variable counts as none, see gpu-libraries.ts. */
function seen(gpus: readonly GpuFact[], visible: string | undefined): readonly GpuFact[] {
  if (visible === undefined || visible === '') return gpus
  const found: GpuFact[] = []
  for (const entry of visible.split(',').map((part) => part.trim())) {
    const gpu = /^\d+$/.test(entry)
      ? gpus[Number(entry)]
      : gpus.find(({ uuid }) => entry !== '' && uuid?.startsWith(entry))
    if (!gpu) break
    found.push(gpu)
  }
  return found
}

/** GPUs that this process may use. Never throws. */
export async function readGpus({ root, nvidiaSmi, visible }: GpuSources): Promise<GpuReading> {
  const files = fromFiles(root)
  const asked = parse(await ask(nvidiaSmi))
  // A Jetson's nvidia-smi knows neither name nor compute capability.
  const useful = asked.gpus.some(({ computeCapability }) => computeCapability !== null)
  const reading = useful ? asked : files
  return { driver: asked.driver ?? files.driver, gpus: seen(reading.gpus, visible) }
}
