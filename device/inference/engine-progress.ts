// How far an engine build is, estimated from what TensorRT writes: it tells its stages, but not how long the
// search for kernels will take. Pure.

/** Words of TensorRT 10's log → progress that they stand for at least (TensorRT developer guide, logging). */
const STAGES: readonly (readonly [RegExp, number])[] = [
  [/Init CUDA/, 0.02],
  [/Init builder kernel library|Parsing node/, 0.05],
  [/timing cache in use/i, 0.1],
  [/Detected \d+ inputs? and \d+ output network tensors/, 0.85],
  [/Total Host Persistent Memory|Total Scratch Memory|Max Scratch Memory/, 0.88],
  [/Engine generation completed/, 0.93],
  [/Serialized (engine|timing cache)|Loaded engine size/, 0.97]
]
/** Where the search for kernels begins and ends. */
const SEARCH = { from: 0.1, to: 0.85 }
/** A search that has taken this long counts as 63 % done when nothing better is known, ms. */
const USUAL_SEARCH_MS = 60_000
/** A line without an end is no line of a log; its beginning is dropped. */
const LONGEST_LINE = 8192

export class BuildProgress {
  #rest = ''
  #stage = 0
  #layers = 0
  #costed = 0
  #searchFromMs: number | undefined

  /** @param elapsedMs since the build began */
  add(chunk: string, elapsedMs: number): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
    for (const line of lines) this.#line(line, elapsedMs)
  }

  #line(line: string, elapsedMs: number): void {
    const layers = /After .*: (\d+) layers/.exec(line)?.[1]
    if (layers) this.#layers = Number(layers)
    if (line.includes('Computing costs for')) this.#costed += 1
    for (const [words, progress] of STAGES)
      if (progress > this.#stage && words.test(line)) this.#stage = progress
    if (this.#stage >= SEARCH.from) this.#searchFromMs ??= elapsedMs
  }

  /** @returns 0 to 1, never less for a later time and more lines */
  at(elapsedMs: number): number {
    if (this.#searchFromMs === undefined || this.#stage >= SEARCH.to) return this.#stage
    const passed = 1 - Math.exp(-(elapsedMs - this.#searchFromMs) / USUAL_SEARCH_MS)
    const counted = this.#layers > 0 ? Math.min(1, this.#costed / this.#layers) : 0
    // Layers that TensorRT compiles as one are not counted by it: the clock goes on for them.
    return SEARCH.from + (SEARCH.to - SEARCH.from) * Math.min(0.99, Math.max(passed, counted))
  }
}
