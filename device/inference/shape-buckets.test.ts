import { test } from 'tap'
import { bucketLength, lengthSteps } from './shape-buckets.ts'

test('steps are powers of two and one and a half times each', async (t) => {
  t.same(lengthSteps(64), [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64])
  t.same(lengthSteps(100), [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 100])
  t.same(lengthSteps(1), [1])
})

test('a length is padded to the shortest bucket that holds it, by less than half', async (t) => {
  const steps = lengthSteps(512)
  let padding = 0
  for (let n = 1; n <= 512; n += 1) {
    const length = bucketLength(n, steps)
    t.equal(length, steps.find((step) => step >= n) ?? n)
    t.ok(length < 1.5 * n)
    padding += length / n - 1
  }
  t.ok(padding / 512 < 0.2)
})

test('without a bucket that holds it a length stays what it is', async (t) => {
  t.equal(bucketLength(600, lengthSteps(512)), 600)
  t.equal(bucketLength(37, []), 37)
})
