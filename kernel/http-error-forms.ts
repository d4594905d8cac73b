// Errors in the form that a published protocol wants, for the paths under its prefix. Everywhere else, and for
// a client that asks for them, errors are problem documents.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type NearsideError, PROBLEM_MEDIA_TYPE } from '../contract/index.ts'

/** @public */
export interface ErrorForm {
  /** Start of the paths that it holds for, as `/v2`. */
  readonly prefix: string
  readonly mediaType: string
  /** Name of `schema` in the description of the server. */
  readonly name: string
  /** JSON schema of `body`. */
  readonly schema: object
  readonly body: (error: NearsideError) => object
}

/** Forms by server: routes live in scopes of their own, the server is one. */
const FORMS = new WeakMap<object, ErrorForm[]>()

/**
 * Gives the paths under a prefix their own form of errors.
 * @public
 */
export function addErrorForm(app: FastifyInstance, form: ErrorForm): void {
  FORMS.set(app.server, [...errorForms(app), form])
}

/** @public */
export function errorForms(app: FastifyInstance): readonly ErrorForm[] {
  return FORMS.get(app.server) ?? []
}

/** @public */
export function formOfPath(forms: readonly ErrorForm[], path: string): ErrorForm | undefined {
  return forms.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
}

/**
 * The form in which a request wants its error; undefined for a problem document.
 * @public
 */
export function formOf(request: FastifyRequest, path: string): ErrorForm | undefined {
  if (request.headers.accept?.includes(PROBLEM_MEDIA_TYPE)) return undefined
  return formOfPath(errorForms(request.server), path)
}
