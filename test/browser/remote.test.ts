// Where the requests of a model go, in a real browser against a made-up device: shown, sent to another server, taken
// back, refused, with headers that cannot be kept, by pointer, by keys and on a phone.

import type { Page } from 'playwright-core'
import { test } from 'tap'
import { axeFaults, focused, overflow, smallTargets } from '../harness/browser-page.ts'
import {
  innerOverflow,
  SIZES,
  seen,
  noWorkbench as skip,
  withPage
} from '../harness/workbench-page.ts'

const ADDRESS = '/api/v1/models/sentence-roles/remote'
const SERVER = 'https://triton.example.org:8000'
const PHONE = { width: 390, height: 844, touch: true }
const HERE = 'Requests to sentence-roles are answered on this device.'
const THERE = `Requests to sentence-roles leave this device: ${SERVER} answers them.`
const PRIVATE =
  'lab.example.org (203.0.113.7) is no private address, and http is not encrypted; use https, or a server in a private network.'

const section = (page: Page) => page.locator('workbench-remote')
const plain = (text: string): string => text.replaceAll('\u00A0', ' ').replace(/\s+/g, ' ').trim()

/** State and facts as they are shown. */
const shown = async (page: Page): Promise<readonly string[]> => {
  const state = await section(page).locator('.where ns-status').innerText()
  const facts = await section(page).locator('dl > div').allInnerTexts()
  return [state, ...facts].map(plain)
}

const field = (page: Page, name: string) => page.getByRole('textbox', { name })
const token = (page: Page) => page.getByLabel('Bearer token')
const limit = (page: Page) => page.getByRole('spinbutton', { name: 'Time for a batch' })
const act = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const change = (page: Page) =>
  page.getByRole('button', { name: 'Change where requests to sentence-roles go' })
const closed = (page: Page) => page.getByRole('dialog').waitFor({ state: 'hidden' })

test('a model is sent to another server, and answered here again', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await seen(page, HERE)
  t.same(await shown(page), ['This device'])
  await change(page).click()
  await seen(page, 'What is analysed with sentence-roles then leaves this device.')
  t.equal(await act(page, 'Answer on this device').count(), 0, 'nothing is there to take back')
  const reason = await act(page, 'Send there').getAttribute('aria-description')
  t.equal(reason, 'Address of the server: An address is needed.')
  await field(page, 'Address of the server').fill(SERVER)
  await field(page, 'Version there').fill('3')
  await page.getByRole('combobox', { name: 'Precision there' }).selectOption('fp16')
  await limit(page).fill('2500')
  await token(page).fill('a-secret')
  t.equal(await token(page).getAttribute('type'), 'password')
  t.equal(await token(page).getAttribute('autocomplete'), 'off')
  t.same(await axeFaults(page), [], 'the form is accessible')
  await act(page, 'Send there').click()
  await closed(page)
  await seen(page, THERE)
  await seen(page, 'Some inputs leave this device')
  t.same(
    api.uploads.map((body) => JSON.parse(body)),
    [{ url: SERVER, version: '3', precision: 'fp16', timeoutMs: 2500, token: 'a-secret' }]
  )
  await page.locator('workbench-remote dl').waitFor()
  t.same(await shown(page), [
    'Another server',
    `Address ${SERVER}`,
    'Model there sentence-roles',
    'Version there 3',
    'Precision there FP16',
    'Time for a batch 2,500 ms',
    'Headers authorization'
  ])
  t.same(await axeFaults(page), [], 'the section is accessible')
  await change(page).click()
  t.equal(await field(page, 'Version there').inputValue(), '3', 'what is set stands in the form')
  t.equal(await token(page).inputValue(), '', 'the token does not')
  await seen(page, 'A token is set. It is never shown again')
  await act(page, 'Answer on this device').click()
  await closed(page)
  await page.locator('workbench-remote dl').waitFor({ state: 'detached' })
  t.same(await shown(page), ['This device'])
  await seen(page, 'Nothing leaves this device')
  t.same(api.calls, [`PUT ${ADDRESS}`, `DELETE ${ADDRESS}`])
  t.same(faults, [])
})

test('a server that does not prove itself is said, with when it is asked', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).click()
  await field(page, 'Address of the server').fill(SERVER)
  await field(page, 'Model there').fill('absent')
  await act(page, 'Send there').click()
  await closed(page)
  await page.locator('workbench-remote dl').waitFor()
  const [state, ...facts] = await shown(page)
  t.equal(state, 'This device answers meanwhile')
  t.ok(facts.includes('Fault NS_MODEL_UNKNOWN'))
  t.match(facts.at(-1), /^Asked again at the latest \d\d:\d\d:\d\d$/)
  // It comes back by itself: the device tells of its models anew.
  api.remotes.set('sentence-roles', { url: SERVER })
  api.tellModels()
  await section(page).getByText('Another server').waitFor()
})

test('a wrong field is said in its place and is not sent', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).click()
  const url = field(page, 'Address of the server')
  t.equal(await url.getAttribute('aria-invalid'), null, 'nothing is wrong before it is tried')
  await url.press('Enter')
  await seen(page, 'An address is needed.')
  t.equal(await url.getAttribute('aria-invalid'), 'true')
  await url.fill('triton:8000')
  await seen(page, 'It must begin with https:// or http:// and name a server.')
  await url.fill(SERVER)
  t.equal(await url.getAttribute('aria-invalid'), null)
  await limit(page).fill('99')
  await seen(page, 'At least 100.')
  t.equal(await limit(page).getAttribute('aria-invalid'), 'true')
  const reason = await act(page, 'Send there').getAttribute('aria-description')
  t.equal(reason, 'Time for a batch: At least 100.')
  await limit(page).fill('')
  await limit(page).pressSequentially('8e')
  await seen(page, 'A number is needed.')
  t.same(await axeFaults(page), [], 'with the fault it is accessible')
  await limit(page).press('Enter')
  await act(page, 'Cancel').click()
  await closed(page)
  t.same(api.calls, [])
})

test('what the device refuses is said, and nothing typed is lost', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  api.remoteRefusal = PRIVATE
  await open('#/models')
  await change(page).click()
  const url = field(page, 'Address of the server')
  await token(page).fill('a-secret')
  await url.fill('http://lab.example.org')
  await url.press('Enter')
  await seen(page, PRIVATE)
  await seen(page, 'NS_SETTINGS_INVALID')
  t.equal(await url.getAttribute('aria-invalid'), 'true')
  t.same(await axeFaults(page), [], 'the refusal is accessible')
  await token(page).focus()
  await seen(page, PRIVATE)
  t.equal(await url.inputValue(), 'http://lab.example.org')
  t.equal(await token(page).inputValue(), 'a-secret')
  api.remoteRefusal = undefined
  await url.fill(SERVER)
  t.equal(await url.getAttribute('aria-invalid'), null, 'a new address is not refused yet')
  await act(page, 'Send there').click()
  await seen(page, THERE)
  t.same(api.remotes.get('sentence-roles'), { url: SERVER, token: 'a-secret' })
})

test('headers that would be lost are named before', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).click()
  const command = page.locator('workbench-remote-dialog code')
  const blank = 'nearside models remote sentence-roles --url ADDRESS --header NAME:VALUE'
  t.equal(await command.innerText(), blank)
  await act(page, 'Cancel').click()
  await closed(page)
  api.remotes.set('sentence-roles', {
    ...{ url: SERVER, token: 'a-secret' },
    headers: { 'x-tenant': 'lab', 'x-site': 'north' }
  })
  api.tellModels()
  await seen(page, 'authorization, x-site, x-tenant')
  await change(page).click()
  await seen(page, '“Send there” removes headers')
  t.equal(
    await command.innerText(),
    `nearside models remote sentence-roles --url ${SERVER} --header x-site:VALUE --header x-tenant:VALUE`
  )
  t.same(await axeFaults(page), [], 'the warning is accessible')
  const text = await page.getByRole('dialog').innerText()
  t.notMatch(text, /a-secret|north/)
  await act(page, 'Send there').click()
  await page.getByText('authorization, x-site').waitFor({ state: 'hidden' })
  t.same(api.remotes.get('sentence-roles'), { url: SERVER })
})

test('while the server is asked the form waits; closed, it still tells', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  let go = () => {}
  const held = new Promise<void>((done) => {
    go = done
  })
  await page.route(`**${ADDRESS}`, async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  api.remotes.set('sentence-roles', { url: SERVER })
  api.remoteRefusal = 'The setting of the server cannot be kept.'
  await open('#/models')
  await change(page).click()
  await act(page, 'Send there').click()
  await seen(page, 'The server is asked for the golden outputs of the model.')
  await page.locator('workbench-remote-dialog [aria-busy]').waitFor()
  t.equal(await act(page, 'Answer on this device').getAttribute('aria-disabled'), 'true')
  await field(page, 'Address of the server').press('Enter')
  t.same(await axeFaults(page), [], 'while it waits it is accessible')
  await act(page, 'Close').click()
  await closed(page)
  go()
  await seen(page, 'The setting of the server cannot be kept.')
  t.same(api.calls, [`PUT ${ADDRESS}`], 'Enter sends nothing while it waits')
})

test('the form is worked by keys alone', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  await open('#/models')
  await change(page).focus()
  await page.keyboard.press('Enter')
  await field(page, 'Address of the server').waitFor()
  t.equal(await focused(page), 'Address of the server', 'the first field has the focus')
  await page.keyboard.type('https://given.up')
  await page.keyboard.press('Escape')
  await closed(page)
  t.equal(await focused(page), 'Change where requests to sentence-roles go', 'and it goes back')
  t.same(api.calls, [], 'Escape sets nothing')
  await page.keyboard.press('Enter')
  const url = field(page, 'Address of the server')
  await url.waitFor()
  t.equal(await url.inputValue(), '', 'what was given up is forgotten')
  await page.keyboard.type(SERVER)
  const stops: string[] = []
  for (let stop = 0; stop < 5; stop += 1) {
    await page.keyboard.press('Tab')
    stops.push(await focused(page))
    if (stop === 2) {
      await page.keyboard.press('i')
      await page.keyboard.press('Enter')
      t.same(api.calls, [], 'Enter in the list of choices sends nothing')
      await page.keyboard.press('Escape')
    }
  }
  t.same(stops, [
    'Model there',
    'Version there',
    'Precision there',
    'Time for a batch',
    'Bearer token'
  ])
  await page.keyboard.type('a-secret')
  await page.keyboard.press('Enter')
  await seen(page, THERE)
  await closed(page)
  const sent = { url: SERVER, precision: 'int4', token: 'a-secret' }
  t.same(api.remotes.get('sentence-roles'), sent)
  t.equal(await focused(page), 'Change where requests to sentence-roles go')
  t.same(faults, [])
})

for (const size of SIZES)
  test(`all fits ${size.width} × ${size.height}, in both themes`, { skip }, async (t) => {
    const phone = size.width === PHONE.width
    const { api, page, faults, open } = await withPage(t, 'no-gpu', phone ? PHONE : size)
    api.remotes.set('sentence-roles', {
      ...{ url: `https://${'long.'.repeat(30)}example.org`, model: 'absent' },
      headers: { 'x-tenant': 'lab' }
    })
    await open('#/models')
    await section(page).locator('dl').waitFor()
    t.equal(await innerOverflow(page), 0, 'the section does not scroll sideways')
    await change(page).click()
    await limit(page).fill('5000')
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      t.same(await axeFaults(page), [], `accessible, ${theme}`)
    }
    t.equal(await overflow(page), 0)
    t.same(await smallTargets(page, 24), [])
    const box = await page.getByRole('dialog').boundingBox()
    const { width, height } = size
    t.ok(box && box.x >= 0 && box.x + box.width <= width, 'no wider than the window')
    t.ok(box && box.y >= 0 && box.y + box.height <= height, 'no higher than the window')
    const scrolls = await page
      .getByRole('dialog')
      .evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)
    t.equal(scrolls, 0, 'the form does not scroll sideways')
    await act(page, 'Answer on this device').click()
    await closed(page)
    await section(page).locator('dl').waitFor({ state: 'detached' })
    t.same(await shown(page), ['This device'])
    t.same(faults, [])
  })

test('where they go cannot be read: it is said, and nothing can be set then', {
  skip
}, async (t) => {
  const { page, open } = await withPage(t, 'normal')
  const detail = 'The device is stopping.'
  await page.route(`**${ADDRESS}`, (route) =>
    route.fulfill({ status: 503, json: { detail, code: 'NS_INTERNAL' } })
  )
  await open('#/models')
  await section(page).getByText(detail).waitFor()
  t.equal(await change(page).count(), 0)
})
