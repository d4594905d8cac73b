import { test } from 'tap'
import { anyTrace } from '../../test/harness/any-evidence.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { capacity, fitCostLine, lineMs, steeper } from './cost-line.ts'
import { traceP95Ms } from './trace-latency.ts'

const sizes = Array.from({ length: 60 }, (_, index) => 1 + (index % 8))

test('the line that batches follow is found, with what they cost outside', async (t) => {
  const traces = sizes.map((rows) => anyTrace({ rows, computeMs: 3 + 0.5 * rows }))
  const line = fitCostLine(traces)
  if (!line) throw new Error('no line')
  t.ok(Math.abs(line.alphaMs - 3) < 1e-9 && Math.abs(line.betaMs - 0.5) < 1e-9)
  t.ok(line.errorMs < 1e-9)
  t.ok(Math.abs(lineMs(line, 10) - 8) < 1e-9)
  t.ok(Math.abs((fitCostLine(traces, 2)?.alphaMs ?? 0) - 5) < 1e-9)
  t.equal(capacity({ ...line, alphaMs: 0, betaMs: 0 }, 4), 0)
})

test('the true slope lies within two standard errors in about 95 of 100 fits', async (t) => {
  const random = new SeededRandom(7)
  let within = 0
  for (let round = 0; round < 400; round += 1) {
    const noise = (): number => random.next() + random.next() + random.next() - 1.5
    const line = fitCostLine(
      sizes.map((rows) => anyTrace({ rows, computeMs: 3 + 0.5 * rows + noise() }))
    )
    if (line && Math.abs(line.betaMs - 0.5) <= 2 * line.errorMs) within += 1
  }
  t.ok(within > 360 && within < 400, `${within} of 400`)
})

test('neither alpha nor beta falls below 0, however steep the line is made', async (t) => {
  const random = new SeededRandom(8)
  for (let round = 0; round < 300; round += 1) {
    const line = fitCostLine(
      sizes.map((rows) => anyTrace({ rows, computeMs: 10 * random.next() + rows * random.next() }))
    )
    for (const errors of [-5, 0, 5]) {
      const other = line && steeper(line, errors)
      if (!other || other.alphaMs < 0 || other.betaMs < 0) t.fail(JSON.stringify(other))
    }
  }
  const falling = fitCostLine(sizes.map((rows) => anyTrace({ rows, computeMs: 20 - rows })))
  t.equal(falling?.betaMs, 0)
})

test('a disturbed batch does not bend the line, another bucket neither', async (t) => {
  const traces = sizes.map((rows) => anyTrace({ rows, computeMs: 3 + 0.5 * rows }))
  const other = anyTrace({ bucket: 'x:FP32[9]', rows: 8, computeMs: 90 })
  const line = fitCostLine([...traces, anyTrace({ rows: 1, computeMs: 500 }), other])
  t.ok(line && Math.abs(line.betaMs - 0.5) < 1e-9)
})

test('too few batches, or batches of one size, give no line', async (t) => {
  t.equal(fitCostLine([]), null)
  t.equal(fitCostLine(sizes.slice(0, 19).map((rows) => anyTrace({ rows }))), null)
  t.equal(fitCostLine(sizes.map(() => anyTrace({ rows: 4 }))), null)
})

test('the 95th percentile weighs batches by their requests', async (t) => {
  t.equal(traceP95Ms([]), null)
  const fast = anyTrace({ requests: 96, queueMinMs: 1, queueMaxMs: 1, computeMs: 2 })
  const slow = anyTrace({ requests: 4, queueMinMs: 50, queueMaxMs: 50, computeMs: 2 })
  t.equal(traceP95Ms([fast, slow]), 3)
  t.equal(traceP95Ms([fast, slow, slow]), 52)
  const spread = anyTrace({ requests: 100, queueMinMs: 0, queueMaxMs: 30, computeMs: 1 })
  t.equal(traceP95Ms([spread]), 31)
})
