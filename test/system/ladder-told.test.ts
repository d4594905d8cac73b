// Why a model does not run on a better rung, at every door: the device's metrics, and the fleet over MQTT.

import { test } from 'tap'
import { getJson, startUp, until } from '../harness/nearside-process.ts'

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
