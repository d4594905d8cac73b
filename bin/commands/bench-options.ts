// What `nearside bench` can be asked for, from text to values. It runs nothing.

import { extname } from 'node:path'
import { InvalidArgumentError } from 'commander'
import {
  NearsideError,
  Precision,
  type Precision as PrecisionName,
  Rung,
  type Rung as RungName
} from '../../contract/index.ts'
import type { PlanWishes } from '../../device/advisor/index.ts'

export const BENCH_FORMATS = ['html', 'json', 'md'] as const
export type BenchFormat = (typeof BENCH_FORMATS)[number]

export interface BenchOptions {
  readonly model: string
  readonly rungs?: RungName[]
  readonly precisions?: PrecisionName[]
  readonly batches?: number[]
  readonly instances?: number[]
  readonly threads?: number[]
  readonly gpus?: number[]
  readonly seconds?: number
  readonly repeats?: number
  readonly method?: 'grid' | 'halving'
  readonly goalMs?: number
  readonly shape?: Record<string, number[]>
  readonly seed?: number
  readonly resume?: string
  readonly format?: BenchFormat
  readonly output?: string
  readonly trace?: string
  readonly nsys?: boolean
  readonly compare?: string
  readonly home?: string
}

/** `1,4,16`: whole numbers from 1 on, each once, in rising order. */
export function numberList(text: string): number[] {
  const values = text.split(',').map((part) => Number(part.trim()))
  if (values.length > 16 || values.some((value) => !Number.isInteger(value) || value < 1))
    throw new InvalidArgumentError('Give up to 16 whole numbers from 1 on, as in 1,4,16.')
  return [...new Set(values)].sort((a, b) => a - b)
}

function nameList<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const wanted = text.split(',').map((part) => part.trim())
    const known = names.filter((name) => wanted.includes(name))
    if (known.length === new Set(wanted).size) return known
    throw new InvalidArgumentError(`Choose from ${names.join(', ')}, separated by commas.`)
  }
}

export const rungList = nameList<RungName>(Rung.options)
export const precisionList = nameList<PrecisionName>(Precision.options)

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0 || text.trim() === '')
    throw new InvalidArgumentError('Give a number above 0.')
  return value
}

/** A whole number from 0 on. */
export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0 on.')
  return Number(text)
}

/** `input_ids=128` or `image=3x224x224`, several with commas or by repeating the option. */
export function shapeOf(
  text: string,
  former: Record<string, number[]> = {}
): Record<string, number[]> {
  const shape = { ...former }
  for (const part of text.split(',')) {
    const [, name, sizes] = /^\s*([^=\s]+)=(\d+(?:x\d+)*)\s*$/.exec(part) ?? []
    if (name === undefined || sizes === undefined)
      throw new InvalidArgumentError('Give a shape as input_ids=128 or image=3x224x224.')
    shape[name] = sizes.split('x').map(Number)
  }
  return shape
}

/** The part of the options that belongs to the plan, without what was not given. */
export function wishesOf(options: BenchOptions): PlanWishes {
  const { rungs, precisions, batches, instances, threads, gpus } = options
  const { seconds, repeats, method, goalMs, shape, seed } = options
  const all = { rungs, precisions, batches, instances, threads, gpus }
  const rest = { seconds, repeats, method, goalMs, shape, seed }
  return Object.fromEntries(
    Object.entries({ ...all, ...rest }).filter(([, value]) => value !== undefined)
  )
}

/**
 * The form of the report: as asked, else by the name of the file, else Markdown.
 * @throws NearsideError NS_USAGE_INVALID when the file's name says another form, or one that there is not
 */
export function formatOf({ format, output }: BenchOptions): BenchFormat {
  const ending = output === undefined ? '' : extname(output).slice(1).toLowerCase()
  const named = BENCH_FORMATS.find((one) => one === ending)
  if (format !== undefined && named !== undefined && named !== format) {
    const sentence = `${output} does not go with the format ${format}; name the file .${format} or leave the format out.`
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  if (format === undefined && named === undefined && ending !== '') {
    const sentence = `${output} names no form of a report; end it in .html, .json or .md, or state --format.`
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  return format ?? named ?? 'md'
}
