// How the models commands print: tables, and the facts of one bundle. No logic.

import type { ModelManifest } from '../../contract/index.ts'
import type { ModelFacts } from '../../models/index.ts'

/** Lays rows out in columns, two spaces apart; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

/** A size for people: 5.8 MB. */
export function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}

/** Operators that are named in the table; the JSON has all. */
const SHOWN_OPERATORS = 4

/** What the ONNX files of a bundle hold, for `models inspect`: file → facts. */
export function describeGraphs(facts: Readonly<Record<string, ModelFacts>>): string {
  const rows = Object.entries(facts).map(
    ([file, { nodes, opsets, parameters, weights, operators }]) => [
      file,
      String(nodes),
      opsets.map(({ domain, version }) => (domain ? `${domain} ${version}` : version)).join(', '),
      `${(parameters / 1e6).toFixed(2)} M`,
      weights
        .filter(({ bytes }) => bytes >= 1e5)
        .map(({ type, bytes }) => `${type} ${megabytes(bytes)}`)
        .join(', ') || '-',
      Object.entries(operators)
        .slice(0, SHOWN_OPERATORS)
        .map(([operator, count]) => `${operator} ${count}`)
        .join(', ')
    ]
  )
  return table([['GRAPH', 'NODES', 'OPSET', 'PARAMETERS', 'WEIGHTS', 'OPERATORS'], ...rows])
}

/** Everything that a manifest says, for `models inspect`. */
export function describeManifest(manifest: ModelManifest, signer: string): string {
  const tensors = (list: ModelManifest['inputs']): string =>
    list.map(({ name, datatype, shape }) => `${name} ${datatype}[${shape.join(', ')}]`).join('; ')
  const facts = table([
    ['Model', `${manifest.name} ${manifest.version}`],
    ['Task', manifest.task],
    ['Languages', manifest.languages.join(', ')],
    ['Licence', manifest.licence],
    ['Signature', signer],
    ['Made by', `${manifest.provenance.recipe}, seed ${manifest.provenance.seed}`],
    [
      'Trained on',
      manifest.provenance.trainingData.map(({ name, licence }) => `${name} (${licence})`).join('; ')
    ],
    ['Inputs', tensors(manifest.inputs)],
    ['Outputs', tensors(manifest.outputs)],
    ['Largest batch', String(manifest.batching.maxBatch)],
    ['Latency goal', `${manifest.latencyGoalMs} ms`]
  ])
  const variants = table([
    ['VARIANT', 'PRECISION', 'SIZE', 'MEMORY', 'RUNGS'],
    ...manifest.variants.map(({ file, precision, size, memoryMb, rungs }) => [
      file,
      precision,
      megabytes(size),
      `${memoryMb} MB`,
      rungs.join(', ')
    ])
  ])
  const accuracy = table([
    ['DATA SET', 'METRIC', 'PRECISION', 'VALUE', 'FP32', 'DATE'],
    ...manifest.accuracy.map(({ dataset, metric, precision, value, fp32, date }) => [
      dataset,
      metric,
      precision,
      value.toFixed(4),
      fp32.toFixed(4),
      date
    ])
  ])
  return [facts, variants, ...(manifest.accuracy.length > 0 ? [accuracy] : [])].join('\n\n')
}
