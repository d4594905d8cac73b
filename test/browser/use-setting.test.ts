// The best setting of a benchmark is used for the model it measured, in a real browser against a made-up device:
// said first what changes, taken over, refused, and explained where the device cannot.

import type { Page } from 'playwright-core'
import { test } from 'tap'
import { axeFaults, overflow, smallTargets } from '../harness/browser-page.ts'
import {
  innerOverflow,
  SIZES,
  seen,
  noWorkbench as skip,
  withPage
} from '../harness/workbench-page.ts'

const ADDRESS = '/api/v1/models/sentence-roles/tuning'
const BEST = { instances: 2, threads: 2, maxBatch: 4 }

const act = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** The rows of the question: setting, value and who decides it, what it becomes. */
const changes = (page: Page): Promise<readonly string[]> =>
  page.locator('workbench-use-setting tbody tr').evaluateAll((all) =>
    all.map((row) =>
      [...row.children]
        .map((cell) =>
          (cell.children.length === 0 ? [cell] : [...cell.children]).map((part) =>
            part.textContent?.trim()
          )
        )
        .map((parts) => parts.filter(Boolean).join(', '))
        .join(' | ')
        .replaceAll('\u00A0', ' ')
    )
  )

test('the best is used after it was said what changes', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'no-gpu')
  api.set.set('sentence-roles', { maxWaitMs: 5 })
  await open('#/benchmarks/run-41')
  await act(page, 'Use this setting').click()
  await seen(page, 'CPU, INT8, batch 4.')
  await page.locator('workbench-use-setting tbody tr').first().waitFor()
  t.same(await changes(page), [
    'Instances | 1, follows the load | 2, set',
    'Threads of each | 4, follow the load | 2, set',
    'Largest batch | 32 rows, as the bundle says | 4 rows, set',
    'Longest wait | 5 ms, set | stays'
  ])
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    t.same(await axeFaults(page), [], `the question is accessible, ${theme}`)
  }
  await act(page, 'Use it').click()
  await seen(page, 'sentence-roles runs with the setting of the benchmark.')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.same(JSON.parse(api.uploads[0] ?? ''), { maxWaitMs: 5, ...BEST }, 'the wait is kept')
  await seen(page, 'sentence-roles is run with this setting.')
  t.equal(await act(page, 'Use this setting').getAttribute('aria-disabled'), 'true')
  t.same(api.calls, [`PUT ${ADDRESS}`])
  await page.getByRole('link', { name: 'How it is run' }).click()
  await page.waitForURL(/#\/models\/sentence-roles$/)
  await seen(page, '4 rows')
  t.same(faults, [])
})

test('it is asked and given up by keys; what the device refuses is said', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  await open('#/benchmarks/run-41')
  await act(page, 'Use this setting').focus()
  await page.keyboard.press('Enter')
  await page.locator('workbench-use-setting tbody tr').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.same(api.calls, [], 'Escape sets nothing')
  api.tuningRefusal = 'A change is being measured; try again when it has ended.'
  await page.keyboard.press('Enter')
  await page.locator('workbench-use-setting tbody tr').first().waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await seen(page, 'A change is being measured; try again when it has ended.')
  await seen(page, 'NS_ADVICE_BUSY')
  t.same(await axeFaults(page), [], 'the refusal is accessible')
  api.tuningRefusal = undefined
  await page.keyboard.press('Enter')
  await seen(page, 'sentence-roles is run with this setting.')
  t.same(api.set.get('sentence-roles'), BEST)
})

test('the advisor or another page may use it meanwhile: then there is nothing to do', {
  skip
}, async (t) => {
  const { api, page, open } = await withPage(t, 'no-gpu')
  await open('#/benchmarks/run-41')
  await act(page, 'Use this setting').waitFor()
  api.set.set('sentence-roles', BEST)
  api.tellModels()
  await seen(page, 'sentence-roles is run with this setting.')
})

test('a setting of another rung leads to the best for what is run', { skip }, async (t) => {
  const { page, faults, open } = await withPage(t, 'normal')
  await open('#/benchmarks/run-41?with=run-38')
  await seen(page, 'so it cannot use this setting.')
  t.equal(await act(page, 'Use this setting').count(), 0)
  await page.getByRole('link', { name: 'Show the best for CUDA, FP16' }).click()
  await page.waitForURL(/with=run-38&cell=cuda%2Ffp16/)
  await seen(page, 'The best within the goal of what this device runs.')
  await act(page, 'Use this setting').click()
  await page.locator('workbench-use-setting tbody tr').first().waitFor()
  const [, threads] = await changes(page)
  t.match(threads, /stays$/, 'threads matter on the CPU only')
  t.same(faults, [])
})

test('a setting of fewer GPUs than the device has is not offered without saying so', {
  skip
}, async (t) => {
  const { page, faults, open } = await withPage(t, 'many-gpus')
  await open('#/benchmarks/run-41')
  await page.getByRole('link', { name: 'Show the best for CUDA, FP16' }).click()
  await seen(page, 'This setting was measured on 1 GPU; this device uses 8.')
  t.same(await axeFaults(page), [], 'the offer is accessible')
  await act(page, 'Use this setting').click()
  await page.locator('ns-dialog[open]').getByText('this device uses 8.').waitFor()
  t.same(faults, [])
})

test('a run of another version says so; a run that goes on offers nothing', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'no-gpu')
  await open('#/benchmarks/run-42')
  await seen(page, 'settings measured')
  t.equal(await act(page, 'Use this setting').count(), 0)
  await open('#/benchmarks/run-38')
  await act(page, 'Use this setting').click()
  await seen(page, 'The benchmark measured version 0.9.2; this device runs version 1.0.0.')
})

test('settings that cannot be read are said, and nothing can be set then', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'no-gpu')
  await page.route(`**${ADDRESS}`, (route) =>
    route.fulfill({ status: 503, json: { detail: 'The device is stopping.', code: 'NS_INTERNAL' } })
  )
  await open('#/benchmarks/run-41')
  await act(page, 'Use this setting').click()
  await seen(page, 'The device is stopping.')
  t.equal(await act(page, 'Use it').getAttribute('aria-disabled'), 'true')
})

test('offer, reason and question fit in all sizes', { skip }, async (t) => {
  for (const state of ['no-gpu', 'normal'] as const) {
    const { page, open } = await withPage(t, state)
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await page.goto('about:blank')
      await open('#/benchmarks/run-41')
      await page.locator('workbench-use-setting .offer').waitFor()
      const name = `${state}, ${size.width}`
      t.equal(await overflow(page), 0, `${name}: no sideways scroll`)
      t.equal(await innerOverflow(page), 0, `${name}: nor inside`)
      t.same(await smallTargets(page, 24), [], `${name}: targets`)
      if (state === 'normal') continue
      await act(page, 'Use this setting').click()
      await page.locator('workbench-use-setting tbody tr').first().waitFor()
      const box = await page.getByRole('dialog').boundingBox()
      t.ok(box && box.x >= 0 && box.x + box.width <= size.width, `${name}: the question fits`)
      t.ok(box && box.y >= 0 && box.y + box.height <= size.height, `${name}: all in sight`)
    }
  }
})
