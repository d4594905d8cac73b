// Why a model does not run on a better rung, at every door: the device's metrics, its alarms, and the fleet over
// MQTT.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { type Alarm, RUNGS } from '../../contract/index.ts'
import { fetchEventSource } from '../harness/event-source.ts'
import { getJson, newHome, startUp, until } from '../harness/nearside-process.ts'

type Refusals = readonly {
  readonly rung: string
  readonly code: string
  readonly sentence: string
}[]
type Listed = readonly {
  readonly reported: { readonly models: readonly { readonly refused?: Refusals }[] } | null
}[]

test('what keeps a model from better rungs is told to scrapers and to the fleet', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const metrics = await (await fetch(`${up.device}/metrics`)).text()
  const { models } = await getJson<{
    models: { name: string; ladder: { rung: string; code: string | null }[] }[]
  }>(`${up.device}/api/v1/models`)
  const refused = models.flatMap(({ name, ladder }) =>
    ladder.flatMap(({ rung, code }) => (code === null ? [] : [{ name, rung, code }]))
  )
  t.ok(refused.length > 0, 'a machine of tests has not every rung')
  for (const { name, rung, code } of refused)
    t.match(
      metrics,
      new RegExp(
        `nearside_model_rung_refused\\{model="${name}",version="[^"]+",rung="${rung}",code="${code}"\\} 1`
      )
    )
  const told = await until(
    up.console,
    async () => {
      const devices = await getJson<Listed>(`${up.console}/api/v1/devices`)
      return devices[0]?.reported?.models[0]?.refused ?? []
    },
    (found: Refusals) => found.length > 0
  )
  for (const { rung, code, sentence } of told) {
    t.ok(
      refused.some((one) => one.rung === rung && one.code === code),
      `${rung} ${code}`
    )
    t.match(sentence, /\.$/)
  }
})

/** Leaves behind what a start would have found on a machine whose libraries are gone now. */
async function ranOnCuda(home: string): Promise<void> {
  const folder = join(home, 'device', 'ladder')
  const at = Date.UTC(2026, 10, 27)
  const statuses = RUNGS.map((rung) => ({
    ...{ rung, taken: rung === 'cuda', code: null, sentence: 'As it was.', detail: '' },
    ...{ p95Ms: 1, precision: 'fp16', at }
  }))
  const taken = { rung: 'cuda', file: 'model.fp16.onnx', precision: 'fp16', deviceIds: [0] }
  const sha = 'a'.repeat(64)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'sentence-roles.json'),
    JSON.stringify({ schemaVersion: 1, key: sha, manifestSha256: sha, taken, statuses })
  )
}

test('a model that lost its rung between two starts is an alarm on the device and in the fleet', async (t) => {
  const home = newHome()
  await ranOnCuda(home)
  const up = await startUp(home)
  t.teardown(() => up.stop())
  await fetch(`${up.device}/api/v1/models/sentence-roles/load`, { method: 'POST' })
  let alarm: Alarm | undefined
  for await (const { name, data } of fetchEventSource(`${up.device}/api/v1/events`)) {
    if (name === 'alarm' && (data as Alarm).source === 'model') alarm = data as Alarm
    if (alarm) break
  }
  t.match(alarm, {
    ...{ subject: 'sentence-roles:cuda', priority: 3, clearedAt: null, action: /nearside doctor/ },
    title: /^sentence-roles \S+ runs on the (CPU|GPU by WebGPU) now instead of the GPU by CUDA$/,
    cause: /\.$/
  })
  t.equal(
    (await getJson<Alarm[]>(`${up.device}/api/v1/alarms`)).filter((one) => one.source === 'model')
      .length,
    1
  )
  const told = await until(
    up.console,
    () => getJson<Alarm[]>(`${up.console}/api/v1/alerts`),
    (alerts) => alerts.some(({ source }) => source === 'model')
  )
  t.match(
    told.find(({ source }) => source === 'model'),
    { title: alarm?.title }
  )
  const kept = await readFile(join(home, 'device', 'ladder', 'sentence-roles.json'), 'utf8')
  t.notMatch(JSON.parse(kept), { taken: { rung: 'cuda' } })
})
