// One line of NVIDIA's tegrastats, in the forms of JetPack 5, 6 and 7 and of Thor. Text in, figures out; a
// sensor that is switched off (−256 °C) has no value.

/** What a line says of the GPU; everything may be missing. */
export interface TegraLine {
  readonly ramUsedMb: number | null
  readonly ramTotalMb: number | null
  readonly loadPercent: number | null
  /** The fastest of the GPU's clusters; null while all are gated. */
  readonly clockMhz: number | null
  readonly memoryClockMhz: number | null
  readonly memoryLoadPercent: number | null
  readonly temperatureC: number | null
  /** Power of the rails by name, W, now (not the mean). */
  readonly rails: ReadonlyMap<string, number>
}

/** A switched-off sensor reads −256 °C; nothing on a board is colder than this. */
const COLDEST_C = -100

/**
 * Reads a line.
 * @returns null when it is no line of tegrastats
 */
export function parseTegrastats(line: string): TegraLine | null {
  const ram = /\bRAM (\d+)\/(\d+)MB/.exec(line)
  if (!ram) return null
  // `10%@1300`, `12%@[1300,1300]`, and on Thor `@[1000,1000,1000]` without a load.
  const gpu = /\bGR3D_FREQ (?:(\d+)%)?(?:@(?:\[([\d,]+)\]|(\d+)))?/.exec(line)
  const emc = /\bEMC_FREQ (\d+)%(?:@(\d+))?/.exec(line)
  const clock = Math.max(...(gpu?.[2] ?? gpu?.[3] ?? '').split(',').map(Number))
  return {
    ramUsedMb: Number(ram[1]),
    ramTotalMb: Number(ram[2]),
    loadPercent: figure(gpu?.[1]),
    clockMhz: clock > 0 ? clock : null,
    memoryClockMhz: figure(emc?.[2]),
    memoryLoadPercent: figure(emc?.[1]),
    temperatureC: celsius(/\bgpu@(-?[\d.]+)C/i.exec(line)?.[1]),
    rails: rails(line)
  }
}

/** Temperature in °C; null for a sensor that is off. */
export function celsius(text: string | number | undefined): number | null {
  const value = typeof text === 'number' ? text : Number.parseFloat(text ?? '')
  return Number.isFinite(value) && value > COLDEST_C ? value : null
}

/** `VDD_GPU_SOC 2340mW/2340mW`, with a third figure on JetPack 7, without the unit on older ones. */
function rails(line: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const [, name = '', now] of line.matchAll(
    /\b([A-Z][A-Z0-9_]*) (\d+)(?:mW)?\/\d+(?:mW)?(?:\/\d+mW)?(?=\s|$)/g
  ))
    if (name !== 'NC') found.set(name, Number(now) / 1000)
  return found
}

/**
 * The rail that feeds the GPU; where none does alone, the whole module. Names of INA3221 rails from Nano to Thor.
 * @returns W, or null when no such rail is read
 */
export function gpuRailW(rails: ReadonlyMap<string, number>): number | null {
  const names = [...rails.keys()]
  const name =
    names.find((rail) => /GPU/.test(rail)) ??
    names.find((rail) => /^(VDD_IN|VIN|POM_5V_IN|VIN_SYS_5V0)$/.test(rail))
  return name === undefined ? null : (rails.get(name) ?? null)
}

function figure(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
