// Why an ONNX file is refused, before the file's name is put in front of it.

import type { ErrorCode } from '../../contract/index.ts'

export type RefusalCode = Extract<ErrorCode, 'NS_BUNDLE_INVALID' | 'NS_MODEL_UNSAFE'>

/** The message goes on after "model.onnx: " and ends with a full stop. */
export class ModelRefusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, what: string) {
    super(what)
    this.code = code
  }
}

/** The file is no valid model: damaged, contradictory, of an unknown version. */
export function invalid(what: string): ModelRefusal {
  return new ModelRefusal('NS_BUNDLE_INVALID', what)
}

/** The file asks for what no device gives: files outside, code, more memory than there is. */
export function unsafe(what: string): ModelRefusal {
  return new ModelRefusal('NS_MODEL_UNSAFE', what)
}

/** A name from a file, short and printable enough to stand in a sentence. */
export function quoted(name: string): string {
  const shown = name.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?')
  return `"${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}"`
}
