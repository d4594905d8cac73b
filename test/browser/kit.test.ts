// The kit on its page: accessibility rules in both themes and densities, and what the keyboard does with
// each element that has its own keys.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import {
  axeFaults,
  noBrowser,
  openBrowser,
  openPage,
  overflow,
  smallTargets
} from '../harness/browser-page.ts'
import { FakeDeviceApi } from '../harness/fake-device-api.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'ui', 'dist', 'kit.html')
const skip = noBrowser() ?? (existsSync(PAGE) ? false : 'the pages are not built: vite build ui')

const selected = (page: Page): Promise<string | null> =>
  page.locator('ns-table tr[aria-current]').getAttribute('data-key')

test('the kit keeps the rules, and its keys work', { skip }, async (t) => {
  const api = new FakeDeviceApi()
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const { page, faults } = await openPage(browser, origin, {
    width: 1280,
    height: 800,
    reducedMotion: true
  })

  for (const density of ['', '#kiosk']) {
    await page.goto(`${origin}/kit/${density}`)
    await page.reload()
    await page.locator('canvas').waitFor()
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      t.same(await axeFaults(page), [], `accessible: ${theme} ${density}`)
    }
    t.equal(await overflow(page), 0)
  }
  await page.goto(`${origin}/kit/`)
  await page.reload()
  await page.locator('canvas').waitFor()

  await t.test('a dialog that is opened again at once stays open', async (t) => {
    const stays = await page.evaluate(`(async () => {
      const dialog = document.body.appendChild(document.createElement('ns-dialog'))
      const inner = () => dialog.renderRoot.querySelector('dialog')
      const shown = []
      for (const close of [
        () => inner().dispatchEvent(new Event('cancel', { cancelable: true })),
        () => { dialog.open = false },
        () => inner().close()
      ]) {
        let said = 0
        dialog.addEventListener('ns-close', () => { said += 1 })
        dialog.open = true
        await dialog.updateComplete
        close()
        await dialog.updateComplete
        dialog.open = false
        dialog.open = true
        await dialog.updateComplete
        // The browser tells of the closing in a task of its own.
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
        shown.push([dialog.open, inner().open])
        dialog.open = false
        await dialog.updateComplete
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
        shown.push(said > 0)
      }
      dialog.remove()
      return shown
    })()`)
    t.same(stays, [[true, true], true, [true, true], true, [true, true], true])
  })

  await t.test('a dialog takes the focus, closes with Escape, and gives it back', async (t) => {
    await page.getByRole('button', { name: 'Dialog' }).click()
    await page.getByRole('dialog').waitFor()
    t.same(await axeFaults(page), [], 'the dialog is accessible')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.getByRole('button', { name: 'Keep as it is' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  await t.test('a disabled button says why and does nothing', async (t) => {
    const button = page.getByRole('button', { name: 'Disabled' })
    await button.focus()
    t.equal(await button.getAttribute('aria-description'), 'Nothing is running.')
    t.equal(await button.getAttribute('aria-disabled'), 'true')
  })

  await t.test('a toast offers its act; a failure stays until it is closed', async (t) => {
    await page.getByRole('button', { name: 'Failure' }).click()
    await page.getByRole('button', { name: 'Toast' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    t.equal(await page.getByText('12 findings accepted').count(), 0)
    await page.getByRole('button', { name: 'Close' }).click()
    t.equal(await page.getByText('The disk is full').count(), 0)
  })

  await t.test('tabs and switches move with the arrows', async (t) => {
    await page.getByRole('tab', { name: 'All 37' }).focus()
    await page.keyboard.press('ArrowRight')
    t.equal(await page.getByRole('tab', { name: 'History' }).getAttribute('aria-selected'), 'true')
    await page.keyboard.press('ArrowRight')
    t.equal(await page.getByRole('tab', { name: 'Finding' }).getAttribute('aria-selected'), 'true')
    await page.getByRole('radio', { name: '8 h' }).focus()
    await page.keyboard.press('ArrowLeft')
    t.equal(await page.getByRole('radio', { name: '15 min' }).getAttribute('aria-checked'), 'true')
  })

  await t.test('a table sorts by its heads and is walked by keys', async (t) => {
    const first = page.locator('ns-table tbody tr').first()
    t.equal(await first.getAttribute('data-key'), 'cap-09')
    await page.getByRole('button', { name: 'Temperature' }).click()
    t.equal(await first.getAttribute('data-key'), 'cap-09', 'the hottest')
    await page.getByRole('button', { name: 'Temperature' }).click()
    t.equal(await first.getAttribute('data-key'), 'press-07', 'the coolest; no value is last')
    await page.locator('ns-table tr[aria-current]').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    t.equal(await selected(page), 'cap-09')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    t.equal(await selected(page), 'fill-03')
  })

  await t.test('a heat grid is walked by arrows, over spans and gaps', async (t) => {
    await page.getByRole('gridcell', { name: '1714' }).focus()
    await page.keyboard.press('ArrowUp')
    const cell = page.locator('ns-heat-grid [aria-selected="true"]')
    t.match(await cell.textContent(), 'not offered', 'over the gap into the span')
    await page.keyboard.press('ArrowUp')
    t.match(await cell.textContent(), '20')
    await page.keyboard.press('Home')
    t.match(await cell.textContent(), '14')
  })

  await t.test('squares, bursts and charts are reached by keys and have words', async (t) => {
    await page.getByRole('button', { name: 'fill-03: failed' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    t.equal(
      await page.getByRole('button', { name: 'fill-04: active' }).getAttribute('aria-pressed'),
      'true'
    )
    const bursts = page.getByRole('slider', { name: /over time/ })
    await bursts.focus()
    await page.keyboard.press('ArrowLeft')
    t.match(await bursts.getAttribute('aria-valuetext'), /08:14, \d+ lines/)
    await page.keyboard.press('Escape')
    t.equal(await bursts.getAttribute('aria-valuetext'), 'nothing chosen')
    t.match(
      await page.getByRole('img', { name: /^Processor load from/ }).getAttribute('aria-label'),
      /outside the band/
    )
    await page.getByRole('button', { name: 'Table' }).click()
    await page.getByRole('columnheader', { name: 'Normal' }).waitFor()
  })

  await t.test('on a phone the places are in a tab bar and behind More', async (t) => {
    await page.setViewportSize({ width: 390, height: 844 })
    t.equal(await overflow(page), 0)
    await page.getByRole('button', { name: 'More' }).click()
    await page
      .locator('.more')
      .getByRole('link', { name: /Rollouts/ })
      .click()
    t.match(page.url(), /#\/rollouts/)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  t.same(faults, [], 'no error, nothing from outside')
  const touch = await openPage(browser, origin, { width: 390, height: 844, touch: true })
  await touch.page.goto(`${origin}/kit/`)
  await touch.page.locator('canvas').waitFor()
  t.same(await smallTargets(touch.page, 24), [], 'targets')
})
