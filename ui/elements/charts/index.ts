// Public face of the charts.

export { type ColumnBar, NsColumns } from './columns.ts'
export type { ChartPoint, Domain } from './geometry.ts'
export { domainOf, lastValue } from './geometry.ts'
export { Measured } from './measured.ts'
export { NsMiniBars } from './mini-bars.ts'
export { NsMovingBar } from './moving-bar.ts'
export { NsSparkline } from './sparkline.ts'
export { summarise } from './summary.ts'
export { type ChartEvent, NsTimeSeries } from './time-series.ts'
export { NsTimeline } from './timeline.ts'
