import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { pipelinesOver, placeParts } from './part-placement.ts'

const sized = (...sizes: number[]) => sizes.map((size) => ({ size }))

test('each part has a device of its own where there are enough', async (t) => {
  t.same(placeParts(sized(5, 1, 1), [4, 2, 7]), [4, 2, 7])
  t.same(placeParts(sized(5, 1), [4, 2, 7]), [4, 2])
  t.same(placeParts(sized(5, 1), [0]), [0, 0])
})

test('with fewer devices neighbours share one, and the fullest holds as little as possible', async (t) => {
  t.same(placeParts(sized(1, 1, 1, 1), [0, 1]), [0, 0, 1, 1])
  t.same(placeParts(sized(9, 1, 1, 1), [0, 1]), [0, 1, 1, 1])
  t.same(placeParts(sized(1, 1, 1, 9), [0, 1]), [0, 0, 0, 1])
  t.same(placeParts(sized(2, 2, 2, 2, 2, 8), [0, 1, 2]), [0, 0, 0, 1, 1, 2])
})

test('no other cut leaves the fullest device with less', async (t) => {
  const random = new SeededRandom(7)
  for (let round = 0; round < 200; round += 1) {
    const parts = sized(...Array.from({ length: 6 }, () => random.whole(1, 20)))
    const placed = placeParts(parts, [0, 1, 2])
    const fullest = (devices: readonly number[]): number =>
      Math.max(
        ...[0, 1, 2].map((device) =>
          parts.reduce((sum, { size }, index) => sum + (devices[index] === device ? size : 0), 0)
        )
      )
    let least = Number.POSITIVE_INFINITY
    for (let a = 0; a <= 6; a += 1)
      for (let b = a; b <= 6; b += 1)
        least = Math.min(least, fullest(parts.map((_, i) => (i < a ? 0 : i < b ? 1 : 2))))
    t.equal(fullest(placed), least)
    t.same(placed, [...placed].sort(), 'in order')
  }
})

test('pipelines stand side by side where each of their parts has a device', async (t) => {
  t.same(pipelinesOver(2, [0]), [[0]])
  t.same(pipelinesOver(2, [0, 1, 2]), [[0, 1]])
  t.same(pipelinesOver(2, [3, 1, 2, 0]), [
    [3, 1],
    [2, 0]
  ])
  t.same(pipelinesOver(4, [0, 1]), [[0, 1]])
})
