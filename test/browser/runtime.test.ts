// Benchmarks, GPUs and models of the workbench in a real browser against a made-up device: every screen and
// state in both themes and three sizes, then what a person does with them.

import { test } from 'tap'
import { weighPage } from '../../ui/page-weight.ts'
import { axeFaults, overflow, smallTargets } from '../harness/browser-page.ts'
import { summaries } from '../harness/fake-device-benchmarks.ts'
import type { FakeState } from '../harness/fake-device-readings.ts'
import { advice, change } from '../harness/fake-device-runtime.ts'
import {
  DESK,
  DIST,
  innerOverflow,
  SIZES,
  seen,
  noWorkbench as skip,
  withPage
} from '../harness/workbench-page.ts'

/** Address, state, and a text that is there once the screen is. */
const SCREENS: readonly (readonly [string, FakeState, string])[] = [
  ['#/benchmarks', 'normal', 'What it found'],
  ['#/benchmarks', 'empty', 'Nothing has been measured yet'],
  ['#/benchmarks', 'error', 'The benchmarks cannot be read'],
  ['#/benchmarks/new', 'fallen', 'libcudnn.so.9 was not found'],
  ['#/benchmarks/new', 'empty', 'No model is on this device'],
  ['#/benchmarks/run-41?with=run-38', 'normal', 'Best of each'],
  ['#/benchmarks/run-41?cell=cpu/fp32/g0/i1/b64/t8', 'normal', 'Fewer than 3 repeats'],
  ['#/benchmarks/run-42', 'normal', 'settings measured'],
  ['#/benchmarks/run-40', 'normal', 'Failed'],
  ['#/benchmarks/none', 'normal', 'The run cannot be read'],
  ['#/gpu', 'normal', 'Apply and measure'],
  ['#/gpu', 'fallen', 'Slowed down: it is too hot'],
  ['#/gpu/5', 'many-gpus', 'memory rows are set aside'],
  ['#/gpu', 'no-gpu', 'This machine has no NVIDIA GPU'],
  ['#/gpu', 'empty', 'No advice yet'],
  ['#/gpu', 'error', 'The GPUs cannot be read'],
  ['#/models', 'normal', '0.9637'],
  ['#/models', 'fallen', 'libcudnn.so.9 was not found'],
  ['#/models/pipe-wall-thickness-from-acoustic-emission-large', 'fallen', 'no memory left'],
  ['#/models', 'no-gpu', 'No NVIDIA GPU was found'],
  ['#/models', 'empty', 'No model is on this device'],
  ['#/models', 'error', 'The models cannot be read']
]

test('every screen and state keeps the rules in both themes and all sizes', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'normal')
  for (const [hash, state, text] of SCREENS) {
    api.state = state
    const name = `${hash}, ${state}`
    faults.length = 0
    await page.setViewportSize(DESK)
    await page.goto('about:blank')
    await open(hash)
    await seen(page, text)
    if (hash === '#/gpu' && (state === 'normal' || state === 'no-gpu'))
      await page.locator('canvas').nth(2).waitFor()
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      t.same(await axeFaults(page), [], `${name}: accessible, ${theme}`)
    }
    for (const size of SIZES) {
      await page.setViewportSize(size)
      t.equal(await overflow(page), 0, `${name}: no sideways scroll at ${size.width}`)
      t.equal(await innerOverflow(page), 0, `${name}: nor inside at ${size.width}`)
      t.same(await smallTargets(page, 24), [], `${name}: targets at ${size.width}`)
    }
    t.same(await axeFaults(page), [], `${name}: accessible on a phone`)
    // The browser writes answers of 4xx and 5xx to its console; these states answer so on purpose.
    const real = faults.filter((fault) => !/503|404/.test(fault))
    t.same(real, [], `${name}: no error, nothing from outside`)
  }
})

test('a benchmark is set up, its cost said, and started', { skip }, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'fallen')
  await open('#/benchmarks/new')
  await seen(page, 'About 4 min for 18 settings')
  t.equal(
    await page.getByRole('checkbox', { name: 'CUDA' }).count(),
    0,
    'a refused rung has no box'
  )
  await page.getByRole('radio', { name: /^Halving/ }).check()
  await seen(page, 'About 2 min for 18 settings')
  await page.getByRole('checkbox', { name: 'TensorRT' }).uncheck()
  await page.getByRole('checkbox', { name: 'WebGPU' }).uncheck()
  await page.getByRole('checkbox', { name: '64', exact: true }).check()
  await page.getByRole('spinbutton', { name: 'Repeats' }).fill('2')
  await seen(page, 'Fewer than 3 repeats give figures without an interval')
  await page.getByRole('spinbutton', { name: 'Repeats' }).fill('99')
  await seen(page, 'At most 30.')
  const start = page.getByRole('button', { name: /^Start with/ })
  t.equal(await start.getAttribute('aria-disabled'), 'true')
  await page.getByRole('spinbutton', { name: 'Repeats' }).fill('3')
  await start.click()
  await page.waitForURL(/benchmarks\/run-42/)
  t.same(JSON.parse(api.uploads[0] ?? ''), {
    model: 'sentence-roles',
    rungs: ['cpu'],
    precisions: ['fp16', 'int8'],
    batches: [1, 4, 16, 64],
    instances: [1],
    seconds: 2,
    repeats: 3,
    method: 'halving'
  })
  await seen(page, '22 of 72 settings measured')
  await page.getByRole('button', { name: 'Stop the run' }).click()
  await page.waitForFunction('true')
  t.ok(api.calls.includes('DELETE /api/v1/benchmarks/run-42'))
  t.same(faults, [])
})

test('the grid is walked by keys, compared, shown as table and speed-up, and saved', {
  skip
}, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'normal')
  await open('#/benchmarks')
  await page.locator('ns-table tbody tr').nth(1).click()
  const best = page.getByRole('gridcell', { name: '4,371' })
  await best.waitFor()
  t.equal(await best.getAttribute('aria-selected'), 'true', 'the best is chosen at first')
  await best.focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('heading', { name: 'TensorRT, 2 GPUs, INT8, batch 32' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByText('No memory for this batch.').nth(1).waitFor()
  t.match(page.url(), /cell=tensorrt%2Fint8%2Fg2%2Fi1%2Fb64%2Ft1/)
  await page.keyboard.press('ArrowUp')
  await page.getByLabel('Compare with').selectOption({ index: 1 })
  await seen(page, '+12\u00A0%')
  t.match(page.url(), /with=run-38/)
  await page.reload()
  await seen(page, '+12\u00A0%')
  await page.getByRole('radio', { name: 'Per joule' }).click()
  await page.getByRole('heading', { name: 'Rows per joule' }).waitFor()
  await page.getByRole('radio', { name: 'Speed-up' }).click()
  await seen(page, 'times as much as CPU, FP32, batch 1')
  await page.getByRole('button', { name: 'Table' }).click()
  await page.getByRole('columnheader', { name: 'Rows/s' }).waitFor()
  t.same(await axeFaults(page), [], 'the table is accessible')
  const links = await page
    .locator('workbench-benchmark-run ns-button a[download]')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')))
  t.same(links, [
    '/api/v1/benchmarks/run-41/report?format=html&compare=run-38',
    '/api/v1/benchmarks/run-41/report?format=json'
  ])
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  t.same(await axeFaults(page), [], 'the question is accessible')
  await page.getByRole('button', { name: 'Delete the run' }).click()
  await seen(page, 'What it found')
  t.same(api.calls, ['DELETE /api/v1/benchmarks/run-41'])
  t.same(faults, [])
})

test('measuring again takes over the settings of a run', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'normal')
  await open('#/benchmarks/run-41')
  await page.getByRole('link', { name: 'Measure again' }).click()
  await seen(page, 'for 54 settings')
  t.equal(await page.getByRole('checkbox', { name: '64', exact: true }).isChecked(), true)
})

test('advice is applied, measured and listed; the continuous mode is switched', {
  skip
}, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'normal')
  await open('#/gpu')
  await seen(page, 'Share of time waiting')
  await page.getByRole('button', { name: 'Apply and measure' }).click()
  await seen(page, 'Measuring before')
  t.ok(api.calls.includes('POST /api/v1/advice/r7/apply'))
  const apply = page.getByRole('button', { name: 'Apply and measure' })
  t.equal(await apply.getAttribute('aria-disabled'), 'true', 'one change at a time')
  const at = Date.now() + 1000
  const made = change(at, { sentence: 'Two instances answer more; kept.' })
  api.send('advice', { ...advice(at, 'normal'), changes: [made] })
  await seen(page, 'Two instances answer more; kept.')
  const answered = page.waitForResponse(/advice\/continuous/)
  await page.getByLabel('Adjust by itself, within limits').check()
  await answered
  t.ok(api.calls.includes('POST /api/v1/advice/continuous'))
  t.same(JSON.parse(api.uploads[0] ?? ''), { on: true })
  t.same(faults, [])
})

test('benchmarks and advice are told by the device, and read again when the stream was cut', {
  skip
}, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'normal')
  await open('#/benchmarks')
  await seen(page, 'What it found')
  const [run, ...others] = summaries(Date.now(), 'normal')
  api.send('benchmark', { ...run, progress: 0.87 })
  await seen(page, 'Running 87\u00A0%')
  api.send('benchmark', { ...run, id: 'run-43', startedAt: Date.now(), version: '9.9.9' })
  await seen(page, 'sentence-roles 9.9.9')
  api.send('benchmark-removed', { id: 'run-43' })
  await page.getByText('sentence-roles 9.9.9').waitFor({ state: 'detached' })
  api.runs = others.map((other) => ({ ...other, version: '8.8.8' }))
  api.cutStreams()
  await seen(page, 'sentence-roles 8.8.8')
  await open('#/gpu')
  await seen(page, 'Share of time waiting')
  api.advice = { ...advice(Date.now(), 'normal'), advice: [] }
  api.cutStreams()
  await seen(page, 'No advice yet')
  // The browser writes a cut to its console.
  const real = faults.filter((fault) => !/ERR_INCOMPLETE_CHUNKED_ENCODING/.test(fault))
  t.same(real, [])
})

test('a run that is measured is read again when the device tells of it', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'normal')
  await open('#/benchmarks/run-42')
  await seen(page, '22 of 72 settings measured')
  const [run] = summaries(Date.now(), 'normal')
  api.state = 'empty'
  api.send('benchmark', { ...run, id: 'run-41' })
  api.send('benchmark', { ...run, progress: 0.9 })
  await seen(page, 'Not up to date')
  api.state = 'normal'
  await page.locator('p.old').waitFor({ state: 'detached' })
})

test('one of eight GPUs is chosen by key, and live readings arrive', { skip }, async (t) => {
  const { api, page, open } = await withPage(t, 'many-gpus')
  await open('#/gpu')
  await seen(page, '8 GPUs, 2 to look at')
  await page.locator('ns-table').first().locator('tbody tr').first().focus()
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
  await seen(page, 'GPU 3: NVIDIA H100')
  t.match(page.url(), /#\/gpu\/3$/)
  api.send('gpus', { gpus: [], sentence: 'The GPU left the bus.' })
  await seen(page, 'The GPU left the bus.')
})

test('on a narrow window the advice comes before the charts, seen and read', {
  skip
}, async (t) => {
  const { page, faults, open } = await withPage(t, 'fallen')
  /** The parts as they are read, and whether they are seen in that order, from the top or from the left. */
  const parts = async () => {
    const all = page.locator('workbench-gpu .columns > *')
    const names = await all.evaluateAll((of) => of.map((part) => part.localName))
    const [first, second] = [await all.nth(0).boundingBox(), await all.nth(1).boundingBox()]
    if (!first || !second) throw new Error('a part is not drawn')
    const below = second.y >= first.y + first.height
    return [...names, below ? 'below' : second.x >= first.x + first.width ? 'beside' : 'no order']
  }
  await open('#/gpu')
  await page.locator('canvas').nth(2).waitFor()
  t.same(await parts(), ['div', 'workbench-advice', 'beside'])
  await page.setViewportSize({ width: 1024, height: 600 })
  t.same(await parts(), ['div', 'workbench-advice', 'beside'])
  await seen(page, '1 GPU, 1 to look at')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.locator('workbench-gpu .columns > workbench-advice:first-child').waitFor()
  t.same(await parts(), ['workbench-advice', 'div', 'below'])
  const apply = await page.getByRole('button', { name: 'Apply and measure' }).boundingBox()
  t.ok(apply && apply.y + apply.height < 780, 'what to do is seen without scrolling')
  await page.locator('.page-head').getByText('Slowed down: it is too hot').waitFor()
  await page.getByRole('button', { name: 'Show all 2' }).click()
  t.equal(
    await page.locator('workbench-advice li').count(),
    2,
    'of the changes the newest at first'
  )
  await page.locator('workbench-history canvas').nth(2).waitFor()
  t.same(await axeFaults(page), [], 'accessible after it moved')
  t.same(faults, [])
})

test('the history has one range for all charts and each its table', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'normal')
  await open('#/gpu')
  await page.locator('workbench-history canvas').nth(4).waitFor()
  await page.getByRole('radio', { name: '8 h' }).click()
  await page
    .locator('workbench-history')
    .getByRole('button', { name: /GPU load, 0/ })
    .click()
  await page.getByRole('columnheader', { name: 'Normal' }).waitFor()
})

test('a model is loaded, unloaded, and its engine build cancelled and asked for', {
  skip
}, async (t) => {
  const { api, page, faults, open } = await withPage(t, 'normal')
  await open('#/models')
  await page
    .getByRole('button', { name: 'Cancel the build' })
    .or(page.getByRole('button', { name: /^Cancel the build/ }))
    .first()
    .click()
  await page.getByRole('button', { name: 'Unload' }).click()
  const webgpu = page.locator('workbench-ladder li').filter({ hasText: 'WebGPU' })
  await webgpu.locator('summary').click()
  await seen(page, 'The library said nothing more.')
  await page.locator('workbench-traces').getByRole('button', { name: 'Table' }).click()
  await page.getByRole('columnheader', { name: 'Closed because' }).waitFor()
  await seen(page, 'input_ids: INT64 any × any')
  t.same(await axeFaults(page), [], 'unfolded it is accessible')
  await page.getByText('pipe-wall-thickness-from-acoustic-emission-large').first().click()
  await page.getByRole('button', { name: 'Load', exact: true }).click()
  await seen(page, 'No batch has run yet')
  await page.getByRole('button', { name: 'Build the engine' }).click()
  await page.getByRole('link', { name: 'Measure', exact: true }).click()
  await page.waitForURL(/benchmarks\/new\?model=pipe-wall/)
  const large = '/api/v1/models/pipe-wall-thickness-from-acoustic-emission-large'
  t.same(api.calls, [
    'DELETE /api/v1/models/sentence-roles/engine',
    'POST /api/v1/models/sentence-roles/unload',
    `POST ${large}/load`,
    `POST ${large}/engine`
  ])
  t.same(faults, [])
})

test('on a phone tables keep what fits, and a run says what it is of', { skip }, async (t) => {
  const { page, open } = await withPage(t, 'many-gpus', { width: 390, height: 844, touch: true })
  const heads = async (hash: string) => {
    await page.goto('about:blank')
    await open(hash)
    const table = page.locator('ns-table').first()
    await table.waitFor()
    const wide = await table.evaluate((host) => host.scrollWidth - host.clientWidth)
    t.equal(wide, 0, `${hash}: nothing is cut off`)
    return table.locator('th:visible').allInnerTexts()
  }
  t.same(await heads('#/models'), ['Model', 'State', 'Runs on'])
  t.same(await heads('#/benchmarks'), ['When', 'Model', 'State'])
  t.same(await heads('#/gpu'), ['GPU', 'State', 'Busy', 'Memory', 'Temp.'])
  await open('#/benchmarks/run-41')
  const head = page.getByRole('heading', { name: /^sentence-roles/ })
  await head.waitFor()
  t.ok(((await head.boundingBox())?.width ?? 0) > 100, 'model and version can be seen')
})

test('benchmarks and GPUs load when they are opened', { skip }, async (t) => {
  const { files } = weighPage(DIST, 'workbench')
  t.notOk(
    files.some(({ file, later }) => /benchmarks|gpu-screen/.test(file) && !later),
    'they stay out of the first load'
  )
})
