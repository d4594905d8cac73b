// The kiosk in a real browser against a made-up device: every screen and state in both themes and three
// sizes, by accessibility rules, errors, outside requests, sideways scrolling and target sizes; then what a
// person does with it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import { weighPage } from '../../ui/page-weight.ts'
import {
  axeFaults,
  noBrowser,
  openBrowser,
  openPage,
  overflow,
  smallTargets,
  tabStops
} from '../harness/browser-page.ts'
import { FakeDeviceApi } from '../harness/fake-device-api.ts'
import type { FakeState } from '../harness/fake-device-readings.ts'

const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')
const skip = noBrowser() ?? (existsSync(DIST) ? false : 'the pages are not built: vite build ui')
const KIOSK = { width: 1024, height: 600 }
const SIZES = [KIOSK, { width: 1280, height: 800 }, { width: 390, height: 844 }] as const

/** Address, state, and a text that is there once the screen is. */
const SCREENS: readonly (readonly [string, FakeState, string])[] = [
  ['', 'normal', 'Processor load'],
  ['', 'alarm', 'Acknowledge'],
  ['', 'flood', 'First alarm'],
  ['', 'learning', 'learning, 40'],
  ['', 'stale', 'No new value'],
  ['', 'no-link', 'No link to the fleet'],
  ['', 'empty', 'Nothing is watched yet'],
  ['', 'error', 'No values from the device'],
  ['', 'loading', 'Alarms are not known yet'],
  ['#/series/cpu.load', 'alarm', 'How unusual'],
  ['#/series/none', 'normal', 'This is not watched'],
  ['#/logs', 'alarm', 'Unusual lines'],
  ['#/alarms', 'alarm', 'Acknowledged'],
  ['#/alarms', 'normal', 'Everything that is watched'],
  ['#/run', 'normal', 'Files of your own'],
  ['#/device', 'normal', 'All is well'],
  ['#/device', 'no-link', 'sentence-roles'],
  ['#/device', 'fallen', 'not on CUDA: libcudnn.so.9 was not found'],
  ['#/device', 'many-gpus', 'XID 63'],
  ['#/device', 'no-gpu', 'This machine has no NVIDIA GPU'],
  ['#/device', 'stale', 'No new value for 47'],
  ['#/privacy', 'normal', 'Audit trail']
]

const seen = (page: Page, text: string): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 10_000 })

/** A screen that scrolls sideways inside its frame. */
const innerOverflow = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const main = document.querySelector('ns-kiosk').shadowRoot.querySelector('main')
    return main.scrollWidth - main.clientWidth
  })()`)

test('every screen and state keeps the rules in both themes and all sizes', { skip }, async (t) => {
  const api = new FakeDeviceApi()
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  for (const [hash, state, text] of SCREENS) {
    api.state = state
    const name = `${hash || 'overview'}, ${state}`
    const { page, faults, close } = await openPage(browser, origin, {
      ...KIOSK,
      reducedMotion: true
    })
    await page.goto(`${origin}/${hash}`)
    await seen(page, text)
    if (hash.startsWith('#/series/cpu')) await page.locator('canvas').nth(1).waitFor()
    t.same(await axeFaults(page), [], `${name}: accessible`)
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    t.same(await axeFaults(page), [], `${name}: accessible in the dark`)
    for (const size of SIZES) {
      await page.setViewportSize(size)
      t.equal(await overflow(page), 0, `${name}: no sideways scroll at ${size.width}`)
      t.equal(await innerOverflow(page), 0, `${name}: nor inside at ${size.width}`)
      t.same(await smallTargets(page, 64), [], `${name}: targets at ${size.width}`)
    }
    // The error state answers 503 on purpose, which the browser writes to its console.
    const real = faults.filter((fault) => state !== 'error' || !fault.includes('503'))
    t.same(real, [], `${name}: no error, nothing from outside`)
    await close()
  }
})

test('a person reads, acknowledges, shelves, looks at a trend and comes back', {
  skip
}, async (t) => {
  const api = new FakeDeviceApi({ state: 'alarm' })
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const { page, faults } = await openPage(browser, origin, { ...KIOSK, touch: true })
  await page.goto(origin)
  await seen(page, '8 watched: 6 normal, 2 alarms')

  await t.test('acknowledging an alarm takes its button away', async (t) => {
    await page.locator('ns-alarm-strip').getByRole('button', { name: 'Acknowledge' }).click()
    await page
      .locator('ns-alarm-strip')
      .getByRole('button', { name: 'Acknowledge' })
      .waitFor({ state: 'detached' })
    t.match(api.calls, ['POST /api/v1/alarms/a1/acknowledge'])
  })

  await t.test('shelving asks for a reason and an end', async (t) => {
    await page.getByRole('link', { name: /Alarms/ }).click()
    await page.locator('kiosk-alarms').getByRole('button', { name: 'Shelve' }).first().click()
    const shelve = page.getByRole('button', { name: /Shelve until/ })
    t.equal(await shelve.getAttribute('aria-disabled'), 'true')
    await page.getByText('Test in progress').last().click()
    t.equal(await shelve.getAttribute('aria-disabled'), null)
    t.same(await axeFaults(page), [], 'the dialog is accessible')
    await shelve.click()
    await page.getByRole('radio', { name: /Shelved 2/ }).waitFor()
    t.equal(api.calls.at(-1), 'POST /api/v1/alarms/a1/shelve')
  })

  await t.test('a trend has ranges, a table, and a link that survives a reload', async (t) => {
    await page.goto(`${origin}/#/series/cpu.load`)
    await page.locator('canvas').first().waitFor()
    await page.getByRole('radio', { name: '8 h' }).click()
    await page.getByRole('button', { name: 'Table' }).click()
    await page.getByRole('columnheader', { name: 'Normal' }).waitFor()
    t.same(await axeFaults(page), [], 'the table is accessible')
    await page.reload()
    await page.locator('canvas').first().waitFor()
    await page.getByRole('link', { name: 'Overview' }).first().click()
    await page.locator('kiosk-tile').first().waitFor()
    t.match(page.url(), /#\/$/)
  })

  await t.test('help explains the shapes and switches the brightness', async (t) => {
    await page.getByRole('button', { name: 'Help' }).click()
    await page.getByRole('radio', { name: 'Dark' }).click()
    t.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
    t.same(await axeFaults(page), [], 'help is accessible')
    await page.keyboard.press('Escape')
    await page.getByRole('radio', { name: 'Dark' }).waitFor({ state: 'hidden' })
  })

  t.same(faults, [])
})

test('the keyboard reaches everything in reading order', { skip }, async (t) => {
  const api = new FakeDeviceApi({ state: 'alarm' })
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const { page } = await openPage(browser, origin, KIOSK)
  await page.goto(origin)
  await page.locator('kiosk-tile').nth(7).waitFor()
  const stops = await tabStops(page, 16)
  t.same(stops.slice(0, 3), ['Help', 'Acknowledge', 'Open'])
  t.match(stops[3], /^Processor High/)
  t.match(stops.slice(11), [/^Overview/, /Alarms/, /^Analyse/, /Device/, /^Privacy/])
})

test('live values move, a cut is said with its time, and it mends itself', { skip }, async (t) => {
  const api = new FakeDeviceApi()
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const { page } = await openPage(browser, origin, KIOSK)
  await page.goto(origin)
  await page.locator('kiosk-tile').nth(7).waitFor()
  api.state = 'learning'
  api.tick()
  await seen(page, 'learning, 40')
  const port = Number(new URL(origin).port)
  await api.stop()
  await seen(page, 'No live values since')
  t.equal(await overflow(page), 0)
  const again = new FakeDeviceApi({ state: 'alarm' })
  t.teardown(() => again.stop())
  await again.start(port)
  await seen(page, 'Processor load 84')
  await page.getByText('No live values since').waitFor({ state: 'detached' })
})

test('the first load stays within the budget', {
  skip: existsSync(DIST) ? false : 'not built'
}, async (t) => {
  const { firstLoad, files } = weighPage(DIST, 'kiosk')
  t.ok(firstLoad <= 60_000, `${firstLoad} bytes of 60,000`)
  t.notOk(
    files.some(({ file, later }) => file.includes('plot') && !later),
    'charts load when shown'
  )
})
