// Makes a checkout ready to run: packages, tap's own build, the user interface. Each step runs only
// when its result is older than what it is made from. Plain JavaScript, because Node 18 must read it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
export const nodePath = join(modules, '.bin', 'node')

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Newest modification time of any file under a folder, without built output. */
function newest(folder) {
  let latest = 0
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    if (entry.isFile() && !path.includes(`${join('ui', 'dist')}`))
      latest = Math.max(latest, modified(path))
  }
  return latest
}

const steps = {
  packages: {
    title: 'Installing packages',
    due: () =>
      !existsSync(nodePath) ||
      modified(join(modules, '.package-lock.json')) < modified(join(root, 'package-lock.json')),
    command: ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    stamp: join(modules, '.package-lock.json')
  },
  tap: {
    title: 'Building the test runner',
    due: () =>
      modified(join(modules, '.nearside-tap')) <
      Math.max(modified(join(root, '.taprc')), modified(join(modules, '.package-lock.json'))),
    command: [join(modules, '.bin', 'tap'), 'build'],
    stamp: join(modules, '.nearside-tap')
  },
  ui: {
    title: 'Building the user interface',
    due: () =>
      modified(join(root, 'ui', 'dist', '.built')) <
      Math.max(newest('ui'), newest('contract'), modified(join(root, 'package-lock.json'))),
    command: [join(modules, '.bin', 'vite'), 'build', 'ui', '--logLevel', 'warn'],
    stamp: join(root, 'ui', 'dist', '.built')
  }
}

function runStep({ title, due, command, stamp }) {
  if (!due()) return
  process.stderr.write(`${title} …\n`)
  const [program, ...args] = command
  const env = { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH}` }
  const done = spawnSync(program, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })
  if (done.status !== 0) {
    process.stderr.write(
      `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}\n${title} failed; the output above says why.\n`
    )
    process.exit(3)
  }
  if (!existsSync(stamp)) writeFileSync(stamp, '')
  const now = new Date()
  utimesSync(stamp, now, now)
}

/** Runs every step that is due. `ui` and `tap` say which optional results the caller needs. */
export function ensureReady({ ui = false, tap = false } = {}) {
  runStep(steps.packages)
  if (tap) runStep(steps.tap)
  if (ui) runStep(steps.ui)
}
