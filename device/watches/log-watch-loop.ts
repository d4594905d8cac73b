// What the log watch thread does: follows sources, feeds the mill, posts an overview every two seconds and a
// record every ten, keeps what was learnt in a file. Clock, sources and post are handed in.

import type { MinerSnapshot } from '../../analysis/logs/log-miner.ts'
import type { LogSource } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { FilePosition, JournalTail, LogTail } from '../sources/index.ts'
import { LogMill, type MillState } from './log-mill.ts'
import type { FromLogWatch, LogWatchPlan } from './log-watch-messages.ts'

type TailOptions = ConstructorParameters<typeof LogTail>[0]
type JournalOptions = ConstructorParameters<typeof JournalTail>[0]

export interface LoopPorts {
  readonly clock: Clock
  readonly tell: (message: FromLogWatch) => void
  readonly openTail: (
    options: TailOptions
  ) => Pick<LogTail, 'start' | 'stop' | 'sources' | 'positions'>
  readonly openJournal: (options: JournalOptions) => Pick<JournalTail, 'start' | 'stop' | 'status'>
}

/** What survives a restart. */
export interface LogWatchState {
  readonly version: 1
  readonly miner: MinerSnapshot
  readonly mill: MillState
  readonly positions: Readonly<Record<string, FilePosition>>
}

const OVERVIEW_MS = 2_000
const RECORD_EVERY = 5 // overviews
const SAVE_EVERY = 30 // overviews: once a minute

export class LogWatchLoop {
  readonly #plan: LogWatchPlan
  readonly #ports: LoopPorts
  readonly #mill: LogMill
  #tail: ReturnType<LoopPorts['openTail']> | undefined
  #journals: ReturnType<LoopPorts['openJournal']>[] = []
  #cancel: Cancel | undefined
  #ticks = 0
  #saving: Promise<void> = Promise.resolve()

  constructor(plan: LogWatchPlan, ports: LoopPorts) {
    this.#plan = plan
    this.#ports = ports
    this.#mill = new LogMill(ports.clock.now())
  }

  async start(): Promise<void> {
    const { clock, openTail, openJournal } = this.#ports
    const { state } = this.#plan
    if (state) this.#mill.restore(state.miner, state.mill)
    const onLines = (source: string, lines: readonly string[]): void =>
      this.#mill.add(source, lines, clock.now())
    const paths = this.#plan.sources.flatMap((source) =>
      source.kind === 'file' ? [source.path] : []
    )
    this.#tail = openTail({ paths, onLines, clock, positions: state?.positions ?? {} })
    await this.#tail.start()
    for (const source of this.#plan.sources) {
      if (source.kind !== 'journal') continue
      const journal = openJournal({ unit: source.unit, onLines, clock })
      journal.start()
      this.#journals.push(journal)
    }
    this.#cancel = clock.every(OVERVIEW_MS, () => this.tick())
    this.tick()
  }

  /** One beat of two seconds. */
  tick(): void {
    const now = this.#ports.clock.now()
    const { tell } = this.#ports
    const record = this.#ticks > 0 && this.#ticks % RECORD_EVERY === 0
    for (const anomaly of this.#mill.judge(now, record)) tell({ kind: 'anomaly', anomaly })
    if (record) tell({ kind: 'record', record: this.#mill.takeRecord(now) })
    tell({ kind: 'overview', overview: this.#mill.overview(now, this.#sources()) })
    if (++this.#ticks % SAVE_EVERY === 0) this.#saving = this.#save()
  }

  #sources(): LogSource[] {
    return [...(this.#tail?.sources() ?? []), ...this.#journals.map((journal) => journal.status())]
  }

  /** A state that cannot be written is no reason to stop watching; it is tried again in a minute. */
  async #save(): Promise<void> {
    await this.#saving
    const { miner, mill } = this.#mill.save()
    const state: LogWatchState = {
      version: 1,
      miner,
      mill,
      positions: this.#tail?.positions() ?? {}
    }
    await writeFileAtomic(this.#plan.stateFile, JSON.stringify(state)).catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    await this.#tail?.stop()
    for (const journal of this.#journals) await journal.stop()
    await this.#save()
  }
}
