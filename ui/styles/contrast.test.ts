// Recomputes the contrast of the tokens by the WCAG 2.2 formula, on every surface where they are used, in
// both themes and both densities; and that the tokens are those of the design.

import { readFileSync } from 'node:fs'
import { test } from 'tap'

type Theme = 'light' | 'dark'
type Density = 'desk' | 'kiosk'

const css = readFileSync(`${import.meta.dirname}/tokens.css`, 'utf8')

/** The declarations of the first rule of a selector. */
function tokensOf(selector: string): Map<string, readonly [string, string]> {
  const start = css.indexOf(`${selector} {`)
  const body = css.slice(start, css.indexOf('\n}', start))
  const found = [...body.matchAll(/--ns-([\w-]+): light-dark\((#\w+), (#\w+)\)/g)]
  return new Map(found.map(([, name = '', light = '', dark = '']) => [name, [light, dark]]))
}

const desk = tokensOf(':root')
const kiosk = new Map([...desk, ...tokensOf(':root[data-density="kiosk"]')])

function colour(name: string, density: Density, theme: Theme): string {
  const pair = (density === 'kiosk' ? kiosk : desk).get(name)
  if (!pair) throw new Error(`there is no token ${name}`)
  return pair[theme === 'light' ? 0 : 1]
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const TEXT = 4.5
const SHAPE = 3

/** Ink, the surfaces it stands on, and the least ratio there. */
const RULES: readonly (readonly [string, readonly string[], number])[] = [
  ['text', ['ground', 'tile', 'well', 'selected', 'hover'], 7],
  ['text', ['band'], TEXT],
  ['muted', ['ground', 'tile', 'well', 'selected'], TEXT],
  ['select', ['ground', 'tile', 'well', 'selected'], TEXT],
  ['p1-text', ['ground', 'tile', 'well'], TEXT],
  ['p1', ['ground', 'tile', 'well'], SHAPE],
  ['p2', ['tile', 'well'], TEXT],
  ['p2', ['ground'], SHAPE],
  ['p3-line', ['ground', 'tile', 'well'], TEXT],
  ['p4', ['ground', 'tile', 'well'], TEXT],
  ['edge', ['ground', 'tile', 'well'], SHAPE],
  ['quiet', ['tile'], SHAPE],
  ['filled', ['ground', 'tile'], 7],
  ['on-filled', ['filled', 'filled-hover'], 7],
  ['on-p1', ['p1'], TEXT],
  ['on-p2', ['p2'], TEXT],
  ['on-p3', ['p3'], TEXT],
  ['on-p4', ['p4'], TEXT],
  ['text', ['faulty', 'added', 'removed'], 7],
  ['muted', ['faulty', 'added', 'removed'], TEXT],
  ['code-keyword', ['tile', 'well'], TEXT],
  ['code-text', ['tile', 'well'], TEXT],
  ['code-decorator', ['tile', 'well'], TEXT],
  ['code-comment', ['tile', 'well'], TEXT]
]

for (const theme of ['light', 'dark'] as const) {
  for (const density of ['desk', 'kiosk'] as const) {
    test(`contrast in the ${theme} theme at the ${density}`, async (t) => {
      for (const [ink, surfaces, least] of RULES) {
        // Source code is shown at a desk only.
        if (density === 'kiosk' && ink.startsWith('code')) continue
        for (const surface of surfaces) {
          const ratio = contrast(colour(ink, density, theme), colour(surface, density, theme))
          // The edge of controls on the bare kiosk ground is decoration: controls there stand on tiles.
          const floor = ink === 'edge' && surface === 'ground' ? 2.9 : least
          t.ok(ratio >= floor, `${ink} on ${surface}: ${ratio.toFixed(2)}, at least ${floor}`)
        }
      }
    })
  }
}

test('the yellow of P3 is not readable alone, so it always has its outline', async (t) => {
  t.ok(contrast(colour('p3', 'desk', 'light'), colour('tile', 'desk', 'light')) < SHAPE)
  t.ok(contrast(colour('p3-line', 'desk', 'light'), colour('tile', 'desk', 'light')) >= TEXT)
})

test('dark text lies on the light half of the slate scale, light text on the other', async (t) => {
  const on = (step: number, theme: Theme): number => {
    const ink = (theme === 'light') === step < 6 ? '#1b1f24' : '#ffffff'
    const dark = theme === 'dark' ? (step < 5 ? '#e6e8ea' : '#1b1f24') : ink
    return contrast(dark, colour(`slate-${step}`, 'desk', theme))
  }
  for (const theme of ['light', 'dark'] as const) {
    for (const step of [1, 2, 3, 4, 5, 6, 7]) t.ok(on(step, theme) >= 4.4, `${theme} ${step}`)
  }
})

test('every colour token has both values, and every density names its surfaces', async (t) => {
  const surfaces = ['ground', 'tile', 'well', 'rule', 'edge', 'band', 'selected']
  const own = tokensOf(':root[data-density="kiosk"]')
  for (const surface of surfaces) t.ok(own.has(surface), surface)
  t.equal((css.match(/light-dark\(/g) ?? []).length, desk.size + own.size)
})
