// Completes the OpenAPI document that @fastify/swagger makes: refusals that the server gives before a route is
// asked are part of every route, and every refusal is a problem document. It adds no route.

import { z } from 'zod'
import { PROBLEM_MEDIA_TYPE, Problem } from '../contract/index.ts'
import { type ErrorForm, formOfPath } from './http-error-forms.ts'

interface Response {
  description?: string
  content?: Record<string, { schema?: unknown }>
}

interface Operation {
  responses?: Record<string, Response>
}

/** Host, Origin and method are checked everywhere, and anything may fail. */
const EVERY_ROUTE = [400, 403, 405, 500]
/** A body of the wrong kind or size is refused even where none is wanted. */
const WITH_BODY = [413, 415]
const METHODS_WITH_BODY = new Set(['post', 'put', 'patch', 'delete'])

const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } })

function complete(method: string, operation: Operation, form: ErrorForm | undefined): void {
  const always = METHODS_WITH_BODY.has(method) ? [...EVERY_ROUTE, ...WITH_BODY] : EVERY_ROUTE
  const responses: Record<string, Response> = { ...operation.responses }
  const refusals = Object.keys(responses)
    .map(Number)
    .filter((status) => status >= 400)
  for (const status of new Set([...always, ...refusals]))
    responses[String(status)] = {
      description: form
        ? 'What is wrong and what to do; as a problem document (RFC 9457) where Accept asks for one.'
        : 'What is wrong and what to do, as a problem document (RFC 9457).',
      content: {
        ...(form ? { [form.mediaType]: ref(form.name) } : {}),
        [PROBLEM_MEDIA_TYPE]: ref('Problem')
      }
    }
  operation.responses = responses
}

/**
 * Adds the refusals to every operation of a description.
 * @public
 */
export function completeDescription<Description extends object>(
  description: Description,
  forms: readonly ErrorForm[] = []
): Description {
  const { paths = {} } = description as { paths?: Record<string, Record<string, Operation>> }
  const { $schema: _dialect, ...problem } = z.toJSONSchema(Problem)
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods))
      complete(method, operation, formOfPath(forms, path))
  const { components = {} } = description as { components?: { schemas?: object } }
  const own = Object.fromEntries(forms.map(({ name, schema }) => [name, schema]))
  const schemas = { ...components.schemas, ...own, Problem: problem }
  return { ...description, components: { ...components, schemas } }
}
