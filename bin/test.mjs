// npm test: sets up, then lints, checks types, runs every test and holds the coverage against its gate.
// Each check counts as one; the last line is `N passed, N failed`. Plain JavaScript for Node 18.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureReady } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }

/** Least coverage of lines and branches, per cent. */
const GATE = { lines: 95, branches: 90 }

const tally = { passed: 0, failed: 0 }
const count = (passed, passes = 1) => {
  tally[passed ? 'passed' : 'failed'] += passes
}

function run(program, args, output) {
  return new Promise((resolve) => {
    const child = spawn(join(bin, program), args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let text = ''
    const take = (chunk) => {
      if (output) output.write(chunk)
      else text += chunk
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('close', (code) => resolve({ code, text }))
  })
}

async function check(title, program, args) {
  const began = Date.now()
  const { code, text } = await run(program, args)
  count(code === 0)
  console.log(
    `${code === 0 ? 'ok    ' : 'not ok'} ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`
  )
  if (code !== 0) console.log(text.trim())
}

/** The blocks of failing tests, without the passing ones around them. */
function failures(text) {
  const lines = text.split('\n')
  const shown = []
  for (const [index, line] of lines.entries()) {
    if (!/^\s*not ok /.test(line)) continue
    let end = index + 1
    while (
      end < lines.length &&
      end < index + 60 &&
      !/^\s*(not )?ok |^\s*# (Subtest|failed)/.test(lines[end])
    )
      end += 1
    shown.push(lines.slice(index, end).join('\n'))
  }
  return shown.join('\n').slice(0, 60_000)
}

async function tests(files) {
  const folder = join(root, '.tap')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'output.tap')
  const output = createWriteStream(path)
  const { code } = await run('tap', ['--reporter=tap', ...files], output)
  await new Promise((resolve) => output.end(resolve))
  const text = readFileSync(path, 'utf8')
  const totals = text.match(/^# \{ total: .*\}$/gm)?.at(-1) ?? '' // tap's own closing line, zero fields left out
  const number = (name) => Number(totals.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  tally.passed += number('pass')
  tally.failed += number('fail')
  if (number('total') === 0 || (code !== 0 && number('fail') === 0)) count(false) // no test at all, or a crash
  const skipped = text.match(/^\s*ok .*# SKIP.*$/gm) ?? []
  for (const line of new Set(skipped.map((skip) => skip.trim())))
    console.log(line.replace(/^ok \d+ - /, 'SKIPPED '))
  if (code !== 0) console.log(failures(text))
  return totals
}

function coverage() {
  const path = join(root, '.tap', 'report', 'coverage-summary.json')
  if (!existsSync(path)) return count(false)
  const summary = JSON.parse(readFileSync(path, 'utf8'))
  for (const [what, least] of Object.entries(GATE)) {
    const { pct } = summary.total[what]
    count(pct >= least)
    console.log(
      `${pct >= least ? 'ok    ' : 'not ok'} coverage of ${what}: ${pct} %, at least ${least} %`
    )
    if (pct < least) console.log(worst(summary, what))
  }
}

function worst(summary, what) {
  const missing = (entry) => entry[what].total - entry[what].covered
  return Object.entries(summary)
    .filter(([name]) => name !== 'total')
    .sort(([, a], [, b]) => missing(b) - missing(a))
    .slice(0, 25)
    .map(
      ([name, entry]) =>
        `       ${name.slice(root.length)}: ${missing(entry)} not covered (${entry[what].pct} %)`
    )
    .join('\n')
}

const files = process.argv.slice(2)
ensureReady({ ui: true, tap: true })
if (files.length === 0) {
  await check('lint and format', 'biome', ['ci', '--colors=off', '--error-on-warnings', '.'])
  await check('types', 'tsc', ['-p', '.'])
  await check('types of the user interface', 'tsc', ['-p', 'ui'])
  await check('types of its tests', 'tsc', ['-p', 'ui/tsconfig.test.json'])
}
const totals = await tests(files)
if (files.length === 0) coverage()
console.log(totals)
console.log(`${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 ? 0 : 1
