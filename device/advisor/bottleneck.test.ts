import { test } from 'tap'
import { Advice, BOTTLENECKS } from '../../contract/index.ts'
import { anyEvidence, anyGpuEvidence } from '../../test/harness/any-evidence.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { bytes, rounded } from './advice-figures.ts'
import type { Evidence } from './advisor-evidence.ts'
import { bottleneck } from './bottleneck.ts'

const closed = (over: Partial<Evidence['reasons']>): Evidence['reasons'] => ({
  ...{ full: 0, deadline: 0, 'no-gain': 0, only: 0, throttled: 0, shared: 0 },
  ...over
})
const machine = (over: Partial<Evidence['machine']>): Evidence['machine'] => ({
  ...anyEvidence().machine,
  ...over
})
const gpu = (over: Parameters<typeof anyGpuEvidence>[0]): Partial<Evidence> => ({
  rung: 'cuda',
  gpu: anyGpuEvidence(over)
})
/** Would be `compute` if nothing stood before it. */
const BUSY: Partial<Evidence> = { busy: 0.99, queueMs: 30, reasons: closed({ full: 1 }) }

type Situation = readonly [what: string, Advice['bottleneck'], Partial<Evidence>, RegExp]

const SITUATIONS: readonly Situation[] = [
  ['a model at ease', 'none', {}, /busy 42 % of the time and requests wait 1 ms/],
  ['a model that nobody asks', 'none', { requests: 0, batches: 0, rows: 0 }, /0 requests in 60 s/],
  ['too few answers to judge', 'none', { ...BUSY, requests: 19 }, /19 requests .* 20 are needed/],
  ['busy executors', 'compute', BUSY, /The executor computes 99 % of the time, 8 ms a batch/],
  ['several busy executors', 'compute', { ...BUSY, servers: 3 }, /The 3 executors compute 99 %/],
  ['executors right at the threshold', 'none', { busy: 0.85 }, /85 %/],
  [
    'waiting while executors idle',
    'queue',
    { queueMs: 20, busy: 0.6 },
    /wait 20 ms for a batch of 8.4 ms, while the executors are idle 40 % of the time/
  ],
  [
    'busy with batches that start far from full',
    'queue',
    { queueMs: 20, busy: 0.95, reasons: closed({ deadline: 0.4, only: 0.3, full: 0.3 }) },
    /70 % of the batches start before they are full/
  ],
  [
    'busy executors whose batch everybody waits for once',
    'compute',
    { queueMs: 10, busy: 0.95 },
    /95 %/
  ],
  [
    'waiting for the running batch of executors that idle now and then',
    'none',
    { queueMs: 8.2, busy: 0.8 },
    /80 %/
  ],
  [
    'busy with batches that are nearly full',
    'compute',
    { queueMs: 20, busy: 0.95, rows: 21_000, reasons: closed({ 'no-gain': 1 }) },
    /95 %/
  ],
  [
    'a batch that takes most of its time on the way',
    'host-copy',
    { busy: 0.9, computeMs: 2, roundTripMs: 9, batchBytes: 19_267_584 },
    /Of the 9 ms that a batch takes, 7 ms go into handing it over/
  ],
  ['the same without any pressure', 'none', { busy: 0.2, computeMs: 2, roundTripMs: 9 }, /20 %/],
  [
    'a disk that everything waits for',
    'disk',
    { ...BUSY, machine: machine({ ioStallPercent: 35 }) },
    /waits for the disk 35 % of the time/
  ],
  [
    'a model that is swapped in and out',
    'disk',
    { ...BUSY, loadingShare: 0.5, machine: machine({ diskMbPerS: null }) },
    /being loaded in 50 % of the samples/
  ],
  [
    'a full machine',
    'memory',
    { ...BUSY, machine: machine({ memoryPercent: 97 }) },
    /memory of this machine is 97 % full/
  ],
  ['a full GPU', 'memory', { ...BUSY, ...gpu({ memoryPercent: 96 }) }, /NVIDIA H100 is 96 % full/],
  [
    'a full machine beside a GPU with memory of its own',
    'compute',
    { ...BUSY, ...gpu({}), machine: machine({ memoryPercent: 97 }) },
    /99 %/
  ],
  [
    'a Jetson whose one memory is full',
    'memory',
    { ...BUSY, ...gpu({ unifiedMemory: true }), machine: machine({ memoryPercent: 97 }) },
    /97 % full/
  ],
  [
    'kernels that wait for memory',
    'memory',
    { ...BUSY, ...gpu({ loadPercent: 80, memoryLoadPercent: 72 }) },
    /busy for 90 % of the time in which it computes/
  ],
  [
    'little memory traffic of a GPU that hardly works',
    'compute',
    { ...BUSY, ...gpu({ loadPercent: 10, memoryLoadPercent: 10 }) },
    /99 %/
  ],
  [
    'a GPU at its power limit',
    'power',
    { ...BUSY, ...gpu({ powerShare: 1, powerW: 699.7 }) },
    /at 700 W lowers its clock because of its power limit in 100 %/
  ],
  ['a power limit without a figure', 'power', gpu({ powerShare: 0.5, powerW: null }), /50 %/],
  [
    'heat before everything else',
    'thermal',
    {
      ...BUSY,
      ...gpu({ thermalShare: 0.7, powerShare: 1, memoryPercent: 99, temperatureC: 87 }),
      loadingShare: 1
    },
    /at 87 °C lowers its clock because of heat in 70 % of its readings/
  ],
  ['heat without a sensor', 'thermal', gpu({ thermalShare: 1, temperatureC: null }), /100 %/],
  [
    'batches that the scheduler holds small',
    'thermal',
    { ...BUSY, reasons: closed({ throttled: 0.8, full: 0.2 }) },
    /made 80 % of the batches smaller/
  ],
  [
    'the same while power is at its limit now and then',
    'power',
    { ...gpu({ powerShare: 0.2 }), reasons: closed({ throttled: 1 }) },
    /100 %/
  ],
  ['heat that flickers', 'none', gpu({ thermalShare: 0.4 }), /42 %/]
]

for (const [what, expected, over, sentence] of SITUATIONS)
  test(`${what}: ${expected}`, async (t) => {
    const advice = Advice.parse(bottleneck(anyEvidence(over)))
    t.equal(advice.bottleneck, expected, advice.sentence)
    t.match(advice.sentence, sentence)
    t.ok(advice.evidence.length > 0)
    t.match(advice, { at: 1000, model: 'tiny', recommendation: null })
  })

test('whatever the figures, there is one verdict, and its sentence names a figure', async (t) => {
  const random = new SeededRandom(4)
  const some = <Item>(items: readonly Item[]): Item => random.pick(items)
  const odd = (): number =>
    some([0, 0, random.next(), 100 * random.next(), 1e9, Number.NaN, Infinity])
  const orNull = (): number | null => some([null, odd()])
  const seen = new Set<string>()
  for (let round = 0; round < 3000; round += 1) {
    const reasons = closed({ full: odd(), deadline: odd(), only: odd() })
    const around = { memoryPercent: orNull(), diskMbPerS: orNull(), ioStallPercent: orNull() }
    const card = {
      ...{ loadPercent: orNull(), memoryPercent: orNull(), memoryLoadPercent: orNull() },
      ...{ temperatureC: orNull(), powerW: orNull(), freeMb: orNull() },
      ...{ thermalShare: some([0, odd()]), powerShare: some([0, odd()]) }
    }
    const advice = bottleneck(
      anyEvidence({
        ...{ requests: some([6000, odd()]), rows: odd(), batches: odd(), seconds: odd() },
        ...{ queueMs: odd(), computeMs: odd(), busy: odd(), roundTripMs: orNull(), reasons },
        ...{ loadingShare: some([0, odd()]), batchBytes: orNull(), machine: machine(around) },
        gpu: some([null, anyGpuEvidence(card)])
      })
    )
    seen.add(advice.bottleneck)
    const text = JSON.stringify(Advice.parse(advice))
    if (/NaN|Infinity|undefined/.test(text) || !/\d/.test(advice.sentence)) t.fail(text)
  }
  t.same([...seen].sort(), [...BOTTLENECKS].sort(), 'every verdict came up')
})

test('figures are short, and never a number that is none', async (t) => {
  t.same([0.0123, 1.26, 12.6, Number.NaN].map(rounded), ['0.012', '1.3', '13', '0'])
  t.same([12, 1500, 19_267_584].map(bytes), ['12 B', '1.5 kB', '19 MB'])
})
