// What holds each model back, for Prometheus: one series a model, named by its bottleneck.

import type { Registry } from 'prom-client'
import type { AdvisorOverview } from '../contract/index.ts'
import { addGauge } from './scraped-family.ts'

/** Adds the family to the registry of the process. */
export function addAdviceMetrics(registry: Registry, overview: () => AdvisorOverview): void {
  addGauge(registry, {
    name: 'nearside_advice_info',
    help: 'What holds a model back.',
    labelNames: ['model', 'bottleneck'],
    samples: () => overview().advice.map(({ model, bottleneck }) => [{ model, bottleneck }, 1])
  })
}
