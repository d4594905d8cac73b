import { test } from 'tap'
import { sampleBenchmark } from '../../test/harness/benchmark-sample.ts'
import { axeFaults, noBrowser, openBrowser } from '../../test/harness/browser-page.ts'
import { axisSteps, bestOfEach, logTicks } from './benchmark-bars.ts'
import { compareBenchmarks } from './benchmark-compare.ts'
import { figure } from './benchmark-figures.ts'
import { findingsOf } from './benchmark-findings.ts'
import { slateStep } from './benchmark-grid.ts'
import { benchmarkHtml } from './benchmark-html.ts'
import { benchmarkMarkdown } from './benchmark-markdown.ts'
import { settingName } from './benchmark-plan.ts'
import { BENCHMARK_STYLE } from './benchmark-style.ts'

const gpuless = () =>
  sampleBenchmark({
    refusals: { cuda: 'No NVIDIA GPU was found.', tensorrt: 'No NVIDIA GPU was found.' },
    powerSource: null
  })

test('the findings say which setting to take and what the GPU gains', async (t) => {
  const { findings, best, cells } = sampleBenchmark()
  const chosen = cells.find(({ id }) => id === best)
  t.ok(chosen)
  if (!chosen) return
  t.match(
    findings[0],
    `Take ${settingName(chosen.setting)}: ${figure(chosen.throughput?.value ?? 0)} (`
  )
  const all = findings.join('\n')
  t.match(
    all,
    /The GPU gives \d+\.\d \(\d+\.\d–\d+\.\d\) times the throughput: the best GPU setting \(TensorRT, 2 GPUs, FP16/
  )
  t.match(all, /2 GPUs give \d\.\d+ \(.*\) times the throughput of one/)
  t.match(all, /Against single rows on the CPU \(CPU, FP32, 1 instance of 16 threads, batch 1\)/)
  t.match(all, /On the CPU INT8 gives \d\.\d+ \(.*\) times the throughput of FP32/)
  t.match(all, /needs least energy: [\d.]+\u202fJ per 1,000 rows \(GPUs by their driver\)/)
  const known = cells.filter(({ p95Ms }) => p95Ms && p95Ms.value <= 50)
  t.ok(known.every(({ throughput }) => (throughput?.value ?? 0) <= (chosen.throughput?.value ?? 0)))
})

test('the findings say what is not known', async (t) => {
  const cpu = gpuless().findings.join('\n')
  t.match(
    cpu,
    /What a GPU would gain was not measured\. TensorRT and CUDA: No NVIDIA GPU was found\. WebGPU: No Vulkan driver was found\./
  )
  t.match(cpu, /Energy was not measured/)
  t.match(cpu, /The repeats do not tell the best setting from/)
  t.match(sampleBenchmark({ repeats: 2 }).findings.join(), /fewer than 3 repeats and no interval/)
  const late = sampleBenchmark({ goalMs: 0.1 })
  t.equal(late.best, null)
  t.match(
    late.findings[0],
    /^No setting answers 95 of 100 batches within the goal of 0\.1\u202fms; the nearest is TensorRT/
  )
  t.match(late.findings.join(), /in none of its settings does it meet the goal/)
  t.match(
    sampleBenchmark({ goalMs: 2 }).findings.join('\n'),
    /Only the GPU meets the goal: TensorRT/
  )
  const slow = sampleBenchmark({ refusals: { tensorrt: 'x' }, slowGpu: 2000, goalMs: 9000 })
  t.match(
    slow.findings.join('\n'),
    /The GPU gains nothing here: 0\.\d+ \(.*\) times the throughput/
  )
})

test('the findings say when carrying costs more than computing, and what answers sooner', async (t) => {
  const report = sampleBenchmark()
  const best = report.cells.find(({ id }) => id === report.best)
  const rival = report.cells.find(({ id }) => id === 'tensorrt/fp16/g2/i2/b16/t1')
  t.ok(best?.throughput && rival)
  if (!best?.throughput || !rival) return
  best.shares = { queue: 0, copy: 0.66, compute: 0.34, other: 0 }
  rival.throughput = { ...best.throughput, value: best.throughput.value - 1 }
  const source = { powerSource: 'a meter' }
  const said = findingsOf(report, source).join('\n')
  t.match(said, /34\u202f% of the time is computing and 66\u202f% is carrying tensors/)
  t.match(said, /Of these TensorRT, 2 GPUs, FP16, 2 instances a GPU, batch 16 answers soonest/)
  for (const cell of report.cells) if (cell.setting.rung === 'cpu') cell.joulesPer1000 = null
  t.match(findingsOf(report, source).join('\n'), /Power was seen in 80 of 100 settings/)
})

test('where single rows are the best of the CPU they are compared with once', async (t) => {
  const report = sampleBenchmark({ goalMs: 4.5, refusals: {} })
  const cells = report.cells.filter(
    ({ setting }) => setting.rung !== 'cpu' || (setting.batch === 1 && setting.precision === 'int8')
  )
  const said = findingsOf({ ...report, cells }, { powerSource: null }).join('\n')
  t.match(said, /against the best CPU setting/)
  t.notMatch(said, /Against single rows on the CPU/)
})

test('the page holds every number and reason, and asks nobody for anything', async (t) => {
  const report = sampleBenchmark()
  const html = benchmarkHtml(report)
  for (const { throughput, p95Ms } of report.cells)
    for (const measured of [throughput, p95Ms])
      if (measured) t.ok(html.includes(figure(measured.value)), figure(measured.value))
  t.match(html, /No Vulkan driver was found\./)
  t.match(html, /example-encoder 1\.4\.0 has no INT8 variant for TensorRT\./)
  t.match(html, /Batch 64 is left out: The bundle allows batches of at most 32\./)
  t.match(html, /<h1>What example-encoder 1\.4\.0 gains from the GPU<\/h1>/)
  t.notMatch(html, /<script|https?:|src=|@import|url\(/)
  t.match(benchmarkHtml(gpuless()), /<h1>How fast example-encoder 1\.4\.0 runs here<\/h1>/)
})

test('names from outside are no markup', async (t) => {
  const report = { ...sampleBenchmark(), model: '<img src=x onerror=alert(1)>' }
  t.notMatch(benchmarkHtml(report), /<img/)
  t.notMatch(benchmarkMarkdown(report), /<img/)
})

test('a page of a run that has little to show is whole all the same', async (t) => {
  const one = sampleBenchmark({ repeats: 1 })
  const html = benchmarkHtml({ ...one, state: 'cancelled' })
  t.match(html, /cancelled/)
  t.match(html, /class="n s\d[^"]*few/)
  const cells = one.cells.map((cell) => ({
    ...cell,
    throughput: null,
    p95Ms: null,
    state: 'dropped' as const,
    sentence: ''
  }))
  const empty = benchmarkHtml({ ...one, cells, best: null, findings: [] })
  t.match(empty, /Not measured\./)
  t.notMatch(empty, /NaN|Infinity|undefined/)
  t.notMatch(html, /NaN|Infinity|undefined/)
  const dropped = one.cells.map((cell) =>
    cell.throughput
      ? { ...cell, state: 'dropped' as const, sentence: 'Dropped after round 1: slow.' }
      : cell
  )
  t.match(benchmarkHtml({ ...one, cells: dropped }), /, dropped<\/span>/)
})

test('the scale is logarithmic, axes are round and start where they should', async (t) => {
  t.same(
    [1, 10, 100, 1000].map((value) => slateStep(value, 1, 1000)),
    [0, 2, 4, 6]
  )
  t.equal(slateStep(5, 5, 5), 0)
  t.equal(slateStep(5, 0, 9), 0)
  t.same(axisSteps(216), [0, 50, 100, 150, 200, 250])
  t.same(axisSteps(1), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
  t.same(logTicks(3, 120), [5, 10, 20, 50, 100])
  const best = bestOfEach(sampleBenchmark())
  t.equal(
    new Set(best.map(({ setting: { rung, gpus, precision } }) => `${rung}${gpus}${precision}`))
      .size,
    best.length
  )
})

test('a comparison names what changed and folds what did not', async (t) => {
  const before = sampleBenchmark({ seed: 5 })
  const after = structuredClone(sampleBenchmark({ seed: 6 }))
  for (const cell of after.cells)
    if (cell.throughput && cell.setting.rung === 'cuda')
      cell.throughput = { value: 9e6, low: 8e6, high: 1e7 }
  const comparison = compareBenchmarks(before, after)
  const html = benchmarkHtml(after, comparison)
  t.match(html, /class="faster">faster</)
  t.match(html, /<details><summary>Undecided settings \(\d+\)<\/summary>/)
  t.match(
    benchmarkHtml(after, compareBenchmarks({ ...before, cells: [] }, after)),
    /No setting was measured both now/
  )
  const text = benchmarkMarkdown(after, comparison)
  t.match(text, /## Compared\n\nAgainst the run of/)
  t.match(text, /\| CUDA, FP32, 1 instance, batch 1 \| .* \| faster \|/)
})

test('Markdown holds findings, every cell and the machine', async (t) => {
  const report = sampleBenchmark()
  const text = benchmarkMarkdown(report)
  t.match(text, /^# Benchmark of example-encoder 1\.4\.0\n\nTake TensorRT/)
  const known = report.cells.filter(({ throughput }) => throughput !== null)
  t.equal(text.split('\n').filter((line) => line.startsWith('| ')).length, known.length + 2)
  t.match(text, /## Not measured\n\n- .*\n[\s\S]*- WebGPU: No Vulkan driver was found\. \(\d+\)/)
  t.match(text, /\| best within the goal \|/)
  t.match(text, /- GPUs: Example GPU 24 GB, Example GPU 24 GB\n- Driver: \\560\.35\.03/)
  t.match(
    benchmarkMarkdown({ ...report, machine: { ...report.machine, gpus: [], driver: null } }),
    /- GPUs: none\n- ONNX/
  )
})

test('text on every step of the scale can be read in both themes', async (t) => {
  const channel = (hex: string, at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  const light = (hex: string): number =>
    0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5)
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [light(a), light(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  const themes = [...BENCHMARK_STYLE.matchAll(/--ground:[^}]*?--high:#\w{6}/g)].slice(0, 2)
  t.equal(themes.length, 2)
  for (const [theme] of themes) {
    const value = (name: string): string => new RegExp(`--${name}:(#\\w{6})`).exec(theme)?.[1] ?? ''
    for (let step = 0; step < 7; step += 1) {
      const ink = value(step < 4 ? 'low' : step === 4 ? 'mid' : 'high')
      t.ok(
        contrast(ink, value(`s${step}`)) >= 4.5,
        `${ink} on step ${step}: ${contrast(ink, value(`s${step}`)).toFixed(1)}`
      )
    }
    t.ok(contrast(value('muted'), value('ground')) >= 4.5)
    t.ok(contrast(value('blue'), value('tile')) >= 3)
  }
})

test('the page has no fault that axe finds and fits a desk and a phone', {
  skip: noBrowser() ?? false
}, async (t) => {
  const browser = await openBrowser()
  t.teardown(() => browser.close())
  const report = sampleBenchmark()
  const html = benchmarkHtml(report, compareBenchmarks(sampleBenchmark({ seed: 9 }), report))
  const sizes = [
    { width: 1280, height: 800 },
    { width: 390, height: 844 }
  ]
  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of sizes) {
      const page = await browser.newPage({ viewport, colorScheme, bypassCSP: true })
      await page.setContent(html)
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      t.equal(wide, viewport.width, `${viewport.width} ${colorScheme}: nothing sticks out`)
      // The phone has the same colours and marks; axe takes seconds a page.
      if (viewport.width === 1280) t.same(await axeFaults(page), [], colorScheme)
      await page.close()
    }
})
