// Writes the sample log of a packaging line controller: a calm hour, then a worn sealing bar, jams, a stop.
// Seeded, so that the committed file can be made again: node analysis/logs/samples/line-controller.ts

const LINES = 400
const FAULT_AT = 270
const FAULT_END = 330

/** Small generator after Park and Miller; the same numbers on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** The text of the sample, one line a message. */
export function lineControllerLog(): string {
  const pick = random(20_261)
  const lines: string[] = []
  let at = Date.UTC(2026, 2, 9, 6, 0, 0)
  let batch = 4711
  for (let i = 0; lines.length < LINES; i++) {
    const faulty = lines.length >= FAULT_AT && lines.length < FAULT_END
    at += faulty ? 400 + pick(1500) : 5_000 + pick(8_000)
    if (i % 90 === 0) batch++
    const [level, component, message] = faulty ? faultMessage(pick) : calmMessage(pick, batch)
    const time = new Date(at).toISOString().replace('T', ' ').replace('Z', '').replace('.', ',')
    lines.push(`${time} ${level.padEnd(5)} [plc-${pick(3) + 1}] ${component}: ${message}`)
  }
  return `${lines.join('\n')}\n`
}

type Message = readonly [level: string, component: string, message: string]

function calmMessage(pick: (below: number) => number, batch: number): Message {
  const kind = pick(20)
  const carton = 100_000 + pick(90_000)
  if (kind < 8)
    return [
      'INFO',
      'line.Sealer',
      `Carton ${carton} sealed at ${178 + pick(6)}.${pick(10)} C in ${410 + pick(60)} ms`
    ]
  if (kind < 12)
    return ['INFO', 'line.Labeller', `Label LOT-${batch}-${pick(900)} printed for carton ${carton}`]
  if (kind < 15)
    return ['INFO', 'line.Scale', `Carton ${carton} weighs ${1490 + pick(25)} g, target 1500 g`]
  if (kind < 17)
    return [
      'DEBUG',
      'line.Conveyor',
      `Belt ${pick(4) + 1} speed ${40 + pick(5)} cm/s, motor current ${2 + pick(2)}.${pick(10)} A`
    ]
  if (kind < 18)
    return [
      'INFO',
      'net.Gateway',
      `Sent ${20 + pick(60)} values to 10.20.0.${5 + pick(3)}:502 in ${3 + pick(20)} ms`
    ]
  if (kind < 19) return ['INFO', 'line.Batch', `Batch ${batch} has ${pick(900)} of 900 cartons`]
  return [
    'WARN',
    'line.Scale',
    `Carton ${carton} weighs ${1460 + pick(20)} g, below target, rejected`
  ]
}

function faultMessage(pick: (below: number) => number): Message {
  const kind = pick(12)
  const carton = 100_000 + pick(90_000)
  if (kind < 5)
    return [
      'ERROR',
      'line.Sealer',
      `Sealing bar temperature ${120 + pick(40)}.${pick(10)} C is out of range for carton ${carton}`
    ]
  if (kind < 8)
    return [
      'ERROR',
      'line.Conveyor',
      `Jam detected at station ${pick(4) + 1}, belt ${pick(4) + 1} stopped`
    ]
  if (kind < 10)
    return ['WARN', 'line.Sealer', `Heater output at ${96 + pick(5)} % for ${10 + pick(50)} s`]
  if (kind < 11)
    return [
      'FATAL',
      'line.Safety',
      `Emergency stop raised by zone ${pick(3) + 1}, restart needs an operator`
    ]
  return ['INFO', 'line.Conveyor', `Belt ${pick(4) + 1} restarted after ${5 + pick(40)} s`]
}

if (import.meta.main) process.stdout.write(lineControllerLog())
