import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { IndexedHeap } from './indexed-heap.ts'

interface Member {
  rank: number
  readonly id: number
  place: number
}

const before = (one: Member, other: Member): boolean =>
  one.rank === other.rank ? one.id < other.id : one.rank < other.rank

test('members come out in order whatever left or moved before', async (t) => {
  const random = new SeededRandom(7)
  const heap = new IndexedHeap<Member>(before)
  const known: Member[] = []
  for (let step = 0; step < 5000; step += 1) {
    const what = random.next()
    if (what < 0.5 || known.length === 0) {
      const member = { rank: random.whole(0, 50), id: step, place: -1 }
      heap.push(member)
      known.push(member)
    } else if (what < 0.75) {
      const [gone] = known.splice(random.whole(0, known.length - 1), 1)
      if (gone) heap.remove(gone)
      if (gone) heap.remove(gone) // a second time does nothing
    } else {
      const member = random.pick(known)
      member.rank = random.whole(0, 50)
      heap.moved(member)
    }
    const [first] = known.toSorted((a, b) => (before(a, b) ? -1 : 1))
    if (heap.first !== first || heap.size !== known.length) t.fail(`wrong after step ${step}`)
  }
  const order: Member[] = []
  for (let next = heap.first; next; next = heap.first) {
    order.push(next)
    heap.remove(next)
  }
  t.same(
    order,
    known.toSorted((a, b) => (before(a, b) ? -1 : 1))
  )
})

test('a member that has left is not moved', async (t) => {
  const heap = new IndexedHeap<Member>(before)
  const member = { rank: 1, id: 1, place: -1 }
  heap.moved(member)
  t.equal(heap.size, 0)
  t.equal(heap.first, undefined)
})
