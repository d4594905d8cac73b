// Tells before the upload which of the chosen files an analysis will take, and why not the others. Pure;
// the device checks everything again.

import type { AnalysisDescription } from '../../api/index.ts'
import { formatNumber, msg, str } from '../../i18n/index.ts'

export interface ChosenFile {
  /** With its folders: `trials/2024/a.pdf`. */
  readonly name: string
  readonly bytes: number
}

export interface CheckedFile<Chosen extends ChosenFile = ChosenFile> {
  readonly file: Chosen
  /** Why it is left out; empty when it is taken. */
  readonly reason: string
}

const MIB = 1024 * 1024

/** A limit as the device states it: `64 MiB`, `8 GiB`. */
export function limitWords(bytes: number): string {
  return bytes % (1024 * MIB) === 0
    ? `${formatNumber(bytes / 1024 / MIB)}\u00A0GiB`
    : `${formatNumber(bytes / MIB)}\u00A0MiB`
}

const endingOf = (name: string): string => /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''

type Rules = Pick<AnalysisDescription, 'accepts' | 'limits'>

function reasonOf({ name, bytes }: ChosenFile, { accepts, limits }: Rules): string {
  const ending = endingOf(name)
  if (bytes === 0) return msg('Empty')
  if (!accepts.includes(ending)) {
    return ending === '' ? msg('No file ending') : msg(str`“.${ending}” is not taken`)
  }
  if (bytes > limits.fileBytes) return msg(str`Larger than ${limitWords(limits.fileBytes)}`)
  return ''
}

/** Checks files in their order: what goes beyond a limit of the whole job is left out, too. */
export function checkFiles<Chosen extends ChosenFile>(
  files: readonly Chosen[],
  rules: Rules
): readonly CheckedFile<Chosen>[] {
  let count = 0
  let total = 0
  return files.map((file) => {
    const own = reasonOf(file, rules)
    if (own !== '') return { file, reason: own }
    if (count >= rules.limits.files) {
      const most = rules.limits.files
      const reason =
        most === 1
          ? msg('One file at a time')
          : msg(str`More than ${formatNumber(most)} files; make a second job`)
      return { file, reason }
    }
    if (total + file.bytes > rules.limits.totalBytes) {
      const most = limitWords(rules.limits.totalBytes)
      return { file, reason: msg(str`Beyond ${most} in all; make a second job`) }
    }
    count += 1
    total += file.bytes
    return { file, reason: '' }
  })
}

/** The folder that all files lie in; empty when there is none. */
export function commonFolder(files: readonly ChosenFile[]): string {
  const [first = ''] = files.map(({ name }) => name)
  const folder = first.includes('/') ? (first.split('/')[0] ?? '') : ''
  return folder !== '' && files.every(({ name }) => name.startsWith(`${folder}/`)) ? folder : ''
}

/** New files beside those chosen before; the same name replaces. */
export function addFiles<Chosen extends ChosenFile>(
  before: readonly Chosen[],
  added: readonly Chosen[]
): readonly Chosen[] {
  const names = new Set(added.map(({ name }) => name))
  return [...before.filter(({ name }) => !names.has(name)), ...added]
}
