// A binary heap whose members know their place, so that any of them can leave or move in O(log n): requests
// are cancelled and overtaken all the time, and looking for them would cost more than serving them.

/** A member of one heap: it knows its own place there. */
export interface Placed {
  /** Index in the heap; -1 while it is in none. */
  place: number
}

export class IndexedHeap<Member extends Placed> {
  #members: Member[] = []
  #before: (one: Member, other: Member) => boolean

  /** @param before true when `one` comes out before `other`; a strict order */
  constructor(before: (one: Member, other: Member) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#members.length
  }

  /** The member that comes out first. */
  get first(): Member | undefined {
    return this.#members[0]
  }

  push(member: Member): void {
    this.#rise(member, this.#members.length)
  }

  /** Takes a member out, wherever it stands; nothing happens when it has left already. */
  remove(member: Member): void {
    const { place } = member
    if (place < 0) return
    member.place = -1
    const last = this.#members.pop()
    if (last === undefined || last === member) return
    this.#settle(last, place)
  }

  /** Puts a member where it belongs after what it is ordered by has changed. */
  moved(member: Member): void {
    if (member.place >= 0) this.#settle(member, member.place)
  }

  #settle(member: Member, place: number): void {
    this.#rise(member, place)
    if (member.place === place) this.#sink(member, place)
  }

  #rise(member: Member, from: number): void {
    const members = this.#members
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = members[above]
      if (!parent || !this.#before(member, parent)) break
      members[place] = parent
      parent.place = place
      place = above
    }
    members[place] = member
    member.place = place
  }

  #sink(member: Member, from: number): void {
    const members = this.#members
    let place = from
    for (;;) {
      let below = 2 * place + 1
      let child = members[below]
      const right = members[below + 1]
      if (child && right && this.#before(right, child)) {
        child = right
        below += 1
      }
      if (!child || !this.#before(child, member)) break
      members[place] = child
      child.place = place
      place = below
    }
    members[place] = member
    member.place = place
  }
}
