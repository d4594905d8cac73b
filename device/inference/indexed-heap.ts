// A binary heap whose members know their place, so that any of them can leave or move in O(log n): requests
// are cancelled and overtaken all the time, and looking for them would cost more than serving them.

/** A member of a heap; kept by whoever added it, to remove or move it later. */
export interface HeapNode<Value> {
  readonly value: Value
  /** Index in the heap; -1 once it has left. */
  place: number
}

export class IndexedHeap<Value> {
  #nodes: HeapNode<Value>[] = []
  #before: (one: Value, other: Value) => boolean

  /** @param before true when `one` comes out before `other`; a strict order */
  constructor(before: (one: Value, other: Value) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#nodes.length
  }

  /** The member that comes out first. */
  get first(): Value | undefined {
    return this.#nodes[0]?.value
  }

  /** The same with its place, to remove it. */
  get head(): HeapNode<Value> | undefined {
    return this.#nodes[0]
  }

  push(value: Value): HeapNode<Value> {
    const node = { value, place: this.#nodes.length }
    this.#nodes.push(node)
    this.#rise(node)
    return node
  }

  /** Takes a member out, wherever it stands; nothing happens when it has left already. */
  remove(node: HeapNode<Value>): void {
    const { place } = node
    if (place < 0) return
    const last = this.#nodes.pop()
    node.place = -1
    if (last === undefined || last === node) return
    this.#put(last, place)
    this.moved(last)
  }

  /** Puts a member where it belongs after what it is ordered by has changed. */
  moved(node: HeapNode<Value>): void {
    if (node.place < 0) return
    this.#rise(node)
    this.#sink(node)
  }

  #put(node: HeapNode<Value>, place: number): void {
    this.#nodes[place] = node
    node.place = place
  }

  #rise(node: HeapNode<Value>): void {
    let { place } = node
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#nodes[above]
      if (!parent || !this.#before(node.value, parent.value)) break
      this.#put(parent, place)
      place = above
    }
    this.#put(node, place)
  }

  #sink(node: HeapNode<Value>): void {
    let { place } = node
    for (;;) {
      const left = this.#nodes[2 * place + 1]
      const right = this.#nodes[2 * place + 2]
      const child = right && left && this.#before(right.value, left.value) ? right : left
      if (!child || !this.#before(child.value, node.value)) break
      const { place: below } = child
      this.#put(child, place)
      place = below
    }
    this.#put(node, place)
  }
}
