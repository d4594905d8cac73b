// Round ticks, steps of amount, the rows of a heat grid and where its arrow keys lead, and room for words.

import { test } from 'tap'
import { cellByKey, type HeatCell, type HeatRow, spansOf } from './bench-charts/heat-rows.ts'
import { freeSpot } from './bench-charts/label-spots.ts'
import { barTicks, heatStep, logTicks } from './scale.ts'

test('a step follows the logarithm of an amount', async (t) => {
  t.same(
    [1, 10, 100, 1000].map((value) => heatStep(value, 1, 1000)),
    [1, 3, 5, 7]
  )
  t.equal(heatStep(5000, 1, 1000), 7, 'held at the end')
  t.equal(heatStep(0, 1, 1000), 1, 'no logarithm')
  t.equal(heatStep(5, 5, 5), 4, 'no extent')
})

test('ticks of bars start at zero, are round and hold the largest', async (t) => {
  t.same(barTicks(1714), [0, 500, 1000, 1500, 2000])
  t.same(barTicks(0.9), [0, 0.25, 0.5, 0.75, 1])
  t.same(barTicks(0), [0, 1])
  t.same(barTicks(Number.NaN), [0, 1])
  for (const max of [1, 3, 7, 64, 99, 1e6, 0.003]) t.ok((barTicks(max).at(-1) ?? 0) >= max * 0.999)
})

test('ticks of a logarithmic axis hold both ends', async (t) => {
  t.same(logTicks(14, 1722), [10, 100, 1000, 10_000])
  t.same(logTicks(12, 60), [10, 20, 50, 100])
  t.same(logTicks(10, 10), [10])
})

const number = (id: string, value: number): HeatCell => ({ id, value, text: String(value) })
const words = (id: string, text: string): HeatCell => ({ id, value: null, text })

const ROWS: readonly HeatRow[] = [
  { group: 'CPU', label: 'FP32', cells: [number('a1', 1), number('a2', 2), number('a3', 3)] },
  {
    group: 'CPU',
    label: 'FP16',
    cells: [words('b1', 'none'), words('b2', 'none'), number('b3', 4)]
  },
  { group: 'GPU', label: 'FP16', cells: [number('c1', 5), null, number('c3', 6)] }
]

test('neighbours without a number that say the same become one', async (t) => {
  const spans = ROWS.map((row) => spansOf(row).map(({ column, columns }) => [column, columns]))
  t.same(spans, [
    [
      [0, 1],
      [1, 1],
      [2, 1]
    ],
    [
      [0, 2],
      [2, 1]
    ],
    [
      [0, 1],
      [1, 1],
      [2, 1]
    ]
  ])
  const two = { group: '', label: '', cells: [words('x', 'one'), words('y', 'other'), null, null] }
  t.same(
    spansOf(two).map(({ columns }) => columns),
    [1, 1, 2]
  )
})

test('arrows walk over gaps and out of a span', async (t) => {
  const step = (row: number, column: number, key: string): string | undefined =>
    cellByKey(ROWS, { row, column }, key)?.cell.id
  t.equal(step(0, 0, 'ArrowRight'), 'a2')
  t.equal(step(0, 0, 'ArrowLeft'), undefined)
  t.equal(step(1, 0, 'ArrowRight'), 'b3', 'out of the span')
  t.equal(step(1, 2, 'ArrowLeft'), 'b2')
  t.equal(step(2, 0, 'ArrowRight'), 'c3', 'over the gap')
  t.equal(step(0, 1, 'ArrowDown'), 'b2')
  t.equal(step(1, 1, 'ArrowDown'), undefined, 'nothing below')
  t.equal(step(2, 2, 'ArrowUp'), 'b3')
  t.equal(step(2, 0, 'End'), 'c3')
  t.equal(step(2, 2, 'Home'), 'c1')
  t.equal(step(0, 0, 'x'), undefined)
  t.equal(step(9, 0, 'End'), undefined)
})

test('words stand where nothing else does, and inside', async (t) => {
  const frame = { left: 0, top: 0, width: 100, height: 40 }
  const box = (left: number, top: number) => ({ left, top, width: 30, height: 10 })
  t.same(freeSpot([box(0, 0), box(0, 20)], [box(10, 5)], frame), box(0, 20))
  t.same(freeSpot([box(90, 0), box(50, 0)], [], frame), box(50, 0), 'inside')
  t.same(freeSpot([box(90, 50)], [], frame), box(70, 30), 'moved inside')
  t.same(freeSpot([], [], frame), { left: 0, top: 0, width: 0, height: 0 })
})
