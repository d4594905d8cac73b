// nearside bench: measures a model on this machine over a grid of settings and says which one to take. Needs no
// running device.

import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { NearsideError } from '../../contract/index.ts'
import {
  type BenchmarkFile,
  type BenchmarkPlan,
  benchmarkHtml,
  benchmarkJson,
  benchmarkMarkdown,
  compareBenchmarks,
  completePlan,
  type LocalBenchmark,
  locateBundle,
  openLocalBenchmark,
  readBenchmarkFile,
  requireFigures,
  runBenchmark,
  traceSetting,
  writeBenchmarkFile
} from '../../device/advisor/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { systemClock } from '../../kernel/clock.ts'
import { type Bundle, readGolden } from '../../models/index.ts'
import { homeFolder } from '../home.ts'
import { createProgress, type Progress } from '../progress-bar.ts'
import { runUnderNsys } from './bench-nsys.ts'
import {
  BENCH_FORMATS,
  type BenchFormat,
  type BenchOptions,
  formatOf,
  numberList,
  positive,
  precisionList,
  rungList,
  shapeOf,
  whole,
  wishesOf
} from './bench-options.ts'
import { requireWritable } from './output-folder.ts'

const EXAMPLES = `
A run without options takes about a minute: every rung and precision that the model has, batches of 1, 4 and
16, one instance and two. The figures come with 95 % confidence intervals from the repeats.

Examples:
  $ nearside bench -o report.html
  $ nearside bench --model my-model/ --rungs cuda,cpu --batches 1,8,32 --shape input_ids=128
  $ nearside bench --resume run.json --repeats 10         go on with a run, or begin it
  $ nearside bench --method halving --batches 1,2,4,8,16 --instances 1,2,4
  $ nearside bench --compare before.json -o after.html`

/** Adds `nearside bench` to the program. */
export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .description(
      'measure a model on CPU and GPU over a grid of settings, and say which one to take'
    )
    .option('--model <name|dir>', 'name, name@version, or the folder of a bundle', 'sentence-roles')
  addGridOptions(bench)
  bench
    .option('--resume <file>', 'keep the run in this file and go on with what it lacks')
    .addOption(new Option('--format <format>', 'form of the report').choices(BENCH_FORMATS))
    .option('-o, --output <file>', 'write the report there; .html, .json or .md says the form')
    .option('--compare <file>', 'compare with an earlier benchmark (JSON)')
    .option('--trace <file>', 'write a trace of the best setting for Perfetto')
    .option('--nsys', 'run under Nsight Systems, which must be installed')
    .option('--home <dir>', 'home folder whose trusted keys and installed models count')
    .addHelpText('after', EXAMPLES)
    .action(benchCommand)
}

function addGridOptions(bench: Command): void {
  bench
    .option('--rungs <list>', 'tensorrt, cuda, webgpu, cpu (default: all)', rungList)
    .option(
      '--precisions <list>',
      'int4, int8, fp16, fp32 (default: all of the bundle)',
      precisionList
    )
    .option('--batches <list>', 'rows in a batch, as in 1,4,16', numberList)
    .option('--instances <list>', 'instances on the CPU or on each GPU, as in 1,2', numberList)
    .option(
      '--threads <list>',
      'threads of an instance on the CPU (default: the cores shared out)',
      numberList
    )
    .option('--gpus <list>', 'numbers of GPUs to use, as in 1,2', numberList)
    .option('--seconds <n>', 'length of one measurement (default: about a minute in all)', positive)
    .option('--repeats <n>', 'measurements of each setting, at least 3 for an interval', whole)
    .addOption(
      new Option('--method <method>', 'halving drops the slower half after each round').choices([
        'grid',
        'halving'
      ])
    )
    .option(
      '--goal-ms <n>',
      'time that a batch may take (default: the goal of the model)',
      positive
    )
    .option('--shape <input=sizes>', 'sizes of one row, as in input_ids=128', shapeOf)
    .option('--seed <n>', 'seed of the inputs and of the order', whole)
}

async function benchCommand(options: BenchOptions): Promise<void> {
  if (options.nsys) {
    process.exitCode = await runUnderNsys(process.argv.slice(2))
    return
  }
  const format = formatOf(options)
  for (const path of [options.output, options.trace, options.resume])
    if (path !== undefined) await requireWritable(path)
  const earlier = await readGiven(options.compare)
  const home = homeFolder(options.home)
  const bundle = await locateBundle(options.model, home)
  const bar = createProgress(process.stderr, { title: 'Measuring', unit: 'windows' })
  const local = await openLocalBenchmark({
    ...{ bundle, home, clock: systemClock },
    onBuild: ({ state, precision, sentence }) => {
      if (state === 'building')
        process.stderr.write(`Engine ${precision.toUpperCase()}: ${sentence}\n`)
    }
  })
  try {
    const file = await measure(bundle, { options, local, bar })
    if (file.state !== 'cancelled') requireFigures(file)
    await say(file, { options, format, earlier })
    if (file.state === 'cancelled')
      throw new NearsideError('NS_JOB_CANCELLED', cancelled(options.resume))
    if (options.trace !== undefined) await writeTrace(bundle, file, { local, path: options.trace })
  } finally {
    bar.end()
    await local.close()
  }
}

const readGiven = async (path: string | undefined): Promise<BenchmarkFile | undefined> =>
  path === undefined ? undefined : readBenchmarkFile(path)

function cancelled(resume: string | undefined): string {
  return resume === undefined
    ? 'The benchmark was cancelled; the report holds what was measured.'
    : `The benchmark was cancelled; give the same command again to go on with ${resume}.`
}

interface Measuring {
  readonly options: BenchOptions
  readonly local: LocalBenchmark
  readonly bar: Progress
}

/** Measures with a progress bar; Ctrl-C ends after the window under way. */
async function measure(bundle: Bundle, { options, local, bar }: Measuring): Promise<BenchmarkFile> {
  const { resume, output } = options
  const previous = await readGiven(resume !== undefined && existsSync(resume) ? resume : undefined)
  const { machine, gauges, powerSource } = local
  const trials = local.trials()
  const wishes = { ...previous?.run.plan, ...wishesOf(options) }
  const plan = completePlan(bundle.manifest, wishes, { machine, refusal: trials.refusal })
  const written = formatOf(options) === 'json' ? output : undefined
  const kept = [resume, written].flatMap((path) => path ?? [])
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  try {
    const file = await runBenchmark({
      ...{ bundle, plan, machine, previous, trials, gauges, powerSource },
      ...{ signal: stop.signal, clock: systemClock },
      golden: await readGolden(bundle.dir),
      onProgress: (done, total) => bar.update(done, total),
      onRound: async (state) => {
        for (const path of kept) await writeBenchmarkFile(path, state, PUBLIC)
      }
    })
    if (resume !== undefined) await writeBenchmarkFile(resume, file, PUBLIC)
    return file
  } finally {
    bar.end()
    process.removeListener('SIGINT', onSignal)
  }
}

/** A report is for others to read. */
const PUBLIC = 0o644

interface Saying {
  readonly options: BenchOptions
  readonly format: BenchFormat
  readonly earlier: BenchmarkFile | undefined
}

async function say(file: BenchmarkFile, { options, format, earlier }: Saying): Promise<void> {
  const comparison = earlier ? compareBenchmarks(earlier, file) : undefined
  const renderings = {
    html: () => benchmarkHtml(file, comparison),
    md: () => benchmarkMarkdown(file, comparison),
    json: () => benchmarkJson(file)
  }
  const text = renderings[format]()
  if (options.output === undefined) {
    process.stdout.write(text)
    return
  }
  await writeFileAtomic(options.output, text, PUBLIC)
  const sentences = [...file.findings, ...(comparison ? [comparison.sentence] : [])]
  process.stdout.write(`${sentences.join('\n')}\nReport: ${options.output}\n`)
}

/** A trace of the best setting; of the fastest one when none meets the goal. */
async function writeTrace(
  bundle: Bundle,
  file: BenchmarkFile,
  { local, path }: { readonly local: LocalBenchmark; readonly path: string }
): Promise<void> {
  const fastest = [...file.cells].sort(
    (a, b) => (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0)
  )[0]
  const cell = file.cells.find(({ id }) => id === file.best) ?? fastest
  if (!cell) return
  const plan: BenchmarkPlan = file.run.plan
  const { json, ort } = await traceSetting({
    ...{ bundle, plan, setting: cell.setting, clock: systemClock },
    golden: await readGolden(bundle.dir),
    openTrials: (profile) => local.trials(profile)
  })
  await writeFileAtomic(path, json, PUBLIC)
  const merged =
    ort > 0
      ? `with ${ort.toLocaleString('en')} events of ONNX Runtime`
      : 'without a profile of ONNX Runtime, which this rung does not give'
  process.stderr.write(
    `Trace: ${path}, ${merged}; open it in ui.perfetto.dev or chrome://tracing.\n`
  )
}
