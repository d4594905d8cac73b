// What a sensor group says: names of contract/metric-names.ts with values, and how often it is asked.

export interface SampleValue {
  readonly name: string
  /** Null: asked, but no value came. */
  readonly value: number | null
  /** Seconds between two values of this series. */
  readonly periodS: number
  /** True when this machine has no such sensor: nothing more will come. */
  readonly unavailable?: boolean
}

/** Values that became known at one moment. */
export interface TelemetrySample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly values: readonly SampleValue[]
}

export type Readings = Readonly<Record<string, number | null>>

/** Sensors that are read together. */
export interface SensorGroup {
  readonly periodS: number
  /** Series that are said to be unavailable when the first reading brings no value for them. */
  readonly names: readonly string[]
  /** A failed reading is a reading without values. */
  read(): Promise<Readings>
  /** Ends what the group keeps running. */
  stop?(): void
}
