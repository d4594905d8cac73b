// What an executor refuses work with: a code and a sentence that travel as a message. The contract itself is
// not loaded there: its schemas would take longer to start than the model.

import type { ErrorCode } from '../../contract/index.ts'

export class Refusal extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}
