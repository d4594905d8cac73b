// Figures as the advisor writes them: one way for each unit, and never a number that is none.

import type { Advice } from '../../contract/index.ts'

export type Figure = Advice['evidence'][number]

export const figure = (name: string, value: string, threshold: string): Figure => ({
  name,
  value,
  threshold
})

export const over = (threshold: string): string => `> ${threshold}`

/** What cannot be computed (0 / 0) counts as 0. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

/** Two significant digits below 10, whole numbers above. */
export function rounded(value: number): string {
  const number = finite(value)
  return Math.abs(number) >= 10 ? String(Math.round(number)) : String(Number(number.toPrecision(2)))
}

export const whole = (value: number): string => String(Math.round(finite(value)))

/** @param part 0 to 1 */
export const perCent = (part: number): string => `${whole(100 * part)} %`

export const milliseconds = (ms: number): string => `${rounded(ms)} ms`

export function bytes(count: number): string {
  if (count >= 1e6) return `${rounded(count / 1e6)} MB`
  return count >= 1e3 ? `${rounded(count / 1e3)} kB` : `${whole(count)} B`
}
