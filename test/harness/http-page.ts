// The reference page of the HTTP interfaces, made from what a device and a fleet say of themselves.

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly responses?: Record<string, { readonly content?: Record<string, unknown> }>
}

/** The part of an OpenAPI document that is read here. */
export interface OpenApi {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
}

export interface Route {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** Every route of a description, by path. */
export function routesOf({ paths }: OpenApi): Route[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation
      }))
    )
    .sort((one, other) => one.path.localeCompare(other.path, 'en'))
}

function row({ method, path, operation }: Route): string {
  const statuses = Object.keys(operation.responses ?? {}).join(' ')
  return `| \`${method} ${path}\` | ${(operation.summary ?? '').replaceAll('|', '\\|')} | ${statuses} |`
}

const table = (api: OpenApi): string =>
  ['| route | what | statuses |', '|---|---|---|', ...routesOf(api).map(row)].join('\n')

/** docs/reference/http-api.md as it must be. */
export const httpPage = (device: OpenApi, fleet: OpenApi): string => `# HTTP

Device and fleet describe themselves at \`/openapi.json\` (OpenAPI 3.1), with the fields of bodies and answers. Pages are at \`/\` and, on
the device, \`/workbench/\`. Both listen on loopback only: there is no sign-in yet.

- **Errors** are problem documents (RFC 9457, \`application/problem+json\`): \`{"type","title","status","detail","code","instance","retryable"}\`;
  \`detail\` is one sentence, \`code\` one of the [error codes](errors.md).
- **Under \`/v2\`**, the [inference protocol](../guides/serve-models.md), errors are \`{"error":"sentence"}\`, unless \`Accept\` asks for
  \`application/problem+json\`. 429 and 503 have \`Retry-After\` everywhere.
- **Host and Origin** are checked on every request; a page of another site gets 403.
- **A wrong method** gets 405 with \`Allow\`; \`HEAD\` goes wherever \`GET\` does.
- **\`Idempotency-Key\`** on \`POST /api/v1/jobs\` and \`POST /api/v1/rollouts\`: the same key again starts nothing twice.
- **\`/api/v1/events\`** is a stream of server-sent events; a reader that falls behind by 1 MiB is dropped and may come back. The device
  sends \`device\`, \`telemetry\`, \`alarm\`, \`job\`, \`job-removed\`, \`logs\`, \`models\`, \`gpus\`, \`benchmark\`, \`benchmark-removed\` and
  \`advice\`.

## Device

Port 8080 unless told otherwise.

${table(device)}

## Fleet

Port 8090 unless told otherwise.

${table(fleet)}
`
