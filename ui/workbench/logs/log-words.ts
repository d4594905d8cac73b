// The words and shapes for levels of log lines and for what is unusual about them. Pure.

import type { StatusShape } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'
import type { AnomalyKind, LogLevel } from './log-model.ts'

const LEVELS: Readonly<Record<LogLevel, () => string>> = {
  fatal: () => msg('Fatal'),
  error: () => msg('Error'),
  warning: () => msg('Warning'),
  info: () => msg('Info'),
  debug: () => msg('Debug'),
  unknown: () => msg('None')
}

export const levelWord = (level: LogLevel): string => LEVELS[level]()

/** How severe a level is, for sorting. */
export const levelRank = (level: LogLevel): number =>
  ['unknown', 'debug', 'info', 'warning', 'error', 'fatal'].indexOf(level)

const KINDS: Readonly<Record<AnomalyKind, () => readonly [StatusShape, string]>> = {
  burst: () => ['warning', msg('Burst')],
  'new-template': () => ['check', msg('New')],
  silence: () => ['stale', msg('Silence')],
  'error-words': () => ['failed', msg('Error words')]
}

export const kindWords = (kind: AnomalyKind): readonly [StatusShape, string] => KINDS[kind]()
