// Public face of the charts.

export type { ChartPoint, Domain } from './geometry.ts'
export { domainOf, lastValue } from './geometry.ts'
export { NsMovingBar } from './moving-bar.ts'
export { NsSparkline } from './sparkline.ts'
export { summarise } from './summary.ts'
export { type ChartEvent, NsTimeSeries } from './time-series.ts'
export { NsTimeline } from './timeline.ts'
