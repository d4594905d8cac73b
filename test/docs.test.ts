// The pages under docs/ against the program: what is made from code is compared with the code, links lead
// somewhere, options exist, and every command of a `sh` block is run. NEARSIDE_WRITE_DOCS=1 writes the pages.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { test } from 'tap'
import { BENCHMARK_PAGE, benchmarkPage } from '../bench/report.ts'
import { buildProgram } from '../bin/program.ts'
import { ERROR_KINDS } from '../contract/index.ts'
import { loadDeviceSettings, startDevice } from '../device/index.ts'
import { startFleet } from '../fleet/index.ts'
import { cliPage, commandsOf } from './harness/cli-page.ts'
import { errorPage } from './harness/error-page.ts'
import { httpPage, type OpenApi, routesOf } from './harness/http-page.ts'
import { settingsPage } from './harness/settings-page.ts'

const ROOT = resolve(import.meta.dirname, '..')
const REFERENCE = join(ROOT, 'docs', 'reference')

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path, ending)
    return entry.name.endsWith(ending) ? [path] : []
  })
}

const documents = [
  ...filesBelow(join(ROOT, 'docs'), '.md'),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].map(
    (name) => join(ROOT, name)
  )
]

/** The page as it lies there; written first when that is asked for. */
function page(name: string, made: string): string {
  const path = join(REFERENCE, name)
  if (process.env['NEARSIDE_WRITE_DOCS']) writeFileSync(path, made)
  return readFileSync(path, 'utf8')
}

test('the page of error codes is the table of error codes', async (t) => {
  t.equal(page('errors.md', errorPage()), errorPage())
})

test('the page of commands is the program', async (t) => {
  const made = await cliPage()
  t.equal(page('cli.md', made), made)
})

test('the page of settings is the schemas', async (t) => {
  t.equal(page('settings.md', settingsPage()), settingsPage())
})

/** The inference protocol has errors of its own form beside problem documents. */
const errorTypes = (path: string): string[] =>
  path.startsWith('/v2')
    ? ['application/json', 'application/problem+json']
    : ['application/problem+json']

test('the page of HTTP routes is what a device and a fleet say of themselves', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'nearside-docs-api-'))
  const settings = await loadDeviceSettings(home, { port: 0, logLevel: 'silent' })
  const device = await startDevice({ home, settings })
  t.teardown(() => device.stop())
  const fleet = await startFleet({ home, port: 0, mqttPort: 0, logLevel: 'silent' })
  t.teardown(() => fleet.stop())
  const apis: OpenApi[] = []
  for (const { url } of [device, fleet]) {
    const api = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi
    apis.push(api)
    for (const { method, path, operation } of routesOf(api)) {
      const route = `${method} ${path}`
      t.match(operation.summary, /\S/, `${route} says what it does`)
      const responses = Object.entries(operation.responses ?? {})
      t.ok(
        responses.some(([status]) => Number(status) < 400),
        `${route} says what it answers`
      )
      for (const [status, { content = {} }] of responses)
        if (Number(status) >= 400)
          t.same(Object.keys(content), errorTypes(path), `${route} ${status}`)
      const taken = new Set(routesOf(api).flatMap((one) => (one.path === path ? one.method : [])))
      const other = taken.has('PATCH') ? 'PUT' : 'PATCH'
      const wrong = await fetch(`${url}${path.replaceAll(/\{\w+\}/g, 'x')}`, { method: other })
      t.equal(wrong.status, 405, `${other} ${path}`)
      await wrong.body?.cancel()
    }
  }
  const [deviceApi, fleetApi] = apis as [OpenApi, OpenApi]
  const made = httpPage(deviceApi, fleetApi)
  t.equal(page('http-api.md', made), made)
})

test('the page of benchmarks is made from the committed results', async (t) => {
  t.equal(readFileSync(BENCHMARK_PAGE, 'utf8'), benchmarkPage())
})

test('every code that a page or the source names is in the table, and none in it is idle', async (t) => {
  const table = join(ROOT, 'contract', 'errors.ts')
  const sources = ['contract', 'kernel', 'models', 'analysis', 'device', 'fleet', 'ui', 'bin']
    .flatMap((folder) => filesBelow(join(ROOT, folder), '.ts'))
    .filter((path) => !path.endsWith('.test.ts') && path !== table)
  const used = new Set<string>()
  for (const path of [...documents, ...sources]) {
    for (const code of readFileSync(path, 'utf8').match(/\bNS_[A-Z]+_[A-Z_]*[A-Z]/g) ?? []) {
      if (Object.hasOwn(ERROR_KINDS, code)) {
        if (path.endsWith('.ts')) used.add(code)
      } else t.fail(`${path} names ${code}, which contract/errors.ts does not have`)
    }
  }
  for (const code of Object.keys(ERROR_KINDS))
    if (code !== 'NS_INTERNAL') t.ok(used.has(code), `${code} is used by something`)
})

test('every option that a page names is an option of some command', async (t) => {
  const options = new Set(['--help', '--version'])
  for (const { command } of commandsOf(await buildProgram()))
    for (const option of command.options) if (option.long) options.add(option.long)
  for (const path of documents) {
    const text = readFileSync(path, 'utf8')
    // Commands of other programs stand in blocks and lines of their own.
    const own = text
      .split('\n')
      .filter((line) => !/\b(npm|git|npx|docker|curl|ssh|tar|build\.sh)\b/.test(line))
    for (const [, option = ''] of own.join('\n').matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g))
      t.ok(options.has(option), `${basename(path)}: ${option}`)
  }
})

test('links between pages lead somewhere', async (t) => {
  for (const path of documents) {
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(
      /\]\((?!https?:|#)([^)#\s]+)/g
    )) {
      t.ok(existsSync(resolve(dirname(path), target)), `${path} links to ${target}`)
    }
  }
})

test('the index of the documentation names every page', async (t) => {
  const index = readFileSync(join(ROOT, 'docs', 'README.md'), 'utf8')
  for (const path of filesBelow(join(ROOT, 'docs'), '.md')) {
    const name = path.slice(join(ROOT, 'docs').length + 1)
    if (name !== 'README.md') t.ok(index.includes(`](${name})`), `${name} is in the index`)
  }
})

/** Commands of the `sh` blocks of a page, without those that run for ever. */
function commands(path: string): string[] {
  const blocks = readFileSync(path, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)
  return [...blocks].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => /(^|\| )bin\/nearside /.test(line))
  )
}

test('every command that a page shows in a sh block runs', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'nearside-docs-'))
  const shown = [...new Set(documents.flatMap(commands))]
  t.ok(shown.length > 3)
  for (const command of shown) {
    const env = { ...process.env, NEARSIDE_HOME: join(home, 'home'), OUT: home }
    // The test runner puts its loader into NODE_OPTIONS of every child; the launcher is no module that it can load.
    const child = spawn(
      'bash',
      [
        '-c',
        `unset NODE_OPTIONS
${command}`
      ],
      {
        cwd: ROOT,
        env,
        stdio: ['ignore', 'ignore', 'pipe']
      }
    )
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const [code] = await once(child, 'close')
    t.equal(code, 0, `${command}\n${said}`)
  }
})
