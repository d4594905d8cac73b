// Mines templates from messages: a cache of keys for lines seen before, a tree for new ones, and from time
// to time a refinement that merges and splits. Bounded in every direction, so it may run for years.

import type { LogLevel } from '../../contract/index.ts'
import { LineScanner } from './line-scanner.ts'
import { DEFAULT_REFINE, type RefineOptions, refineTemplates } from './refine-templates.ts'
import { type LogShape, type ShapeStats, ShapeTable, type TemplateInfo } from './shape-table.ts'
import { templateId, templateText } from './template-text.ts'

/**
 * @public
 */
export interface LogMinerOptions {
  /** Distinct masked messages kept; about 1.5 KB each. */
  readonly maxShapes?: number
  /** Line keys remembered in each of two generations; about 60 bytes each. */
  readonly cacheSize?: number
  readonly refine?: RefineOptions
}

interface StoredShape {
  readonly tokens: readonly string[]
  readonly glued: readonly boolean[]
  readonly count: number
  readonly level: LogLevel
}

/**
 * What was mined, as plain data that survives JSON.
 * @public
 */
export interface MinerSnapshot {
  readonly version: 1
  readonly shapes: readonly StoredShape[]
}

/** A crowded leaf is collapsed as soon as it holds this many shapes. */
const CROWDED = 64
/** Templates with more shapes than this keep only one collapsed shape when room is needed. */
const COLLAPSE_OVER = 8

/** Words remembered as values before they are learned anew. */
const MAX_VALUES = 20_000

const UNNAMED: TemplateInfo = { id: '', text: '' }

/**
 * Miner of one or many sources; not safe to share between threads.
 * @public
 */
export class LogMiner {
  private readonly maxShapes: number
  private readonly cacheSize: number
  private readonly refineOptions: RefineOptions
  private readonly scanner = new LineScanner()
  private readonly table = new ShapeTable()
  private readonly templates = new Map<string, TemplateInfo>()
  private readonly dirty = new Set<number>()
  private crowdLimit = new Map<string, number>()
  private young = new Map<number, LogShape>()
  private old = new Map<number, LogShape>()
  private readonly values = new Set<string>()
  private uses = 0
  /** Shapes dropped because the table was full. */
  forgotten = 0

  constructor(options: LogMinerOptions = {}) {
    this.maxShapes = options.maxShapes ?? 8192
    this.cacheSize = options.cacheSize ?? 32_768
    this.refineOptions = options.refine ?? DEFAULT_REFINE
  }

  /** Counts one message and returns its shape; `shape.template` is right from the next refinement on. */
  add(text: string, from: number, level: LogLevel): LogShape {
    const shape = this.find(text, from)
    shape.count++
    shape.lastUse = ++this.uses
    if (level !== 'unknown' && shape.level === 'unknown') shape.level = level
    return shape
  }

  /** The shape of a message without counting it; a message never met gets a shape of its own. */
  find(text: string, from: number): LogShape {
    const key = this.scanner.key(text, from)
    let shape = this.young.get(key)
    if (shape === undefined) {
      shape = this.old.get(key) ?? this.fresh(text, from)
      if (this.young.size >= this.cacheSize) {
        this.old = this.young
        this.young = new Map()
      }
      this.young.set(key, shape)
    }
    while (shape.into !== undefined) shape = shape.into
    return shape
  }

  private fresh(text: string, from: number): LogShape {
    const line = this.scanner.tokenLine(text, from)
    const known = this.table.find(line.tokens)
    if (known) return known
    // Tokens are slices that would keep a whole stretch of the file in memory: copied by joining.
    const tokens = line.tokens.length === 0 ? [] : line.tokens.join('\n').split('\n')
    const { glued } = line
    const shape: LogShape = {
      tokens,
      glued,
      count: 0,
      level: 'unknown',
      template: UNNAMED,
      into: undefined,
      lastUse: this.uses,
      stats: undefined
    }
    shape.template = this.name(tokens, glued)
    this.table.add(shape)
    this.dirty.add(tokens.length)
    if (this.table.crowd(shape) > this.crowdOf(shape)) this.thin(shape)
    if (this.table.size > this.maxShapes) this.forget()
    return shape
  }

  private crowdOf(shape: LogShape): number {
    return this.crowdLimit.get(`${shape.tokens.length} ${shape.tokens[0]}`) ?? CROWDED
  }

  /** Collapses the shapes of one length; a leaf that stays crowded gets more room before the next try. */
  private thin(shape: LogShape): void {
    this.collapse(shape.tokens.length)
    const crowd = this.table.crowd(shape)
    if (crowd * 2 > CROWDED)
      this.crowdLimit.set(`${shape.tokens.length} ${shape.tokens[0]}`, crowd * 2)
    if (this.crowdLimit.size > 4096) this.crowdLimit = new Map()
  }

  private collapse(length: number): void {
    const shapes = this.table.ofLength(length)
    for (const { tokens, members } of refineTemplates(shapes, this.refineOptions, this.values)) {
      if (members.length <= COLLAPSE_OVER || tokens.length !== length) continue
      const parts = members.flatMap((m) => shapes[m] ?? [])
      const whole = mergeShapes(parts, tokens, this.name(tokens, parts[0]?.glued ?? []))
      for (const part of parts) {
        this.table.remove(part)
        part.into = whole
      }
      this.table.add(whole)
    }
  }

  /** Drops the quarter of the shapes that was used longest ago. */
  private forget(): void {
    const shapes = [...this.table.all()].sort((a, b) => a.lastUse - b.lastUse)
    const drop = Math.ceil(shapes.length / 4)
    for (const shape of shapes.slice(0, drop)) this.table.remove(shape)
    this.forgotten += drop
    this.young = new Map()
    this.old = new Map()
    this.templates.clear()
    for (const shape of this.table.all()) this.templates.set(shape.template.text, shape.template)
  }

  private name(tokens: readonly string[], glued: readonly boolean[]): TemplateInfo {
    const text = templateText(tokens, glued)
    const known = this.templates.get(text)
    if (known) return known
    const info = { id: templateId(text), text }
    this.templates.set(text, info)
    return info
  }

  /** True when shapes came since the last refinement. */
  get stale(): boolean {
    return this.dirty.size > 0
  }

  /** Gives every shape its template; returns which template ids became which others. */
  refine(): Map<string, string> {
    const moved = new Map<string, string>()
    if (this.dirty.size === 0) return moved
    this.dirty.clear()
    if (this.values.size > MAX_VALUES) this.values.clear()
    const shapes = [...this.table.all()]
    const kept = new Map<string, TemplateInfo>()
    for (const { tokens, members } of refineTemplates(shapes, this.refineOptions, this.values)) {
      const leader = shapes[members[0] ?? 0]
      if (!leader) continue
      const glued = leader.glued.length === tokens.length ? leader.glued : tokens.map(() => false)
      const info = this.name(tokens, glued)
      kept.set(info.text, info)
      for (const m of members) {
        const shape = shapes[m]
        if (!shape) continue
        if (shape.template.id !== info.id) moved.set(shape.template.id, info.id)
        shape.template = info
      }
    }
    this.templates.clear()
    for (const [text, info] of kept) this.templates.set(text, info)
    return moved
  }

  /** Every shape, for counting and reporting. */
  shapes(): Iterable<LogShape> {
    return this.table.all()
  }

  snapshot(): MinerSnapshot {
    return {
      version: 1,
      shapes: [...this.table.all()].map(({ tokens, glued, count, level }) => ({
        tokens,
        glued,
        count,
        level
      }))
    }
  }

  /** Takes over what an earlier run mined; to be called before the first line. */
  restore(snapshot: MinerSnapshot): void {
    for (const { tokens, glued, count, level } of snapshot.shapes.slice(0, this.maxShapes)) {
      const template = this.name(tokens, glued)
      this.table.add({
        tokens,
        glued,
        count,
        level,
        template,
        into: undefined,
        lastUse: 0,
        stats: undefined
      })
      this.dirty.add(tokens.length)
    }
    this.refine()
  }
}

/**
 * A miner with the one default configuration, unless told otherwise.
 * @public
 */
export function createLogMiner(options: LogMinerOptions = {}): LogMiner {
  return new LogMiner(options)
}

function mergeShapes(
  parts: readonly LogShape[],
  tokens: readonly string[],
  template: TemplateInfo
): LogShape {
  const whole: LogShape = {
    tokens,
    glued: parts[0]?.glued ?? [],
    count: 0,
    level: 'unknown',
    template,
    into: undefined,
    lastUse: 0,
    stats: undefined
  }
  for (const part of parts) {
    whole.count += part.count
    whole.lastUse = Math.max(whole.lastUse, part.lastUse)
    if (whole.level === 'unknown') whole.level = part.level
    whole.stats = mergeStats(whole.stats, part.stats)
  }
  return whole
}

/** Adds what was kept for two shapes together. */
export function mergeStats(
  a: ShapeStats | undefined,
  b: ShapeStats | undefined
): ShapeStats | undefined {
  if (!a || !b) return a ?? b
  const bins = a.bins.slice()
  b.bins.forEach((count, i) => {
    bins[i] = (bins[i] ?? 0) + count
  })
  return {
    firstLine: Math.min(a.firstLine, b.firstLine),
    lastLine: Math.max(a.lastLine, b.lastLine),
    peak: (a.peak?.count ?? 0) >= (b.peak?.count ?? 0) ? a.peak : b.peak,
    examples: [...a.examples, ...b.examples].sort((x, y) => x.line - y.line).slice(0, 3),
    bins
  }
}
