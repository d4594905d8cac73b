// What a Jetson's kernel says of its GPU in /sys, /proc and /etc. Reads files below a root that tests give;
// every file may be missing. Paths as on JetPack 5 to 7, Orin and Thor.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { celsius } from './tegrastats.ts'

/** What the files say now; everything may be missing. */
export interface JetsonFigures {
  readonly loadPercent: number | null
  readonly clockMhz: number | null
  readonly clockMaxMhz: number | null
  readonly temperatureC: number | null
  /** Power of the INA3221 rails by name, W. */
  readonly rails: ReadonlyMap<string, number>
  /** Power at which the warning of a rail comes, W. */
  readonly railLimits: ReadonlyMap<string, number>
  readonly fanPercent: number | null
  readonly memoryTotalMb: number | null
  readonly memoryUsedMb: number | null
  /** A throttle alert of the thermal framework is on, or a current alarm of a rail. */
  readonly thermal: boolean
  readonly power: boolean
  /** Under-voltage and average over-current events since the start of the machine. */
  readonly currentEvents: number
}

/** What does not change while the machine runs. */
export interface JetsonIdentity {
  readonly name: string
  /** `L4T 36.4.3`; null when the release file is missing. */
  readonly driver: string | null
  readonly uuid: string
}

/** Names of the GPU's node in the device tree, Nano to Thor. */
const GPU_NODE = /^(?:gpu|gm20b|gp10b|gv11b|ga10b|gb10b)$/
const LOADS = [
  'sys/devices/platform/gpu.0/load',
  'sys/devices/platform/bus@0/17000000.gpu/load',
  'sys/devices/platform/17000000.gpu/load',
  'sys/devices/gpu.0/load'
]

export class JetsonFiles {
  readonly #root: string

  constructor(root = '/') {
    this.#root = root
  }

  /** Who this board is; null when it is no Jetson. */
  async identify(): Promise<JetsonIdentity | null> {
    const [model, compatible, release, serial] = await Promise.all([
      this.#text('proc/device-tree/model'),
      this.#text('proc/device-tree/compatible'),
      this.#text('etc/nv_tegra_release'),
      this.#text('proc/device-tree/serial-number')
    ])
    if (!/nvidia,tegra/.test(compatible) && !/jetson/i.test(model) && release === '') return null
    const [, major, revision] = /R(\d+) \(release\), REVISION: ([\d.]+)/.exec(release) ?? []
    return {
      name: model || 'NVIDIA Jetson',
      driver: major === undefined ? null : `L4T ${major}.${revision}`,
      uuid: serial === '' ? 'tegra-0' : `tegra-${serial}`
    }
  }

  /** One reading; costs about thirty small files. */
  async read(): Promise<JetsonFigures> {
    const [load, clocks, zones, hwmon, memory, alerts] = await Promise.all([
      this.#load(),
      this.#clocks(),
      this.#temperature(),
      this.#hwmon(),
      this.#memory(),
      this.#alerts()
    ])
    return {
      loadPercent: load,
      ...clocks,
      temperatureC: zones,
      ...hwmon,
      ...memory,
      thermal: alerts
    }
  }

  /** Name of the power mode (`MAXN`, `15W`); null where nvpmodel has left no trace. */
  async powerMode(): Promise<string | null> {
    const status = await this.#text('var/lib/nvpmodel/status')
    const id = /pmode:\s*0*(\d+)/.exec(status)?.[1]
    if (id === undefined) return null
    const settings = await this.#text('etc/nvpmodel.conf')
    for (const [, mode, name] of settings.matchAll(/POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)/g))
      if (mode === id) return name ?? null
    return `mode ${id}`
  }

  /** Per mille over the last moments, as %. */
  async #load(): Promise<number | null> {
    for (const path of LOADS) {
      const value = await this.#number(path)
      if (value !== null) return value / 10
    }
    const gpu = await this.#devfreq()
    const value = gpu === undefined ? null : await this.#number(`${gpu}/device/load`)
    return value === null ? null : value / 10
  }

  async #clocks(): Promise<Pick<JetsonFigures, 'clockMhz' | 'clockMaxMhz'>> {
    const gpu = await this.#devfreq()
    if (gpu === undefined) return { clockMhz: null, clockMaxMhz: null }
    const [now, most] = await Promise.all([
      this.#number(`${gpu}/cur_freq`),
      this.#number(`${gpu}/max_freq`)
    ])
    return { clockMhz: now && now / 1e6, clockMaxMhz: most && most / 1e6 }
  }

  /** Folder of the GPU's frequency governor. */
  async #devfreq(): Promise<string | undefined> {
    for (const name of await this.#list('sys/class/devfreq')) {
      const folder = `sys/class/devfreq/${name}`
      if (name.startsWith('gpu-gpc-')) return folder // Thor
      const node = await this.#text(`${folder}/device/of_node/name`)
      if (GPU_NODE.test(node)) return folder
    }
    return undefined
  }

  async #temperature(): Promise<number | null> {
    for (const name of await this.#list('sys/class/thermal')) {
      const folder = `sys/class/thermal/${name}`
      if (!name.startsWith('thermal_zone')) continue
      if (!/^gpu-therm(?:al)?$/i.test(await this.#text(`${folder}/type`))) continue
      const value = await this.#number(`${folder}/temp`)
      return value === null ? null : celsius(value / 1000)
    }
    return null
  }

  /** A throttle alert of the CPU or GPU is on (cooling devices of Orin and Thor). */
  async #alerts(): Promise<boolean> {
    for (const name of await this.#list('sys/class/thermal')) {
      const folder = `sys/class/thermal/${name}`
      if (!name.startsWith('cooling_device')) continue
      if (!/throttle-alert$/.test(await this.#text(`${folder}/type`))) continue
      if (((await this.#number(`${folder}/cur_state`)) ?? 0) > 0) return true
    }
    return false
  }

  async #hwmon(): Promise<
    Pick<JetsonFigures, 'rails' | 'railLimits' | 'fanPercent' | 'power' | 'currentEvents'>
  > {
    const rails = new Map<string, number>()
    const railLimits = new Map<string, number>()
    let [power, fanPercent, currentEvents] = [false, null as number | null, 0]
    for (const entry of await this.#list('sys/class/hwmon')) {
      const folder = `sys/class/hwmon/${entry}`
      const name = await this.#text(`${folder}/name`)
      if (name === 'ina3221' || name === 'ina3221x')
        power = (await this.#rails(folder, { rails, railLimits })) || power
      else if (name === 'pwmfan') {
        const duty = await this.#number(`${folder}/pwm1`)
        if (duty !== null) fanPercent = Math.round((100 * duty) / 255)
      } else if (name === 'soctherm_oc') {
        // The third counter counts spikes that ordinary load makes several times a second.
        for (const event of ['oc1', 'oc2'])
          currentEvents += (await this.#number(`${folder}/${event}_event_cnt`)) ?? 0
      }
    }
    return { rails, railLimits, fanPercent, power, currentEvents }
  }

  /** Adds the rails of one INA3221; true when one of them has a current alarm. */
  async #rails(
    folder: string,
    into: { readonly rails: Map<string, number>; readonly railLimits: Map<string, number> }
  ): Promise<boolean> {
    let alarm = false
    for (const channel of [1, 2, 3]) {
      const label = await this.#text(`${folder}/in${channel}_label`)
      if (label === '' || label === 'NC') continue
      const [mV, mA, most, warned, critical] = await Promise.all(
        [`in${channel}_input`, `curr${channel}_input`, `curr${channel}_max`]
          .concat([`curr${channel}_max_alarm`, `curr${channel}_crit_alarm`])
          .map((file) => this.#number(`${folder}/${file}`))
      )
      if (mV != null && mA != null) into.rails.set(label, (mV * mA) / 1e6)
      if (mV != null && most != null) into.railLimits.set(label, (mV * most) / 1e6)
      alarm ||= warned === 1 || critical === 1
    }
    return alarm
  }

  async #memory(): Promise<Pick<JetsonFigures, 'memoryTotalMb' | 'memoryUsedMb'>> {
    const text = await this.#text('proc/meminfo')
    const kib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
    const [total, free] = [kib('MemTotal'), kib('MemAvailable')]
    const mb = (value: number): number | null =>
      Number.isNaN(value) ? null : Math.round(value / 1024)
    return { memoryTotalMb: mb(total), memoryUsedMb: mb(total - free) }
  }

  /** Names in a folder in the order of their numbers; empty when there is no such folder. */
  async #list(path: string): Promise<string[]> {
    const names = await readdir(join(this.#root, path)).catch((): string[] => [])
    return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  }

  /** Text of a file without the zero bytes of the device tree; empty when it cannot be read. */
  async #text(path: string): Promise<string> {
    const text = await readFile(join(this.#root, path), 'utf8').catch(() => '')
    return text.replaceAll('\0', ' ').trim()
  }

  async #number(path: string): Promise<number | null> {
    const text = await this.#text(path)
    const value = Number(text)
    return text === '' || !Number.isFinite(value) ? null : value
  }
}
