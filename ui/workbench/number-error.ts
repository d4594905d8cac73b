// What is wrong with a number that a person typed. Pure.

import { formatNumber, msg, str } from '../i18n/index.ts'

/** Why a number field cannot be taken; empty when it can. */
export function numberError(text: string, least: number, most: number): string {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return msg('A number is needed.')
  if (value < least) return msg(str`At least ${least}.`)
  return value > most ? msg(str`At most ${formatNumber(most)}.`) : ''
}

/** The same for a field that takes whole numbers only. */
export function wholeError(text: string, least: number, most: number): string {
  const wrong = numberError(text, least, most)
  return wrong === '' && !Number.isInteger(Number(text)) ? msg('A whole number is needed.') : wrong
}
