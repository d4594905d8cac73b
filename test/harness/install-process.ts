// A device process for kill tests of installs: takes a desired state, installs it, and dies where it is told
// to: at point number n of all journal writes (before and after) and activations (before and after).

import { readFileSync } from 'node:fs'
import type { DesiredState, InstallReport } from '../../contract/index.ts'
import { currentBundle, Installs } from '../../device/installs/index.ts'
import { InstallJournal, openDeviceDatabase } from '../../device/store/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { loadTrustedKeys, verifyBundle } from '../../models/index.ts'

/** What the parent writes for this process. */
export interface InstallTask {
  readonly home: string
  readonly desired: DesiredState
  readonly keys: string
  readonly builtins: readonly { name: string; version: string; dir: string }[]
  /** Point at which to die; -1 for none. */
  readonly dieAt: number
}

const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as InstallTask
const { home, desired, builtins, dieAt } = task
let point = 0

function mayDie(): void {
  if (point === dieAt) process.kill(process.pid, 'SIGKILL')
  point += 1
}

class MortalJournal extends InstallJournal {
  override accept(state: DesiredState): boolean {
    mayDie()
    const isNew = super.accept(state)
    mayDie()
    return isNew
  }

  override write(report: InstallReport): void {
    mayDie()
    super.write(report)
    process.stdout.write(`step ${report.step}\n`)
    mayDie()
  }
}

const keys = await loadTrustedKeys([task.keys])
const verify = async (dir: string): Promise<void> => void (await verifyBundle(dir, keys))
const model = desired.models[0]?.name ?? ''
const before = await currentBundle(home, model, builtins)
if (before) await verify(before.dir) // what a start would load must always be whole
process.stdout.write(`current ${before?.version}\n`)
const installs = new Installs({
  home,
  journal: new MortalJournal(openDeviceDatabase(home)),
  clock: systemClock,
  checks: { verify },
  builtins,
  random: () => 0,
  activator: {
    activate: async (dir, hooks) => {
      mayDie()
      await verify(dir)
      hooks.onSwitching()
      process.stdout.write('activated\n')
      mayDie()
    }
  }
})
installs.events.on('failed', (error) => process.stdout.write(`broken ${error.message}\n`))
installs.start()
installs.desire(desired)
await installs.idle()
const after = await currentBundle(home, model, builtins)
process.stdout.write(`end ${after?.version}\n`)
