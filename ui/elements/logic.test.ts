// Addresses behind the hash, and the order of a table's rows.

import { test } from 'tap'
import { nextOrder, orderRows } from './desk/table-order.ts'
import { parseRoute, routeTo } from './route.ts'

test('an address survives being written and read', async (t) => {
  const hash = routeTo(['series', 'disk.used:/data'], { minutes: 15, none: undefined, empty: '' })
  t.equal(hash, '#/series/disk.used%3A%2Fdata?minutes=15')
  t.same(parseRoute(hash), { parts: ['series', 'disk.used:/data'], query: { minutes: '15' } })
})

test('odd addresses lead somewhere', async (t) => {
  t.same(parseRoute(''), { parts: [], query: {} })
  t.same(parseRoute('#/'), { parts: [], query: {} })
  t.same(parseRoute('#//a//').parts, ['a'])
  t.same(parseRoute('#/%E0%A4%A').parts, ['%E0%A4%A'], 'a broken escape is taken as it stands')
  t.equal(routeTo([]), '#/')
})

test('rows are sorted by size or as people sort words; empty cells are last either way', async (t) => {
  const rows = ['press-10', 'press-2', '', 'Press-1']
  t.same(
    orderRows(rows, (row) => row, false),
    ['Press-1', 'press-2', 'press-10', '']
  )
  t.same(
    orderRows(rows, (row) => row, true),
    ['press-10', 'press-2', 'Press-1', '']
  )
  t.same(
    orderRows([3, null, 20], (row) => row, true),
    [20, 3, null]
  )
})

test('a click on a head sorts by it, a second one turns the order', async (t) => {
  const first = nextOrder(null, 'name', false)
  t.same(first, { column: 'name', descending: false })
  t.same(nextOrder(first, 'name', false), { column: 'name', descending: true })
  t.same(nextOrder(first, 'count', true), { column: 'count', descending: true })
})
