// How a model is run, in a real browser against a made-up device: shown, set, refused, given back to the load,
// by pointer, by keys and on a phone.

import type { Page } from 'playwright-core'
import { test } from 'tap'
import { axeFaults, focused, overflow, smallTargets } from '../harness/browser-page.ts'
import { innerOverflow, seen, noWorkbench as skip, withPage } from '../harness/workbench-page.ts'

const ADDRESS = '/api/v1/models/sentence-roles/tuning'
const PHONE = { width: 390, height: 844, touch: true }

/** Title, value and who decides it, of each setting as it is shown. */
const shown = (page: Page): Promise<readonly string[]> =>
  page
    .locator('workbench-tuning dl > div')
    .evaluateAll((all) =>
      all.map((one) =>
        [...one.children]
          .map(({ textContent }) => textContent?.replaceAll('\u00A0', ' '))
          .join(' | ')
      )
    )

const field = (page: Page, name: string) => page.getByRole('spinbutton', { name })
const act = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const change = (page: Page) =>
  page.getByRole('button', { name: 'Change how sentence-roles is run' })

test('who decides each setting is shown, and follows the device', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await seen(page, 'as the bundle says')
  t.same(await shown(page), [
    'Instances | 1 | follows the load',
    'Threads of each | 4 | follow the load',
    'Largest batch | 32 rows | as the bundle says',
    'Longest wait | while it pays | follows the load'
  ])
  // The advisor changes it: the device tells of its models anew.
  api.set.set('sentence-roles', { instances: 2, maxWaitMs: 2.5 })
  api.tellModels()
  await seen(page, 'an equal share of the cores')
  t.same(await shown(page), [
    'Instances | 2 | set',
    'Threads of each | 2 | an equal share of the cores',
    'Largest batch | 32 rows | as the bundle says',
    'Longest wait | 2.5 ms | set'
  ])
  t.same(api.calls, [])
  t.same(faults, [])
})

test('a model is set, and the load decides again', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).click()
  t.equal(await act(page, 'Apply').getAttribute('aria-description'), 'Nothing is changed yet.')
  t.equal(await act(page, 'Let the load decide').getAttribute('aria-disabled'), 'true')
  await field(page, 'Instances').fill('2')
  await seen(page, 'Empty: an equal share of the cores.')
  await field(page, 'Longest wait').fill('2.5')
  t.same(await axeFaults(page), [], 'the form is accessible')
  await act(page, 'Apply').click()
  await seen(page, 'sentence-roles runs as you set it.')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.same(
    api.uploads.map((body) => JSON.parse(body)),
    [{ instances: 2, maxWaitMs: 2.5 }]
  )
  await seen(page, 'an equal share of the cores')
  await change(page).click()
  t.equal(await field(page, 'Instances').inputValue(), '2', 'what is set stands in the form')
  t.equal(await field(page, 'Largest batch').inputValue(), '', 'what is not set is empty')
  await act(page, 'Let the load decide').click()
  await seen(page, 'The load decides how sentence-roles is run.')
  await page.getByText('an equal share of the cores').waitFor({ state: 'hidden' })
  t.match((await shown(page))[0], 'Instances | 1 | follows the load')
  t.same(api.calls, [`PUT ${ADDRESS}`, `DELETE ${ADDRESS}`])
  t.same(faults, [])
})

test('a wrong number is said in its place and is not sent', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'normal')
  await open('#/models')
  await seen(page, 'matter on the CPU only')
  await change(page).click()
  await field(page, 'Instances').fill('65')
  await seen(page, 'At most 64.')
  t.equal(await field(page, 'Instances').getAttribute('aria-invalid'), 'true')
  const reason = await act(page, 'Apply').getAttribute('aria-description')
  t.equal(reason, 'Instances: At most 64.')
  await field(page, 'Instances').fill('1.5')
  await seen(page, 'A whole number is needed.')
  await field(page, 'Instances').fill('')
  await field(page, 'Largest batch').pressSequentially('8e')
  await seen(page, 'A number is needed.')
  t.same(await axeFaults(page), [], 'with the fault it is accessible')
  await page.keyboard.press('Enter')
  await act(page, 'Cancel').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.same(api.calls, [])
})

test('what the device refuses is said in its words, and can be sent again', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  api.tuningRefusal = 'A change is being measured; try again when it has ended.'
  await open('#/models')
  await change(page).click()
  await field(page, 'Instances').fill('3')
  await page.keyboard.press('Enter')
  await seen(page, 'A change is being measured; try again when it has ended.')
  await seen(page, 'NS_ADVICE_BUSY')
  t.equal(await field(page, 'Instances').inputValue(), '3', 'what was typed is not lost')
  t.equal(await focused(page), 'Instances', 'nor the place of the cursor')
  t.same(await axeFaults(page), [], 'the refusal is accessible')
  api.tuningRefusal = undefined
  await act(page, 'Apply').click()
  await seen(page, 'sentence-roles runs as you set it.')
  t.same(api.set.get('sentence-roles'), { instances: 3 })
})

test('while the device changes it the form waits; closed, it still tells', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  let go = () => {}
  const held = new Promise<void>((done) => {
    go = done
  })
  await page.route(`**${ADDRESS}`, async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  api.tuningRefusal = 'The executors were not loaded: there is no memory left.'
  await open('#/models')
  await change(page).click()
  await field(page, 'Instances').fill('8')
  await act(page, 'Apply').click()
  await page.locator('workbench-tuning-dialog [aria-busy]').waitFor()
  await field(page, 'Instances').press('Enter')
  t.equal(await act(page, 'Let the load decide').getAttribute('aria-disabled'), 'true')
  await act(page, 'Close').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  go()
  await seen(page, 'The executors were not loaded: there is no memory left.')
  t.same(api.calls, [`PUT ${ADDRESS}`], 'Enter sends nothing while it waits')
})

test('the form is worked by keys alone', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).focus()
  await page.keyboard.press('Enter')
  await field(page, 'Instances').waitFor()
  t.equal(await focused(page), 'Instances', 'the first field has the focus')
  await page.keyboard.type('2')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.equal(await focused(page), 'Change how sentence-roles is run', 'and it goes back')
  t.same(api.calls, [], 'Escape sets nothing')
  await page.keyboard.press('Enter')
  await field(page, 'Instances').waitFor()
  t.equal(await field(page, 'Instances').inputValue(), '', 'what was given up is forgotten')
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Threads of each')
  await page.keyboard.type('3')
  await page.keyboard.press('Enter')
  await seen(page, 'sentence-roles runs as you set it.')
  t.same(api.set.get('sentence-roles'), { threads: 3 })
  t.equal(await focused(page), 'Change how sentence-roles is run')
  t.same(faults, [])
})

test('on a phone everything fits and is big enough', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu', PHONE)
  await open('#/models')
  await change(page).tap()
  await field(page, 'Longest wait').fill('5')
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    t.same(await axeFaults(page), [], `accessible, ${theme}`)
  }
  t.equal(await overflow(page), 0)
  t.equal(await innerOverflow(page), 0)
  t.same(await smallTargets(page, 24), [])
  const box = await page.getByRole('dialog').boundingBox()
  t.ok(box && box.x >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844, 'all in sight')
  await act(page, 'Apply').tap()
  await seen(page, 'sentence-roles runs as you set it.')
  t.same(api.set.get('sentence-roles'), { maxWaitMs: 5 })
  t.same(faults, [])
})

test('settings that cannot be read are said, and nothing can be set then', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'normal')
  const detail = 'The device is stopping.'
  await page.route(`**${ADDRESS}`, (route) =>
    route.fulfill({ status: 503, json: { detail, code: 'NS_INTERNAL' } })
  )
  await open('#/models')
  await seen(page, detail)
  t.equal(await change(page).count(), 0)
})
