// The log of both processes: pino JSON, secrets redacted, message constant and data in fields.

import pino, { type Logger as PinoLogger } from 'pino'
import { LogFile } from './log-file.ts'

/** @public */
export type Logger = PinoLogger

/** Field names whose values never reach a log. */
export const REDACTED = [
  'token',
  'key',
  'privateKey',
  'password',
  'authorization',
  'cookie',
  'text',
  'content',
  '*.token',
  '*.key',
  '*.privateKey',
  '*.password',
  '*.text',
  '*.content'
]

interface LoggerOptions {
  readonly name: string
  /** Default `info`; `silent` writes nothing. */
  readonly level?: string
  /** File that lines are appended to; default standard error. */
  readonly file?: string
}

/**
 * Makes a logger. A file destination is opened for appending and written without blocking.
 * @public
 */
export function createLogger({ name, level = 'info', file }: LoggerOptions): Logger {
  const destination = file ? new LogFile(file) : pino.destination({ dest: 2, sync: true })
  return pino(
    {
      name,
      level,
      redact: { paths: REDACTED, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime
    },
    destination
  )
}
