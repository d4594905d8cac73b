// The reference page of error codes, made from the table in contract/errors.ts.

import { ERROR_KINDS } from '../../contract/index.ts'

/** docs/reference/errors.md as it must be. */
export function errorPage(): string {
  const rows = Object.entries(ERROR_KINDS).map(
    ([code, { status, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meaning} |`
  )
  return `# Error codes

Every error has a code, one sentence that says what is wrong and what to do, an HTTP status (as a problem document,
RFC 9457) and an exit code: 2 for wrong use or bad input, 3 for a fault of ours (status 500 and
above, apart from 503, something that is needed is not there, and 507, the disk is full).

| Code | HTTP | Try again | Meaning |
|---|---|---|---|
${rows.join('\n')}
`
}
