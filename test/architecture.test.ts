// The house rules that a linter cannot hold: import directions, homes of packages, lengths, and that every
// source file is loaded by some test. Each rule is also shown to fail on a planted breach.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'tap'

const ROOT = resolve(import.meta.dirname, '..')

interface Source {
  /** Path from the root, forward slashes. */
  readonly path: string
  readonly text: string
}

/** Folder → folders that it may import besides itself. */
const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  kernel: ['contract'],
  models: ['contract', 'kernel'],
  analysis: ['contract', 'kernel'],
  simulate: ['contract', 'kernel'],
  device: ['contract', 'kernel', 'models', 'analysis'],
  fleet: ['contract', 'kernel', 'models', 'analysis'],
  ui: ['contract'],
  bin: ['contract', 'kernel', 'models', 'analysis', 'simulate', 'device', 'fleet'],
  bench: ['contract', 'kernel', 'models', 'analysis', 'simulate', 'device', 'fleet', 'ui', 'test'],
  test: [
    'contract',
    'kernel',
    'models',
    'analysis',
    'simulate',
    'device',
    'fleet',
    'ui',
    'bin',
    'bench'
  ]
}

/** Inside device and fleet: folder → folders of the same module that it may import. */
const INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  device: {
    http: [
      'advisor',
      'watches',
      'jobs',
      'installs',
      'link',
      'sources',
      'inference',
      'telemetry',
      'vault',
      'store'
    ],
    link: ['installs', 'jobs', 'watches', 'sources', 'inference', 'telemetry', 'vault', 'store'],
    advisor: ['sources', 'inference', 'telemetry', 'sandbox', 'vault', 'store'],
    watches: ['sources', 'inference', 'telemetry', 'vault', 'store'],
    jobs: ['sources', 'inference', 'telemetry', 'vault', 'store'],
    installs: ['sources', 'inference', 'telemetry', 'vault', 'store'],
    sources: ['store'],
    inference: ['store'],
    telemetry: ['store'],
    vault: ['store'],
    store: []
  },
  fleet: {
    http: ['broker', 'rollouts', 'engines', 'registry', 'devices', 'logs', 'alerts', 'store'],
    broker: ['rollouts', 'registry', 'devices', 'logs', 'alerts', 'store'],
    rollouts: ['registry', 'devices', 'store'],
    engines: ['registry', 'devices', 'store'],
    registry: ['devices', 'store'],
    devices: ['store'],
    logs: ['devices', 'store'],
    alerts: ['devices', 'store'],
    store: []
  }
}

/** Package → the only places that may import it; a place is a folder or a path prefix. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['device/inference'],
  koffi: ['device/inference'],
  mqtt: [
    'device/link',
    'device/factory',
    'device/sources',
    'fleet/broker',
    'simulate',
    'test/harness'
  ],
  aedes: ['fleet/broker'],
  systeminformation: ['device/telemetry'],
  'node:sqlite': ['kernel/sqlite-file.ts', 'kernel/home-lock.ts'],
  kysely: ['fleet/store'],
  fastify: ['kernel/http-', 'device/http', 'fleet/http'],
  'monaco-editor': ['ui/workbench/editor'],
  uplot: ['ui/elements/charts'],
  lit: ['ui'],
  'playwright-core': ['test/harness', 'test/browser']
}

/** SQL statements may stand in these places only. */
const SQL_HOMES = ['fleet/store', 'device/store', 'kernel/sqlite-file.ts', 'kernel/home-lock.ts']
const SQL = /['"`]\s*(SELECT|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b/

function sources(folder = ROOT): Source[] {
  const skipped = new Set([
    'node_modules',
    'dist',
    '.git',
    '.tap',
    'fixtures',
    '.nearside',
    '.cache'
  ])
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Source[] => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sources(path)
    if (!entry.name.endsWith('.ts')) return []
    return [{ path: relative(ROOT, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }]
  })
}

interface Import {
  readonly from: string
  readonly typeOnly: boolean
}

function importsOf({ text }: Source): Import[] {
  const found: Import[] = []
  const pattern =
    /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.ts)['"]/gm
  for (const match of text.matchAll(pattern)) {
    found.push({ from: match[2] ?? match[3] ?? match[4] ?? '', typeOnly: match[1] !== undefined })
  }
  return found
}

const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/')
const inside = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path.startsWith(place))

function checkTarget(source: Source, target: string): string[] {
  const [folder = '', second = ''] = source.path.split('/')
  const [to = '', toSecond = ''] = target.split('/')
  const broken: string[] = []
  const testing = isTest(source.path) && (to === 'test' || folder === 'test')
  if (to !== folder && !testing && !(DIRECTIONS[folder] ?? []).includes(to)) {
    broken.push(
      `${source.path} imports ${target}: ${folder} may import ${(DIRECTIONS[folder] ?? []).join(', ') || 'nothing'} only.`
    )
  }
  const allowed = INSIDE[folder]?.[second]
  if (
    to === folder &&
    allowed &&
    toSecond !== second &&
    toSecond.indexOf('.') < 0 &&
    !isTest(source.path) &&
    !allowed.includes(toSecond)
  ) {
    broken.push(
      `${source.path} imports ${target}: ${folder}/${second} may import ${allowed.join(', ') || 'nothing'} of ${folder} only.`
    )
  }
  return broken
}

function checkImports(source: Source): string[] {
  const broken: string[] = []
  for (const { from, typeOnly } of importsOf(source)) {
    if (from.startsWith('.')) {
      if (from.startsWith('../../../'))
        broken.push(`${source.path} climbs more than two folders with ${from}.`)
      const target = relative(ROOT, resolve(ROOT, dirname(source.path), from)).replaceAll('\\', '/')
      broken.push(...checkTarget(source, target))
      if (
        source.path.startsWith('ui/') &&
        target.startsWith('contract/') &&
        !typeOnly &&
        !isTest(source.path)
      ) {
        broken.push(
          `${source.path} imports values of ${target}: the user interface takes types only, so that zod stays out of the bundle.`
        )
      }
      continue
    }
    if (from.startsWith('node:') && source.path.startsWith('contract/') && !isTest(source.path)) {
      broken.push(`${source.path} imports ${from}: contract has no I/O.`)
    }
    const name = from.startsWith('node:')
      ? from
      : from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/')
    const homes = HOMES[name]
    if (homes && !typeOnly && !inside(source.path, homes) && !isTest(source.path)) {
      broken.push(`${source.path} imports ${name}: it is at home in ${homes.join(', ')} only.`)
    }
  }
  return broken
}

function checkSql(source: Source): string[] {
  if (
    isTest(source.path) ||
    source.path.startsWith('bench/') ||
    inside(source.path, SQL_HOMES) ||
    !SQL.test(source.text)
  )
    return []
  return [`${source.path} holds SQL: it is at home in ${SQL_HOMES.join(', ')} only.`]
}

function checkLength(source: Source): string[] {
  const lines = source.text.split('\n').length - 1
  const limit = source.path.startsWith('kernel/') && !isTest(source.path) ? 150 : 400
  return lines > limit ? [`${source.path} has ${lines} lines; at most ${limit}.`] : []
}

function checkOpening(source: Source): string[] {
  if (isTest(source.path) || /^(\/\/|#!)/.test(source.text)) return []
  return [`${source.path} does not open with a sentence that says what it is for.`]
}

const RULES = [checkImports, checkSql, checkLength, checkOpening]
const breaches = (all: readonly Source[]): string[] =>
  all.flatMap((source) => RULES.flatMap((rule) => rule(source)))

const all = sources()

test('imports, packages, SQL and lengths keep to the house', async (t) => {
  t.ok(all.length > 100)
  t.same(breaches(all), [])
})

test('a planted breach of each rule is found', async (t) => {
  const planted: [string, string, RegExp][] = [
    ['device/jobs/x.ts', "import { y } from '../../fleet/index.ts'", /device may import/],
    ['fleet/http/x.ts', "import type { y } from '../../device/index.ts'", /fleet may import/],
    ['contract/x.ts', "import { readFileSync } from 'node:fs'", /no I\/O/],
    ['ui/kiosk/x.ts', "import { Alarm } from '../../contract/index.ts'", /types only/],
    ['ui/kiosk/x.ts', "import uPlot from 'uplot'", /at home in ui\/elements\/charts/],
    [
      'device/http/x.ts',
      "const ort = await import('onnxruntime-node')",
      /at home in device\/inference/
    ],
    [
      'device/store/x.ts',
      "import { Vault } from '../vault/index.ts'",
      /device\/store may import nothing/
    ],
    [
      'fleet/devices/x.ts',
      "import { h } from '../http/index.ts'",
      /fleet\/devices may import store/
    ],
    ['device/jobs/x.ts', "database.exec('SELECT 1')", /holds SQL/],
    ['analysis/text/x.ts', "import { a } from '../../../x.ts'", /climbs/],
    [
      'models/bundle/x.ts',
      "new Worker(new URL('../../analysis/text/t.ts', import.meta.url))",
      /models may import/
    ],
    ['kernel/x.ts', '\n'.repeat(151), /at most 150/],
    ['analysis/x.ts', '\n'.repeat(401), /at most 400/]
  ]
  for (const [path, text, sentence] of planted)
    t.match(breaches([{ path, text: `// A file.\n${text}` }]).join('\n'), sentence)
  t.match(breaches([{ path: 'bin/x.ts', text: 'export {}' }]).join(), /does not open/)
})

test('no files import each other in a circle', async (t) => {
  const graph = new Map(
    all.map((source) => {
      const targets = importsOf(source)
        .filter(({ from, typeOnly }) => from.startsWith('.') && !typeOnly)
        .map(({ from }) =>
          relative(ROOT, resolve(ROOT, dirname(source.path), from)).replaceAll('\\', '/')
        )
      return [source.path, targets] as const
    })
  )
  const done = new Set<string>()
  const circle = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    const found = (graph.get(path) ?? [])
      .map((target) => circle(target, [...trail, path]))
      .find(Boolean)
    done.add(path)
    return found
  }
  for (const path of graph.keys()) {
    const found = circle(path, [])
    if (found) t.fail(`import circle: ${found.join(' → ')}`)
  }
})
