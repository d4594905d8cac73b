// docs/benchmarks.md from the committed results, so that no figure on the page lacks a run.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScenarioRow, StoredResult } from './scenario.ts'

const RESULTS = join(import.meta.dirname, 'results')
export const BENCHMARK_PAGE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')

const round = (value: number): string =>
  value.toLocaleString('en', {
    maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  })

function line({ what, value, unit, must, pass }: ScenarioRow): string {
  const held = pass === undefined ? '' : pass ? 'yes' : '**no**'
  return `| ${what} | ${round(value)} ${unit} | ${must ?? ''} | ${held} |`
}

function section({ name, title, date, machine, rows }: StoredResult): string {
  const { cpu, device, cores, memoryGiB, node, os } = machine
  const computed = device === undefined ? '' : `${device}; host `
  return `## ${title}

Measured on ${date}: ${computed}${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${os}. Repeat: \`node bench/run.ts ${name}\`.
Single runs and details: [${name}.json](../bench/results/${name}.json).

| What | Figure | Must be | Held |
|---|---|---|---|
${rows.map(line).join('\n')}
`
}

/** The page as it must be. */
export function benchmarkPage(): string {
  const results = readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as StoredResult)
  return `# Benchmarks

Made from the results in bench/results by \`node bench/run.ts\` (with the Node of \`node_modules/.bin\`). A competitor is measured
in the same run as we are, in turns; figures are medians.

${results.map(section).join('\n')}`
}

export function writeBenchmarkPage(): void {
  writeFileSync(BENCHMARK_PAGE, benchmarkPage())
}
