// Public face of the charts.

export { NsBars } from './bars.ts'
export type { ChartPoint, Domain } from './geometry.ts'
export { domainOf, lastValue } from './geometry.ts'
export { NsMovingBar } from './moving-bar.ts'
export { NsRolloutRail, type RailSegment } from './rollout-rail.ts'
export { NsSparkline } from './sparkline.ts'
export { NsSquares, type Square } from './squares.ts'
export { summarise } from './summary.ts'
export { type ChartEvent, NsTimeSeries } from './time-series.ts'
export { NsTimeline } from './timeline.ts'
