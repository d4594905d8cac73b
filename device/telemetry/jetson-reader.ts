// The GPU of a Jetson, once a period: from the kernel's files, and from tegrastats for what they do not give.
// tegrastats is started only where a figure is missing, because it is a process more.

import type { GpuReading } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type JetsonFigures, JetsonFiles, type JetsonIdentity } from './jetson-files.ts'
import { LineChild } from './line-child.ts'
import { runTool } from './run-tool.ts'
import { gpuRailW, parseTegrastats, type TegraLine } from './tegrastats.ts'

interface JetsonOptions {
  readonly clock: Clock
  /** Root of the file system; tests give their own. */
  readonly root?: string
  /** Programs; tests give their own. */
  readonly tegrastats?: string
  readonly nvpmodel?: string
}

/** The power mode changes when a person changes it. */
const MODE_PERIOD_MS = 30_000
const TEGRASTATS_RETRY_MS = 60_000
/** A line of tegrastats older than this says nothing of now, ms. */
const FRESH_MS = 5000

export class JetsonReader {
  readonly #options: JetsonOptions
  readonly #files: JetsonFiles
  readonly #identity: JetsonIdentity
  #tegrastats: LineChild | undefined
  #line: { readonly at: number; readonly figures: TegraLine } | undefined
  #mode: { readonly at: number; readonly name: string | null } | undefined
  #currentEvents: number | undefined

  private constructor(options: JetsonOptions, files: JetsonFiles, identity: JetsonIdentity) {
    this.#options = options
    this.#files = files
    this.#identity = identity
  }

  /** A reader of this board; undefined when it is no Jetson. */
  static async open(options: JetsonOptions): Promise<JetsonReader | undefined> {
    const files = new JetsonFiles(options.root)
    const identity = await files.identify()
    return identity ? new JetsonReader(options, files, identity) : undefined
  }

  get name(): string {
    return this.#identity.name
  }

  async read(): Promise<GpuReading> {
    const at = this.#options.clock.now()
    const files = await this.#files.read()
    const poor = files.loadPercent === null || files.temperatureC === null || files.rails.size === 0
    if (poor && !this.#tegrastats) this.#startTegrastats()
    const line = this.#line && at - this.#line.at <= FRESH_MS ? this.#line.figures : undefined
    const rails = files.rails.size > 0 ? files.rails : (line?.rails ?? files.rails)
    const bare = files.loadPercent === null && files.clockMhz === null
    return {
      ...{ at, index: 0, ...this.#identity, unifiedMemory: true },
      source: bare && line ? 'tegrastats' : 'sysfs',
      load: files.loadPercent ?? line?.loadPercent ?? null,
      memoryLoad: line?.memoryLoadPercent ?? null,
      memoryTotalMb: files.memoryTotalMb ?? line?.ramTotalMb ?? null,
      memoryUsedMb: files.memoryUsedMb ?? line?.ramUsedMb ?? null,
      temperatureC: files.temperatureC ?? line?.temperatureC ?? null,
      memoryTemperatureC: null,
      powerW: gpuRailW(rails),
      powerLimitW: gpuRailW(files.railLimits),
      clockMhz: files.clockMhz ?? line?.clockMhz ?? null,
      clockMaxMhz: files.clockMaxMhz,
      memoryClockMhz: line?.memoryClockMhz ?? null,
      fanPercent: files.fanPercent,
      ...{ pcieGeneration: null, pcieWidth: null },
      throttle: this.#throttle(files),
      ...{ eccCorrected: null, eccUncorrected: null, xid: null },
      powerMode: await this.#powerMode(at),
      processes: []
    }
  }

  stop(): void {
    this.#tegrastats?.stop()
    this.#tegrastats = undefined
  }

  #throttle(files: JetsonFigures): GpuReading['throttle'] {
    const before = this.#currentEvents ?? files.currentEvents
    this.#currentEvents = files.currentEvents
    const power = files.power || files.currentEvents > before
    return [
      ...(files.thermal ? (['thermal'] as const) : []),
      ...(power ? (['power'] as const) : [])
    ]
  }

  /** From the file that nvpmodel leaves, else from the program, which may be forbidden. */
  async #powerMode(at: number): Promise<string | null> {
    if (this.#mode && at - this.#mode.at < MODE_PERIOD_MS) return this.#mode.name
    const name = (await this.#files.powerMode()) ?? (await this.#askPowerMode())
    this.#mode = { at, name }
    return name
  }

  async #askPowerMode(): Promise<string | null> {
    const lines = await runTool(this.#options.nvpmodel ?? 'nvpmodel', ['-q'])
    for (const line of lines) {
      const name = /^NV Power Mode:\s*(\S+)/.exec(line)?.[1]
      if (name !== undefined) return name
    }
    return null
  }

  #startTegrastats(): void {
    const { clock, tegrastats = 'tegrastats' } = this.#options
    this.#tegrastats = new LineChild({
      clock,
      command: tegrastats,
      args: () => ['--interval', '1000'],
      onLine: (line) => {
        const figures = parseTegrastats(line)
        if (figures) this.#line = { at: clock.now(), figures }
      },
      restartMs: (end) => (end === 'absent' ? null : TEGRASTATS_RETRY_MS),
      silenceMs: () => TEGRASTATS_RETRY_MS
    })
    this.#tegrastats.start()
  }
}
