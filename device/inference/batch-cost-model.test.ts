import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { BatchCosting, BatchCostModel, costOf, rowsWithin } from './batch-cost-model.ts'

test('fixed and proportional cost are recovered from noisy batches of mixed size', async (t) => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new SeededRandom(seed)
    const [alpha, beta] = [0.5 + 10 * random.next(), 0.05 + 2 * random.next()]
    const model = new BatchCostModel()
    for (let batch = 0; batch < 300; batch += 1) {
      const rows = random.whole(1, 32)
      model.observe(rows, (alpha + beta * rows) * (0.95 + 0.1 * random.next()))
    }
    for (const rows of [1, 8, 16, 32, 48]) {
      const expected = alpha + beta * rows
      const predicted = costOf(model.costs ?? { alphaMs: 0, betaMs: 0 }, rows)
      if (Math.abs(predicted - expected) > 0.12 * (alpha + beta * 16))
        t.fail(`seed ${seed}, ${rows} rows: ${predicted} instead of ${expected}`)
    }
  }
})

test('neither cost is ever negative, whatever is observed', async (t) => {
  const random = new SeededRandom(5)
  for (let run = 0; run < 200; run += 1) {
    const model = new BatchCostModel()
    for (let batch = 0; batch < 20; batch += 1) {
      model.observe(random.whole(1, 64), 100 * random.next() ** 4)
      const { alphaMs = -1, betaMs = -1 } = model.costs ?? {}
      if (!(alphaMs >= 0 && betaMs >= 0 && Number.isFinite(alphaMs + betaMs)))
        t.fail(`run ${run}: ${alphaMs}, ${betaMs}`)
    }
  }
  const falling = new BatchCostModel()
  for (const [rows, ms] of [
    [1, 30],
    [2, 20],
    [3, 10]
  ] as const)
    falling.observe(rows, ms)
  t.equal(falling.costs?.betaMs, 0)
  const convex = new BatchCostModel()
  for (const rows of [1, 2, 4, 8, 16]) convex.observe(rows, rows * rows)
  t.equal(convex.costs?.alphaMs, 0)
})

test('while all batches have one size, half of the cost is taken as fixed', async (t) => {
  const model = new BatchCostModel()
  t.equal(model.costs, undefined)
  for (let batch = 0; batch < 10; batch += 1) model.observe(4, 8)
  t.match(model.costs, { alphaMs: 4, betaMs: 1 })
})

test('it follows a slower clock, but not a single hiccup', async (t) => {
  const model = new BatchCostModel()
  const learn = (times: number, factor: number): void => {
    for (let batch = 0; batch < times; batch += 1) {
      const rows = 1 + (batch % 8)
      model.observe(rows, factor * (2 + rows))
    }
  }
  const at8 = (): number => costOf(model.costs ?? { alphaMs: 0, betaMs: 0 }, 8)
  learn(100, 1)
  t.ok(Math.abs(at8() - 10) < 0.2)
  model.observe(8, 10_000)
  t.ok(at8() < 13, 'a pause of the machine counts as no more than four times the expected')
  learn(300, 2)
  t.ok(Math.abs(at8() - 20) < 0.5, 'half the clock')
})

test('impossible observations are left out', async (t) => {
  const model = new BatchCostModel()
  model.observe(0, 5)
  model.observe(2, Number.NaN)
  model.observe(2, -1)
  t.equal(model.costs, undefined)
})

test('rows within a time are the most that fit', async (t) => {
  const random = new SeededRandom(9)
  for (let run = 0; run < 1000; run += 1) {
    const costs = { alphaMs: 5 * random.next(), betaMs: 0.01 + random.next() }
    const budget = 20 * random.next()
    const rows = rowsWithin(costs, budget)
    const fits = rows === 0 || costOf(costs, rows) <= budget + 1e-6
    if (!fits || costOf(costs, rows + 1) <= budget - 1e-6) t.fail(`${rows} rows in ${budget} ms`)
  }
  t.equal(rowsWithin({ alphaMs: 1, betaMs: 0.1 }, 1.3), 3, 'what fits exactly fits')
  t.equal(rowsWithin({ alphaMs: 1, betaMs: 0 }, 2), Number.POSITIVE_INFINITY)
  t.equal(rowsWithin({ alphaMs: 1, betaMs: 0 }, 0.5), 0)
})

test('kinds and buckets are told apart, and no number of them fills the memory', async (t) => {
  const costing = new BatchCosting()
  costing.observe({ kind: 'gpu', bucket: 'a' }, 4, 8)
  costing.observe({ kind: 'cpu', bucket: 'a' }, 4, 80)
  t.match(costing.costs('gpu', 'a'), { alphaMs: 4 })
  t.match(costing.costs('cpu', 'a'), { alphaMs: 40 })
  t.equal(costing.costs('gpu', 'b'), undefined)
  for (let bucket = 0; bucket < 1000; bucket += 1) {
    costing.observe({ kind: 'gpu', bucket: `${bucket}` }, 1, 1)
    costing.observe({ kind: 'gpu', bucket: 'a' }, 4, 8)
  }
  t.ok(costing.costs('gpu', 'a'), 'what is used stays')
  t.equal(costing.costs('cpu', 'a'), undefined)
  t.equal(costing.costs('gpu', '0'), undefined)
  t.ok(costing.costs('gpu', '999'))
})
