// The console in a real browser against a made-up fleet: every screen and state in both themes and three
// sizes, by accessibility rules, errors, outside requests and sideways scrolling; then what a person does
// with it.

import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test, test } from 'tap'
import { weighPage } from '../../ui/page-weight.ts'
import {
  axeFaults,
  noBrowser,
  openBrowser,
  openPage,
  overflow,
  smallTargets,
  tabStops,
  untilNotTyping
} from '../harness/browser-page.ts'
import { FakeFleetApi } from '../harness/fake-fleet-api.ts'
import type { FleetFakeState } from '../harness/fake-fleet-devices.ts'

t.jobs = 2
const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')
const skip =
  noBrowser() ??
  (existsSync(join(DIST, 'console.html')) ? false : 'the pages are not built: vite build ui')
const DESK = { width: 1280, height: 800 }
const SIZES = [DESK, { width: 1024, height: 600 }, { width: 390, height: 844 }] as const

/** Address, state, and a text that is there once the screen is. */
const SCREENS: readonly (readonly [string, FleetFakeState, string])[] = [
  ['', 'attention', 'Needs attention'],
  ['', 'well', 'All 24 devices are well'],
  ['', 'running', 'Rollouts running'],
  ['', 'none', 'No device belongs to this fleet yet'],
  ['', 'error', 'NS_STARTING'],
  ['', 'loading', 'Waiting for the fleet'],
  ['#/devices?state=offline', 'attention', 'harbour-01'],
  ['#/devices?find=nothing', 'well', 'No device is in this list'],
  ['#/devices/ward-01?series=gpu.temperature', 'attention', 'Open alarms'],
  ['#/devices/press-01', 'refused', 'NS_BUNDLE_UNTRUSTED'],
  ['#/devices/none', 'well', 'NS_DEVICE_UNKNOWN'],
  ['#/enrolment', 'well', 'Enrolled devices'],
  ['#/registry/sentence-roles/1.0.0', 'running', 'weighted F1'],
  ['#/registry', 'running', 'TensorRT engines'],
  ['#/registry', 'none', 'No model is published yet'],
  ['#/rollouts', 'running', '9 of 24 devices'],
  ['#/rollouts', 'none', 'Nothing was rolled out yet'],
  ['#/rollouts/r1', 'running', 'On the way'],
  ['#/rollouts/r2', 'refused', 'the version before keeps serving'],
  ['#/rollouts/r1', 'well', 'Finished'],
  ['#/rollouts/new?device=press-01', 'attention', 'Review'],
  ['#/logs', 'attention', 'Unusual'],
  ['#/alerts', 'attention', 'Acknowledged'],
  ['#/alerts?view=past', 'well', 'Lasted'],
  ['#/audit', 'well', 'Rollout created'],
  ['#/system', 'well', 'Interfaces'],
  ['#/nowhere', 'well', 'There is nothing at this address']
]

const seen = (page: Page, text: string): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 10_000 })

/** A screen that scrolls sideways inside its frame. */
const innerOverflow = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const frame = document.querySelector('ns-console').shadowRoot.querySelector('ns-desk-frame')
    const main = frame.shadowRoot.querySelector('main')
    return main.scrollWidth - main.clientWidth
  })()`)

async function opened(t: Test, state: FleetFakeState, touch = false) {
  const api = new FakeFleetApi({ state })
  const origin = await api.start()
  const browser = await openBrowser()
  t.teardown(async () => {
    await browser.close()
    await api.stop()
  })
  const watched = await openPage(browser, origin, { ...DESK, touch, reducedMotion: true })
  return { api, origin, browser, ...watched }
}

/** Until the page has drawn what it learned just now. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))')

/** What is wrong with one screen, one sentence each. */
async function screenFaults(page: Page, address: string, text: string): Promise<readonly string[]> {
  const faults: string[] = []
  await page.setViewportSize(DESK)
  await page.goto('about:blank')
  await page.goto(address)
  await seen(page, text)
  if (address.includes('series=')) await page.locator('canvas').waitFor()
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    faults.push(...(await axeFaults(page)).map((fault) => `${theme}: ${fault}`))
  }
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await drawn(page)
    const wide = (await overflow(page)) + (await innerOverflow(page))
    if (wide > 0) faults.push(`scrolls sideways by ${wide} at ${size.width}`)
  }
  return faults
}

for (const lane of [0, 1]) {
  // Two browsers side by side take half the time.
  test(`every screen and state keeps the rules, part ${lane + 1}`, {
    skip,
    buffered: true
  }, async (t) => {
    const { api, origin, page, faults } = await opened(t, 'well')
    for (const [hash, state, text] of SCREENS.filter((_, index) => index % 2 === lane)) {
      api.state = state
      t.same(await screenFaults(page, `${origin}/${hash}`, text), [], `${hash}, ${state}`)
    }
    t.same(
      faults.filter((fault) => !fault.includes('503')),
      [],
      'no error, nothing from outside'
    )
  })
}

test('a person rolls a version out, sees a refusal, and goes back', { skip }, async (t) => {
  const { api, origin, page, faults } = await opened(t, 'attention')

  await t.test('the review counts live, and the rollout opens', async (t) => {
    await page.goto(origin)
    await page.getByRole('link', { name: 'New rollout' }).click()
    await seen(page, 'change from 1.0.0')
    await page.getByRole('radio', { name: 'Chosen devices' }).click()
    const start = page.getByRole('button', { name: /^Roll out/ })
    t.equal(await start.getAttribute('aria-disabled'), 'true', 'nothing is chosen yet')
    await page.getByLabel('cap-02').check()
    await page.getByLabel('harbour-01').check()
    await seen(page, 'are away and follow when they are back')
    await page.getByRole('button', { name: 'Roll out to 2 devices' }).click()
    await seen(page, 'runs on 9 of 24 devices')
    t.match(page.url(), /#\/rollouts\/r1$/)
    t.match(api.calls.at(-1), /POST \/api\/v1\/rollouts .*"devices":\["cap-02","harbour-01"\]/)
  })

  await t.test('a square, the list and the timeline share the selection', async (t) => {
    await page
      .getByRole('button', { name: /^cap-02/ })
      .first()
      .focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/device=cap-02/)
    await seen(page, 'from 1.0.0')
    await page.reload()
    t.equal(
      await page
        .getByRole('button', { name: /^cap-02/ })
        .first()
        .getAttribute('aria-pressed'),
      'true'
    )
  })

  await t.test('rolling back asks for the number of devices', async (t) => {
    await page.getByRole('button', { name: 'Roll back to 1.0.0' }).click()
    const sure = page.getByRole('button', { name: 'Roll back 9 devices' })
    t.equal(await sure.getAttribute('aria-disabled'), 'true')
    t.same(await axeFaults(page), [], 'the dialog is accessible')
    await page.getByLabel('Type 9 to confirm').fill('9')
    const [back] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'POST'),
      sure.click()
    ])
    t.match(back.postData(), /"version":"1.0.0"/)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  await t.test('a refusal comes live, with code and reason', async (t) => {
    await page.goto(`${origin}/#/rollouts/r2`)
    api.state = 'refused'
    api.tick()
    await seen(page, 'NS_BUNDLE_UNTRUSTED')
    const [retried] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'POST'),
      page.getByRole('button', { name: 'Retry failed (3)' }).click()
    ])
    t.match(retried.postData(), /"devices":\["press-01","fill-01","cap-01"\]/)
    await page
      .getByRole('link', { name: /^Overview/ })
      .first()
      .click()
    await page.getByRole('link', { name: /^Open the rollout/ }).click()
    await page.waitForURL(/rollouts\/r2/)
  })
  t.same(faults, [])
})

test('tokens, bundles, search and rows', { skip }, async (t) => {
  const { api, origin, page, faults } = await opened(t, 'well')

  await t.test('a token comes with the command to run on the device', async () => {
    await page.goto(`${origin}/#/enrolment`)
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByLabel('Name of the device').fill("Presse 7's")
    await seen(page, `--token T0ken-for-the-test-only --name 'Presse 7'\\''s'`)
    await seen(page, 'for one device')
    t.same(await axeFaults(page), [], 'accessible')
    await page.getByRole('button', { name: 'Copy the command' }).click()
    await page
      .getByRole('status')
      .getByText(/clipboard|Select the text/)
      .waitFor()
  })

  await t.test('a bundle is judged before it is sent, and refused in words', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'console-bundle-'))
    await writeFile(join(folder, 'manifest.json'), '{}')
    await page.goto(`${origin}/#/registry`)
    await page.getByRole('button', { name: 'Publish a version' }).click()
    await seen(page, 'At most 200 MiB and 200 files')
    await page.locator('#folder').setInputFiles(folder)
    await seen(page, 'The bundle is not signed')
    await writeFile(join(folder, 'manifest.sig'), '{}')
    await page.locator('#folder').setInputFiles(folder)
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await seen(page, 'NS_BUNDLE_DIGEST')
    t.same(await axeFaults(page), [], 'the refusal is accessible')
    t.match(api.calls.at(-1), /name="manifest.sig"/)
    await page.keyboard.press('Escape')
  })

  await t.test('a slash finds a device, a question mark helps', async (t) => {
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill('ward-02')
    t.same(await axeFaults(page), [], 'search is accessible')
    await page.keyboard.press('Enter')
    await page.waitForURL(/devices\/ward-02/)
    await page.getByRole('combobox').waitFor({ state: 'hidden' })
    await untilNotTyping(page) // in its field a question mark is a letter
    await page.keyboard.press('?')
    await page.getByRole('radio', { name: 'Dark' }).waitFor()
    t.same(await axeFaults(page), [], 'help is accessible')
    await page.keyboard.press('Escape')
    await page.goBack()
    await page.waitForURL(/registry/)
  })

  await t.test('rows are walked, opened and saved', async (t) => {
    await page.goto(`${origin}/#/devices`)
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click()
    ])
    t.equal(saved.suggestedFilename(), 'devices.csv')
    await page.locator('ns-table tbody tr').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/devices\/cap-02/)
  })
  t.same(
    faults.filter((fault) => !fault.includes('422')),
    []
  )
})

test('live, by keyboard, and when the stream is cut', { skip }, async (t) => {
  const { api, origin, page } = await opened(t, 'well')
  await page.goto(origin)
  await seen(page, 'All 24 devices are well')
  const stops = await tabStops(page, 15)
  t.match(stops.slice(0, 4), ['Go to the content', /Find a device/, 'Help', 'Overview'])
  t.match(stops.at(12), 'New rollout')

  api.state = 'attention'
  api.tick()
  await seen(page, 'press-01: Disk in use 99.6')
  const open = page.getByRole('link', { name: /^Open the device/ })
  await open.first().focus()
  api.state = 'refused'
  api.tick()
  await page.getByRole('button', { name: 'Show 1 new one' }).click()
  await seen(page, 'The rollout of sentence-roles 1.0.2 failed')

  const port = Number(new URL(origin).port)
  await api.stop()
  await seen(page, 'Stream lost since')
  const act = page.getByRole('button', { name: 'New rollout' })
  t.equal(await act.getAttribute('aria-disabled'), 'true', 'acts wait')
  t.same(await axeFaults(page), [], 'accessible while the stream is lost')
  const again = new FakeFleetApi({ state: 'running' })
  t.teardown(() => again.stop())
  await again.start(port)
  await seen(page, 'Rollouts running')
  await page.getByText('Stream lost since').first().waitFor({ state: 'detached' })
})

test('targets on a phone, and the weight of the first load', { skip }, async (t) => {
  const { origin, page } = await opened(t, 'attention', true)
  await page.setViewportSize({ width: 390, height: 844 })
  for (const hash of ['', '#/devices', '#/rollouts/new', '#/rollouts/r1', '#/logs']) {
    await page.goto(`${origin}/${hash}`)
    await page.waitForLoadState('networkidle').catch(() => undefined)
    t.same(await smallTargets(page, 24), [], `${hash}: targets`)
  }
  const { firstLoad, files } = weighPage(DIST, 'console')
  t.ok(firstLoad <= 120_000, `${firstLoad} bytes of 120,000`)
  t.notOk(
    files.some(({ file, later }) => file.includes('plot') && !later),
    'charts with axes load when shown'
  )
})
