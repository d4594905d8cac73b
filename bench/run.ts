// Runs benchmarks by name, or all of them: `node bench/run.ts [NAME…]`. Each writes bench/results/NAME.json;
// docs/benchmarks.md is made from all results that are there.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { writeBenchmarkPage } from './report.ts'
import type { Scenario, StoredResult } from './scenario.ts'

const SCENARIOS = join(import.meta.dirname, 'scenarios')
const RESULTS = join(import.meta.dirname, 'results')

async function load(): Promise<Scenario[]> {
  const scenarios: Scenario[] = []
  for (const file of readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.ts'))
    .sort()) {
    const module = (await import(join(SCENARIOS, file))) as { scenario?: Scenario }
    if (module.scenario) scenarios.push(module.scenario)
  }
  return scenarios
}

function machine(): StoredResult['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    os: `${type()} ${release()}`
  }
}

const wanted = process.argv.slice(2)
const scenarios = await load()
for (const name of wanted) {
  if (scenarios.some((scenario) => scenario.name === name)) continue
  console.error(
    `There is no benchmark "${name}"; there are: ${scenarios.map((known) => known.name).join(', ')}.`
  )
  process.exit(2)
}
mkdirSync(RESULTS, { recursive: true })
for (const scenario of scenarios.filter(
  ({ name }) => wanted.length === 0 || wanted.includes(name)
)) {
  console.log(`\n${scenario.title}`)
  const measured = await scenario.run()
  if (!measured) continue
  const { rows, detail, device } = measured
  for (const { what, value, unit, must, pass } of rows) {
    console.log(
      `  ${pass === false ? 'MISSED' : '      '} ${what}: ${value} ${unit}${must ? ` (must be ${must})` : ''}`
    )
  }
  const result: StoredResult = {
    name: scenario.name,
    title: scenario.title,
    date: new Date().toISOString().slice(0, 10),
    machine: device === undefined ? machine() : { ...machine(), device },
    rows,
    detail
  }
  writeFileSync(join(RESULTS, `${scenario.name}.json`), `${JSON.stringify(result, null, 2)}\n`)
}
writeBenchmarkPage()
process.exit(0)
