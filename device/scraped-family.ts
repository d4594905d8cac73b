// A family of metrics whose samples are made anew at each scrape, from what the parts of the device know: what is
// gone has no sample any more. It counts nothing itself.

import { Counter, Gauge, type Registry } from 'prom-client'

/** Labels and value. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

interface ScrapedFamily {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly samples: () => Iterable<Sample>
}

export function addGauge(registry: Registry, { samples, ...about }: ScrapedFamily): void {
  new Gauge({
    ...{ ...about, registers: [registry] },
    collect() {
      this.reset()
      for (const [labels, value] of samples()) this.set(labels, value)
    }
  })
}

/** For what only grows while the device runs; OpenMetrics says `_total`. */
export function addCounter(registry: Registry, { samples, ...about }: ScrapedFamily): void {
  new Counter({
    ...{ ...about, registers: [registry] },
    collect() {
      this.reset()
      for (const [labels, value] of samples()) this.inc(labels, value)
    }
  })
}
