import { test } from 'tap'
import { type Crossing, chooseCuts } from './choose-cuts.ts'

const same = (count: number, bytes = 0): (Crossing | undefined)[] =>
  Array.from({ length: count }, () => ({ bytes, tensors: 1 }))

test('equal nodes are cut into equal parts', (t) => {
  const costs = Array(12).fill(1)
  t.strictSame(chooseCuts({ costs, crossings: same(12) }, 2), [6])
  t.strictSame(chooseCuts({ costs, crossings: same(12) }, 4), [3, 6, 9])
  t.strictSame(chooseCuts({ costs: [0, 0, 0], crossings: same(3) }, 3), [1, 2])
  t.end()
})

test('a cut moves a little to where fewer bytes cross, not far', (t) => {
  const costs = Array(20).fill(1)
  const crossings = same(20, 1e6)
  crossings[11] = { bytes: 10, tensors: 1 }
  crossings[2] = { bytes: 1, tensors: 1 }
  t.strictSame(chooseCuts({ costs, crossings }, 2), [11])
  t.end()
})

test('among equal bytes fewer tensors win', (t) => {
  const crossings = same(10, 100).map((crossing) => ({ bytes: 100, ...crossing, tensors: 4 }))
  crossings[6] = { bytes: 100, tensors: 1 }
  t.strictSame(chooseCuts({ costs: Array(10).fill(1), crossings }, 2), [6])
  t.end()
})

test('what cannot travel is never cut, and too few places are said', (t) => {
  const crossings = same(10).map((crossing, index) => (index === 3 ? crossing : undefined))
  const costs = Array(10).fill(1)
  t.strictSame(chooseCuts({ costs, crossings }, 2), [3])
  t.equal(chooseCuts({ costs, crossings }, 3), undefined)
  t.equal(chooseCuts({ costs: [1], crossings: same(1) }, 2), undefined)
  t.end()
})

test('the largest part is at most a fifth above the best possible, whatever the costs', (t) => {
  let state = 7
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  for (let round = 0; round < 200; round += 1) {
    const costs = Array.from({ length: 3 + Math.floor(random() * 9) }, () =>
      Math.floor(random() * 100)
    )
    const crossings = costs.map(() => ({ bytes: Math.floor(random() * 1e4), tensors: 1 }))
    const parts = 2 + Math.floor(random() * 2)
    const cuts = chooseCuts({ costs, crossings }, parts)
    const best = Math.min(...everyCut(costs.length, parts).map((other) => largest(costs, other)))
    t.ok(cuts && cuts.length === parts - 1 && largest(costs, cuts) <= best * 1.2 + 1e-6)
  }
  t.end()
})

function largest(costs: readonly number[], cuts: readonly number[]): number {
  const ends = [...cuts, costs.length]
  return Math.max(
    ...ends.map((end, index) =>
      costs.slice(ends[index - 1] ?? 0, end).reduce((sum, cost) => sum + cost, 0)
    )
  )
}

function everyCut(nodes: number, parts: number, from = 1): number[][] {
  if (parts === 1) return [[]]
  return Array.from({ length: Math.max(0, nodes - from) }, (_, index) => from + index).flatMap(
    (cut) => everyCut(nodes, parts - 1, cut + 1).map((rest) => [cut, ...rest])
  )
}

test('of very many places the cheapest are weighed', (t) => {
  const costs = Array(6000).fill(1)
  const crossings = same(6000, 1e6)
  crossings[2999] = { bytes: 5, tensors: 1 }
  const cuts = chooseCuts({ costs, crossings }, 3)
  t.equal(cuts?.length, 2)
  t.ok(largest(costs, cuts ?? []) < 6000)
  t.end()
})
