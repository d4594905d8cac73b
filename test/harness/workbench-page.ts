// The workbench in the system's Chromium against a made-up device: how a test opens it, waits for a text, and
// asks whether a screen scrolls sideways inside its frame.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { noBrowser, openBrowser, openPage } from './browser-page.ts'
import { FakeDeviceApi } from './fake-device-api.ts'
import type { FakeState } from './fake-device-readings.ts'

/** Where the built pages lie. */
export const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')

/** Why the workbench cannot be tried here; false when it can. */
export const noWorkbench: string | false =
  noBrowser() ??
  (existsSync(join(DIST, 'workbench.html')) ? false : 'the pages are not built: vite build ui')

export const DESK = { width: 1280, height: 800 }
export const SIZES = [DESK, { width: 1024, height: 600 }, { width: 390, height: 844 }] as const

/** Waits until a text can be seen. */
export const seen = (page: Page, text: string): Promise<void> =>
  page.getByText(text).locator('visible=true').first().waitFor({ timeout: 10_000 })

/** How many pixels a screen scrolls sideways inside its frame. */
export const innerOverflow = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const frame = document.querySelector('ns-workbench').shadowRoot.querySelector('ns-desk-frame')
    const main = frame.shadowRoot.querySelector('main')
    return main.scrollWidth - main.clientWidth
  })()`)

/** A workbench on a device in a state; browser and device end with the test. */
export async function withPage(
  t: { teardown(run: () => Promise<void>): void },
  state: FakeState,
  size: { width: number; height: number; touch?: boolean } = DESK
) {
  const api = new FakeDeviceApi({ state })
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const { page, faults } = await openPage(browser, origin, { ...size, reducedMotion: true })
  const open = (hash: string) => page.goto(`${origin}/workbench/${hash}`)
  return { api, origin, page, faults, open }
}
