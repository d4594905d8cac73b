// Makes pump.csv, the sample that comes with the machine-data analysis: a day and a half of a circulation
// pump, one row a minute, with three planted faults. Seeded: the same rows every time. Simulated, not
// measured; run `node analysis/machines/samples/make-pump.ts > analysis/machines/samples/pump.csv`.

const ROWS = 2400
const START = Date.UTC(2026, 2, 2, 6)
/** Minutes of one filling cycle of the vessel that the pump serves. */
const CYCLE = 48

/** The planted faults by rows, for tests. */
export const PUMP_FAULTS = [
  { series: 'vibration_mm_s', from: 1210, to: 1262, what: 'bearing fault growing, then replaced' },
  { series: 'pressure_bar', from: 1700, to: 1742, what: 'leak at the outlet valve' },
  { series: 'temperature_c', from: 2105, to: 2190, what: 'sensor stuck at one reading' }
] as const

/** The rows of the file, header first. */
export function pumpRows(): string[] {
  const noise = noiseSource(20260302)
  const rows = ['timestamp,pressure_bar,temperature_c,vibration_mm_s']
  let heat = 41
  for (let row = 0; row < ROWS; row++) {
    const phase = (2 * Math.PI * row) / CYCLE
    const load = 0.5 + 0.5 * Math.sin(phase)
    heat += 0.04 * (38 + 9 * load - heat) + 0.03 * noise()
    const leak = within(row, 1) ? 1.1 : 0
    const pressure = 4.2 + 0.6 * load - leak + 0.03 * noise()
    const wear = within(row, 0) ? 0.6 + (2.4 * (row - 1210)) / 52 : 0
    const vibration = 1.8 + 0.35 * load + wear + 0.07 * noise()
    const temperature = within(row, 2) ? 44.4 : heat + 0.05 * noise()
    const time = new Date(START + row * 60_000).toISOString().slice(0, 19).replace('T', ' ')
    // Two short gaps, as a historian leaves them when a logger restarts.
    const lost = (row >= 610 && row < 614) || row === 1555
    const cells = [pressure, temperature, vibration].map((value) => (lost ? '' : value.toFixed(3)))
    rows.push([time, ...cells].join(','))
  }
  return rows
}

function within(row: number, fault: number): boolean {
  const planted = PUMP_FAULTS[fault]
  return planted !== undefined && row >= planted.from && row <= planted.to
}

/** Roughly normal noise from a linear congruential generator (Numerical Recipes constants). */
function noiseSource(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return () => {
    let sum = 0
    for (let i = 0; i < 6; i++) sum += uniform()
    return (sum - 3) * Math.SQRT2
  }
}

if (import.meta.main) process.stdout.write(`${pumpRows().join('\n')}\n`)
