// Keeps the distinct masked messages ("shapes") in a tree of fixed depth: length, then first word, then a
// short list. Constant memory: crowded lists are collapsed into templates, the oldest shapes forgotten.

import type { LogLevel } from '../../contract/index.ts'
import { MARK } from './mask-word.ts'

/** A template as it is now; `id` follows from `text`. */
export interface TemplateInfo {
  readonly id: string
  readonly text: string
}

/**
 * A distinct masked message, or many of them collapsed into one with marks.
 * @public
 */
export interface LogShape {
  readonly tokens: readonly string[]
  readonly glued: readonly boolean[]
  count: number
  level: LogLevel
  template: TemplateInfo
  /** Where this shape went when it was collapsed. */
  into: LogShape | undefined
  /** Running number of its latest line. */
  lastUse: number
  /** Free for whoever drives the miner. */
  stats: ShapeStats | undefined
}

/** What a report keeps for a shape; merged when shapes are collapsed. */
export interface ShapeStats {
  firstLine: number
  lastLine: number
  /** The first lines, each cut to a readable length. */
  examples: { line: number; text: string }[]
  /** A line out of the fullest bin, copied when the count of a bin reached a new power of two. */
  peak: { line: number; text: string; count: number } | undefined
  bins: Uint32Array
}

export class ShapeTable {
  private readonly leaves = new Map<string, LogShape[]>()
  private readonly byLength = new Map<number, Set<LogShape>>()
  size = 0

  /** The shape that covers these tokens: equal, or with a mark where they differ. */
  find(tokens: readonly string[]): LogShape | undefined {
    const own = this.leaves.get(leafKey(tokens.length, tokens[0]))
    return search(own, tokens) ?? search(this.leaves.get(leafKey(tokens.length, MARK)), tokens)
  }

  add(shape: LogShape): void {
    const key = leafKey(shape.tokens.length, shape.tokens[0])
    const leaf = this.leaves.get(key)
    if (leaf) leaf.push(shape)
    else this.leaves.set(key, [shape])
    const list = this.byLength.get(shape.tokens.length)
    if (list) list.add(shape)
    else this.byLength.set(shape.tokens.length, new Set([shape]))
    this.size++
  }

  remove(shape: LogShape): void {
    const key = leafKey(shape.tokens.length, shape.tokens[0])
    const leaf = this.leaves.get(key)
    const index = leaf?.indexOf(shape) ?? -1
    if (!leaf || index < 0) return
    leaf.splice(index, 1)
    if (leaf.length === 0) this.leaves.delete(key)
    const group = this.byLength.get(shape.tokens.length)
    group?.delete(shape)
    if (group?.size === 0) this.byLength.delete(shape.tokens.length)
    this.size--
  }

  /** Number of shapes that share length and first word with this one. */
  crowd(shape: LogShape): number {
    return this.leaves.get(leafKey(shape.tokens.length, shape.tokens[0]))?.length ?? 0
  }

  ofLength(length: number): LogShape[] {
    return [...(this.byLength.get(length) ?? [])]
  }

  *all(): Generator<LogShape> {
    for (const group of this.byLength.values()) yield* group
  }
}

function leafKey(length: number, first: string | undefined): string {
  return `${length} ${first ?? ''}`
}

function search(
  leaf: readonly LogShape[] | undefined,
  tokens: readonly string[]
): LogShape | undefined {
  if (!leaf) return undefined
  for (const shape of leaf) if (covers(shape.tokens, tokens)) return shape
  return undefined
}

function covers(shape: readonly string[], tokens: readonly string[]): boolean {
  for (let i = 0; i < tokens.length; i++) {
    const token = shape[i]
    if (token !== tokens[i] && token !== MARK) return false
  }
  return true
}
