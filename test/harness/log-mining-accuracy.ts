// Reads labelled logs and compares mined templates with the truth. GA: share of lines whose group is exactly
// the true group. FTA: F1 over templates whose group and text are both right (after Khan et al. 2022).

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { createLogMiner, MessageReader } from '../../analysis/logs/index.ts'

/** The labelled systems of loghub-2k; not part of this repository. */
export const LOGHUB = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'loghub-2k')

export interface LabelledLog {
  readonly name: string
  readonly lines: readonly string[]
  /** Message without header, and true template, of each line. */
  readonly messages: readonly string[]
  readonly templates: readonly string[]
}

export interface Accuracy {
  readonly grouping: number
  readonly templates: number
}

/** All labelled logs, or none when the folder is absent. */
export function labelledLogs(folder = LOGHUB): LabelledLog[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readLabelled(join(folder, name), name))
}

function readLabelled(folder: string, name: string): LabelledLog {
  const text = (file: string): string =>
    gunzipSync(readFileSync(join(folder, file))).toString('utf8')
  const corrected = `${name}_2k.log_structured_corrected.csv.gz`
  const truth = existsSync(join(folder, corrected)) ? corrected : `${name}_2k.log_structured.csv.gz`
  const rows = parse(text(truth), { columns: true, relax_quotes: true }) as Record<string, string>[]
  return {
    name,
    lines: text(`${name}_2k.log.gz`).replaceAll('\r', '').trimEnd().split('\n'),
    messages: rows.map((row) => row['Content'] ?? ''),
    templates: rows.map((row) => row['EventTemplate'] ?? '')
  }
}

/** Template of every line, with the one default configuration. */
export function mineTemplates(lines: readonly string[]): string[] {
  const reader = new MessageReader()
  reader.learn(lines.slice(0, 400))
  const miner = createLogMiner()
  for (const line of lines) {
    const { text, from, level } = reader.read(line, false)
    miner.add(text, from, level)
  }
  miner.refine()
  return lines.map((line) => {
    const { text, from } = reader.read(line, false)
    return miner.find(text, from).template.text
  })
}

/** Grouping accuracy and F1 of template accuracy, 0 to 1. */
export function accuracyOf(mined: readonly string[], truth: readonly string[]): Accuracy {
  const minedGroups = groupLines(mined)
  const trueGroups = groupLines(truth)
  let lines = 0
  let texts = 0
  for (const [template, members] of trueGroups) {
    const text = mined[members[0] ?? 0] ?? ''
    const group = minedGroups.get(text) ?? []
    if (group.length !== members.length || !group.every((line, i) => line === members[i])) continue
    lines += members.length
    if (text === template) texts++
  }
  return {
    grouping: lines / truth.length,
    templates: (2 * texts) / (minedGroups.size + trueGroups.size)
  }
}

function groupLines(values: readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  values.forEach((value, i) => {
    const group = groups.get(value)
    if (group) group.push(i)
    else groups.set(value, [i])
  })
  return groups
}
