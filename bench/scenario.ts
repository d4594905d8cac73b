// What a benchmark is: one question a file. It measures, says what must hold, and keeps the details.

export interface ScenarioRow {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** The bound that the product sets itself, as text: "≤ 20". */
  readonly must?: string
  readonly pass?: boolean
}

export interface ScenarioResult {
  readonly rows: readonly ScenarioRow[]
  /** Single runs, the competitor's figures, the set-up. */
  readonly detail: unknown
  /** What computed, when that is not the processor. */
  readonly device?: string
}

export interface Scenario {
  readonly name: string
  readonly title: string
  /** Undefined when this machine lacks what is to be measured; it has said so then. */
  run(): Promise<ScenarioResult | undefined>
}

/** A result as it is committed. */
export interface StoredResult extends Omit<ScenarioResult, 'device'> {
  readonly name: string
  readonly title: string
  readonly date: string
  readonly machine: {
    readonly cpu: string
    /** What computed, when that is not the processor. */
    readonly device?: string
    readonly cores: number
    readonly memoryGiB: number
    readonly node: string
    readonly os: string
  }
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
