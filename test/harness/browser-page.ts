// Opens pages in the system's Chromium and watches what a page must never do: log an error, ask another
// host, scroll sideways, break an accessibility rule. One browser a test file.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Why the browser tests cannot run here; undefined when they can. */
export const noBrowser = (): string | undefined =>
  existsSync(CHROMIUM) ? undefined : `no browser at ${CHROMIUM}: apt-get install chromium`

/** Starts the browser; close it in `t.teardown`. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS })

export interface PageOptions {
  readonly width: number
  readonly height: number
  readonly theme?: 'light' | 'dark'
  readonly touch?: boolean
  readonly reducedMotion?: boolean
}

export interface WatchedPage {
  readonly page: Page
  /** Errors in the console, refused requests, requests to other hosts. */
  readonly faults: string[]
  close(): Promise<void>
}

/** A page on one origin; answers with a status from 400 up are faults unless `expect` names them. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: PageOptions
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height },
    colorScheme: options.theme ?? 'light',
    hasTouch: options.touch ?? false,
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    locale: 'en-GB'
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:')) faults.push(`outside: ${url}`)
  })
  return { page, faults, close: () => context.close() }
}

/** Broken accessibility rules, one sentence each. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as { axe: AxeRunner }
    const { violations } = await axe.run({ runOnly: rules })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`)
    )
  }, RULES)
}

interface AxeRunner {
  run(options: object): Promise<{
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  }>
}

/** How many pixels the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth')

/** Targets smaller than `least` CSS pixels in either direction, in all open shadow roots. */
export const smallTargets = (page: Page, least: number): Promise<readonly string[]> =>
  page.evaluate(`(() => {
    const found = []
    const walk = (root) => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) walk(element.shadowRoot)
        if (!element.matches('a[href], button, input, select, textarea')) continue
        const label = element.matches('input') ? element.closest('label') : null
        const box = (label ?? element).getBoundingClientRect()
        if (box.width === 0 || box.height === 0 || !element.checkVisibility()) continue
        if (box.width < ${least - 0.5} || box.height < ${least - 0.5}) {
          found.push(element.outerHTML.slice(0, 90) + ' ' + Math.round(box.width) + '×' + Math.round(box.height))
        }
      }
    }
    walk(document)
    return found
  })()`)

const FOCUSED = `(() => {
  let one = document.activeElement
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
  return one
})()`

/** Name of what has the focus, through the shadow roots. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `((one) => one?.labels?.[0]?.textContent ?? one?.ariaLabel ?? one?.textContent.trim() ?? '')(${FOCUSED})`
  )

/** Waits until no input has the focus: a field that was just hidden keeps it until the browser draws again. */
export async function untilNotTyping(page: Page): Promise<void> {
  await page.waitForFunction(`!(${FOCUSED} instanceof HTMLInputElement)`)
}

/** What the tab key reaches, in order: the accessible text of each stop. */
export async function tabStops(page: Page, count: number): Promise<readonly string[]> {
  const stops: string[] = []
  for (let index = 0; index < count; index += 1) {
    await page.keyboard.press('Tab')
    stops.push(
      await page.evaluate(`(() => {
        let active = document.activeElement
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
        const host = active?.getRootNode().host
        const text = active?.getAttribute('aria-label') || active?.innerText || host?.innerText || active?.tagName
        return (text ?? '').trim().replace(/\\s+/g, ' ').slice(0, 60)
      })()`)
    )
  }
  return stops
}
