// Languages: every text passes through `msg`, English is the source, further locales are loaded when
// they are chosen. It formats nothing; see format.ts.

export { msg, str } from '@lit/localize'

/** The language that numbers and dates are written in. */
export const locale = 'en'
