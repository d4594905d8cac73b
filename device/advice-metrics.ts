// What holds each model back, for Prometheus: one series a model, named by its bottleneck.

import { Gauge, type Registry } from 'prom-client'
import type { AdvisorOverview } from '../contract/index.ts'

/** Adds the family to the registry of the process. */
export function addAdviceMetrics(registry: Registry, overview: () => AdvisorOverview): void {
  new Gauge({
    name: 'nearside_advice_info',
    help: 'What holds a model back.',
    labelNames: ['model', 'bottleneck'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { model, bottleneck } of overview().advice) this.set({ model, bottleneck }, 1)
    }
  })
}
