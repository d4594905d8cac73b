// nvidia-smi as a real program that the test writes: it loops, dies, hangs, refuses fields, or is missing.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { scratchFolder, writeTool } from '../../test/harness/fake-tool.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { readGpuNames, readGpuProcesses, SmiReader, type SmiTrouble } from './nvidia-smi.ts'
import type { SmiRow } from './smi-fields.ts'

const CELLS =
  ', 580.1, 00000000:3B:00.0, 81559, 815, 5, 1, 40, 44, 70, 700, 1980, 1980, 2619, [N/A], 5, 16, 0x4, 0, 0'
const line = (index: number): string => `echo "${index}, GPU-${index}, NVIDIA H100${CELLS}"`

interface Heard {
  readonly rounds: { readonly rows: readonly SmiRow[]; readonly periodS: number }[]
  readonly troubles: SmiTrouble[]
}

/** The end of a tool that has told all it has to tell and goes on. */
const LIVES = 'echo $$ >> "$0.told"; exec sleep 60'

interface Rig extends Heard {
  readonly clock: ManualClock
  readonly reader: SmiReader
  /** Lets time pass until something holds, and stand still while a tool has not told its lines. */
  until(holds: () => boolean): Promise<void>
}

function rig(t: { teardown(run: () => unknown): void }, command: string, periodS = 5): Rig {
  const clock = new ManualClock()
  const heard: Heard = { rounds: [], troubles: [] }
  const reader = new SmiReader(
    {
      ...{ clock, command },
      onRound: (rows, period) => heard.rounds.push({ rows, periodS: period }),
      onTrouble: (trouble) => heard.troubles.push(trouble)
    },
    periodS
  )
  t.teardown(() => reader.stop())
  const told = (): boolean =>
    reader.pid === undefined ||
    (existsSync(`${command}.told`) &&
      readFileSync(`${command}.told`, 'utf8').split('\n').includes(String(reader.pid)))
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      if (told()) clock.advance(100)
      await new Promise(setImmediate)
    }
  }
  return { ...heard, clock, reader, until }
}

const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the GPUs of one period are told together, and the loop is asked for its period', async (t) => {
  const folder = scratchFolder(t)
  const tool = writeTool(
    folder,
    'nvidia-smi',
    `echo "$@" >> ${folder}/calls; ${line(0)}; ${line(1)}; ${LIVES}`
  )
  const { reader, rounds, until } = rig(t, tool)
  reader.start()
  await until(() => rounds.length >= 1)
  t.equal(rounds[0]?.periodS, 5)
  t.same(
    rounds[0]?.rows.map(({ reading }) => reading.index),
    [0, 1]
  )
  t.match(rounds[0]?.rows[1]?.reading, { uuid: 'GPU-1', throttle: ['power'], memoryUsedMb: 815 })
  const first = reader.pid
  reader.setPeriod(5)
  t.equal(reader.pid, first, 'the same period starts nothing')
  reader.setPeriod(1)
  await until(() => rounds.length >= 2)
  t.equal(rounds[1]?.periodS, 1)
  t.not(reader.pid, first)
  await until(() => !isAlive(first))
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
  t.match(calls[0], /--query-gpu=index,uuid,name.* --format=csv,noheader,nounits --loop=5$/)
  t.match(calls[1], /--loop=1$/)
  const last = reader.pid
  reader.stop()
  await until(() => !isAlive(last))
})

test('a round that follows at once ends the round before', async (t) => {
  const tool = writeTool(scratchFolder(t), 'nvidia-smi', `${line(0)}; ${line(0)}; ${LIVES}`)
  const { reader, rounds, until } = rig(t, tool)
  reader.start()
  await until(() => rounds.length >= 2)
  t.same(
    rounds.map(({ rows }) => rows.length),
    [1, 1]
  )
})

test('a loop that dies is started again; one that was killed for real as well', async (t) => {
  const folder = scratchFolder(t)
  const tool = writeTool(folder, 'nvidia-smi', `${line(0)}; ${LIVES}`)
  const { reader, rounds, troubles, until } = rig(t, tool)
  reader.start()
  for (const round of [1, 2, 3]) {
    await until(() => rounds.length >= round)
    const pid = reader.pid
    t.ok(isAlive(pid))
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await until(() => reader.pid !== pid)
  }
  t.same(troubles, [])
})

test('a loop that hangs is ended and started again', async (t) => {
  const folder = scratchFolder(t)
  const tool = writeTool(
    folder,
    'nvidia-smi',
    `trap '' TERM; ${line(0)}; echo $$ >> "$0.told"; while :; do sleep 1; done`
  )
  const { reader, rounds, clock, until } = rig(t, tool, 1)
  reader.start()
  await until(() => rounds.length >= 1)
  const hung = reader.pid
  clock.advance(14_000)
  t.equal(reader.pid, hung, 'it has three periods and twelve seconds')
  clock.advance(1000)
  await until(() => rounds.length >= 2)
  t.not(reader.pid, hung)
  await until(() => !isAlive(hung))
})

test('GPUs that were read and are not any more are lost; the loop is tried for ever', async (t) => {
  const folder = scratchFolder(t)
  const gone = join(folder, 'gone')
  const tool = writeTool(
    folder,
    'nvidia-smi',
    `[ -e ${gone} ] && { echo "Unable to determine the device handle for GPU0: Unknown Error"; exit 15; }; ${line(0)}; ${LIVES}`
  )
  const { reader, rounds, troubles, until } = rig(t, tool)
  reader.start()
  await until(() => rounds.length >= 1)
  writeFileSync(gone, '')
  if (reader.pid !== undefined) process.kill(reader.pid, 'SIGKILL')
  await until(() => troubles.length >= 2)
  t.same(troubles, ['lost', 'lost'])
  const { rmSync } = await import('node:fs')
  rmSync(gone)
  await until(() => rounds.length >= 2)
})

test('a driver that never shows a GPU fails, and is asked seldom', async (t) => {
  const folder = scratchFolder(t)
  const tool = writeTool(
    folder,
    'nvidia-smi',
    `echo x >> ${folder}/calls; echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."; exit 9`
  )
  const { reader, troubles, clock, until } = rig(t, tool)
  const calls = (): number =>
    existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls')).length / 2 : 0
  reader.start()
  await until(() => troubles.length >= 1)
  t.same(troubles, ['failing'])
  t.equal(calls(), 3)
  await clock.advanceAsync(590_000)
  t.equal(calls(), 3)
  await until(() => calls() >= 4)
})

test('no such program costs one try', async (t) => {
  const { reader, troubles, clock } = rig(t, join(scratchFolder(t), 'absent'))
  reader.start()
  while (troubles.length === 0) await settle()
  t.same(troubles, ['absent'])
  await settle()
  t.equal(clock.pending, 0)
  t.equal(reader.pid, undefined)
  reader.setPeriod(1)
  t.equal(reader.pid, undefined, 'a look does not start what is not there')
})

test('a field that is refused is left out at once', async (t) => {
  const tool = writeTool(
    scratchFolder(t),
    'nvidia-smi',
    `case "$1" in
*throttle_reasons*) echo 'Field "clocks_throttle_reasons.active" is not a valid field to query.'; echo; exit 2;;
*memory,temperature.gpu,temperature.memory*) echo 'Field "temperature.memory" is not a valid field to query.'; exit 2;;
esac
echo "0, GPU-0, Tesla K80, 418.1, 00000000:3B:00.0, 11441, 3, 5, 1, 40, 70, 149, 324, 875, 324, [N/A], 3, 16, 0x1, 0, 0"
${LIVES}`
  )
  const { reader, rounds, troubles, until } = rig(t, tool)
  reader.start()
  await until(() => rounds.length >= 1)
  t.match(rounds[0]?.rows[0]?.reading, {
    ...{ name: 'Tesla K80', temperatureC: 40, memoryTemperatureC: null, powerW: 70, clockMhz: 324 },
    ...{ throttle: [], eccUncorrected: 0 }
  })
  t.same(troubles, [])
})

test('processes and names are asked once; what is no answer is none', async (t) => {
  const folder = scratchFolder(t)
  const tool = writeTool(
    folder,
    'nvidia-smi',
    `case "$1" in
*compute-apps*) printf '4242, GPU-0, 512\\n77, GPU-1, [N/A]\\nNo running processes found\\n, ,\\n';;
*) printf 'NVIDIA H100 80GB HBM3, 81559 MiB\\nOrin (nvgpu), [N/A]\\n';;
esac`
  )
  t.same(await readGpuProcesses(tool), [
    { pid: 4242, uuid: 'GPU-0', memoryMb: 512 },
    { pid: 77, uuid: 'GPU-1', memoryMb: null }
  ])
  t.same(await readGpuNames(tool), ['NVIDIA H100 80GB HBM3, 81559 MiB'])
  t.same(await readGpuNames(join(folder, 'absent')), [])
  t.same(await readGpuProcesses(writeTool(folder, 'fails', 'echo 1, GPU-0, 5; exit 3')), [])
})
