// The lag of a device's event loop between two readings of its own histogram at /metrics.

const FAMILY = 'nearside_event_loop_lag_seconds_bucket'

/** Cumulative counts of the lag histogram, by upper bound in ms. */
export async function lagBuckets(device: string): Promise<Map<number, number>> {
  const text = await (await fetch(`${device}/metrics`)).text()
  const found = text.matchAll(new RegExp(`^${FAMILY}\\{le="([^"]+)"\\} (\\d+)`, 'gm'))
  return new Map(
    [...found].map(([, bound = '', count = '']) => [
      bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * 1000,
      Number(count)
    ])
  )
}

/** Percentile between two readings of the histogram, interpolated inside its bucket, ms. */
export function lagPercentileMs(
  before: Map<number, number>,
  after: Map<number, number>,
  share: number
): number {
  const counts = [...after].map(
    ([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const
  )
  const wanted = (counts.at(-1)?.[1] ?? 0) * share
  let [low, below] = [0, 0]
  for (const [bound, count] of counts) {
    if (count >= wanted)
      return Number.isFinite(bound)
        ? low + ((bound - low) * (wanted - below)) / Math.max(1, count - below)
        : low
    ;[low, below] = [bound, count]
  }
  return Number.NaN
}
