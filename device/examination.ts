// What the doctor looks at: runtime, models, GPU, disk, pages, log sources, the fleet. Each check says in one
// sentence what it found and names the command that mends it.

import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readFile, statfs } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { toNearsideError } from '../contract/index.ts'
import {
  BUILTIN_MODELS,
  findBundles,
  loadTrustedKeys,
  trustedKeyFolders,
  verifyBundle
} from '../models/index.ts'
import { type FactSources, probeRuntime, readRungFacts } from './inference/index.ts'

export interface Check {
  readonly title: string
  /** `optional`: something is absent that not everybody needs. */
  readonly state: 'fine' | 'optional' | 'broken'
  readonly sentence: string
  /** A command, or null when there is nothing to mend. */
  readonly mend: string | null
}

const GIB = 1024 ** 3
const fine = (title: string, sentence: string): Check => ({
  title,
  state: 'fine',
  sentence,
  mend: null
})
const UI_DIST = join(import.meta.dirname, '..', 'ui', 'dist')

/**
 * Looks at everything; never throws.
 * @param sources where the facts of the GPU are read
 */
export async function examine(home: string, sources: FactSources = {}): Promise<Check[]> {
  const checks = [machine, processor, runtime, models, gpu, homeFolder, disk, pages, journal, fleet]
  return Promise.all(checks.map((check) => check(home, sources)))
}

async function machine(): Promise<Check> {
  const list = cpus()
  const memory = `${(totalmem() / GIB).toFixed(1)} GiB of memory`
  return fine(
    'Machine',
    `${list[0]?.model.trim() ?? process.arch}, ${list.length} cores, ${memory}, Node ${process.version}.`
  )
}

/** INT8 models are several times faster where the processor multiplies 8-bit numbers itself. */
async function processor(): Promise<Check> {
  const title = 'INT8 instructions'
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  const found = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'].filter((flag) =>
    text.includes(flag)
  )
  if (found.length > 0)
    return fine(title, `The processor has ${found.join(', ')}; INT8 models run at full speed.`)
  return {
    title,
    state: 'optional',
    sentence: 'The processor has none; INT8 models run, but slower.',
    mend: null
  }
}

async function runtime(): Promise<Check> {
  const title = 'ONNX Runtime'
  try {
    const { version, backends } = await probeRuntime()
    return fine(title, `Version ${version} loads; built in: ${backends.join(', ')}.`)
  } catch (error) {
    return { title, state: 'broken', sentence: toNearsideError(error).message, mend: 'npm ci' }
  }
}

async function models(home: string): Promise<Check> {
  const title = 'Models'
  try {
    const keys = await loadTrustedKeys(trustedKeyFolders(home))
    const found = await findBundles(BUILTIN_MODELS)
    for (const { dir } of found) await verifyBundle(dir, keys)
    const names = found.map(({ dir }) => dir.split('/').slice(-2).join(' ')).join(', ')
    if (found.length > 0)
      return fine(title, `${names}: signed by a trusted key, every digest right.`)
    return {
      title,
      state: 'broken',
      sentence: 'No model ships with this checkout.',
      mend: 'git checkout -- models/quantized'
    }
  } catch (error) {
    return {
      title,
      state: 'broken',
      sentence: toNearsideError(error).message,
      mend: 'git checkout -- models/quantized'
    }
  }
}

async function gpu(_: string, sources: FactSources): Promise<Check> {
  const title = 'GPU'
  const { nvidia, gpus, driver, l4t, vulkan } = await readRungFacts(sources)
  const names = gpus.map(({ name, computeCapability }) =>
    computeCapability === null ? name : `${name} (compute capability ${computeCapability})`
  )
  if (vulkan.drivers.length > 0 && vulkan.loader !== null)
    names.push(`Vulkan drivers ${vulkan.drivers.map((path) => basename(path, '.json')).join(', ')}`)
  if (nvidia && gpus.length === 0) names.push('an NVIDIA GPU that nvidia-smi does not name')
  if (names.length === 0)
    return {
      title,
      state: 'optional',
      sentence: 'No NVIDIA GPU and no Vulkan driver was found; models run on the CPU.',
      mend: null
    }
  const release = l4t === null ? '' : `, Jetson Linux ${l4t}`
  return fine(title, `${names.join('; ')}${driver === null ? '' : `, driver ${driver}`}${release}.`)
}

async function homeFolder(home: string): Promise<Check> {
  const title = 'Home folder'
  try {
    await mkdir(home, { recursive: true, mode: 0o700 })
    accessSync(home, constants.W_OK)
    return fine(title, `${home} can be written.`)
  } catch {
    return {
      title,
      state: 'broken',
      sentence: `${home} cannot be written.`,
      mend: 'nearside up --home DIR'
    }
  }
}

async function disk(home: string): Promise<Check> {
  const title = 'Disk'
  const facts = await statfs(existsSync(home) ? home : dirname(home)).catch(() => undefined)
  if (!facts)
    return { title, state: 'broken', sentence: 'The free space cannot be read.', mend: null }
  const free = facts.bavail * facts.bsize
  const sentence = `${(free / GIB).toFixed(1)} of ${((facts.blocks * facts.bsize) / GIB).toFixed(1)} GiB are free.`
  if (free > GIB) return fine(title, sentence)
  return {
    title,
    state: 'broken',
    sentence: `${sentence} Uploads and models need at least 1 GiB.`,
    mend: `du -xh ${home} | sort -h | tail`
  }
}

async function pages(): Promise<Check> {
  const title = 'Pages'
  if (existsSync(join(UI_DIST, 'kiosk.html')))
    return fine(title, 'Kiosk, workbench and console are built.')
  return { title, state: 'optional', sentence: 'The pages are not built yet.', mend: 'npm start' }
}

async function journal(): Promise<Check> {
  const title = 'System journal'
  const found = await firstLine('journalctl', ['--version'])
  if (found !== undefined)
    return fine(title, `${found}; watch a unit with nearside up --journal UNIT.`)
  return {
    title,
    state: 'optional',
    sentence: 'journalctl is not here; log files can be watched.',
    mend: 'nearside up --log FILE'
  }
}

async function fleet(home: string): Promise<Check> {
  const title = 'Fleet'
  if (existsSync(join(home, 'device', 'identity'))) return fine(title, 'This device is enrolled.')
  return {
    title,
    state: 'optional',
    sentence: 'This device belongs to no fleet yet.',
    mend: 'nearside up'
  }
}

/** First line that a program prints; undefined when it is missing or fails. */
function firstLine(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? text.split('\n', 1)[0] : undefined))
  })
}
