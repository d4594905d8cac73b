// The pages under docs/ against the program: error codes both ways, links, and every command that a page
// shows in a `sh` block is run. NEARSIDE_WRITE_DOCS=1 writes the pages that are made from code.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { test } from 'tap'
import { BENCHMARK_PAGE, benchmarkPage } from '../bench/report.ts'
import { errorPage } from './harness/error-page.ts'

const ROOT = resolve(import.meta.dirname, '..')

function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return pages(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const documents = [
  ...pages(join(ROOT, 'docs')),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) =>
    join(ROOT, name)
  )
]

test('the page of error codes is the table of error codes', async (t) => {
  const path = join(ROOT, 'docs', 'reference', 'errors.md')
  if (process.env['NEARSIDE_WRITE_DOCS']) writeFileSync(path, errorPage())
  t.equal(readFileSync(path, 'utf8'), errorPage())
})

test('the page of benchmarks is made from the committed results', async (t) => {
  t.equal(readFileSync(BENCHMARK_PAGE, 'utf8'), benchmarkPage())
})

test('every code that the source uses is in the table, and the pages name no other', async (t) => {
  const known = new Set(errorPage().match(/NS_[A-Z_]+/g))
  for (const path of documents) {
    for (const code of readFileSync(path, 'utf8').match(/NS_[A-Z]+_[A-Z_]+/g) ?? [])
      t.ok(known.has(code), `${path}: ${code}`)
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
    const child = spawn('bash', ['-c', command], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const [code] = await once(child, 'close')
    t.equal(code, 0, `${command}\n${said}`)
  }
})
