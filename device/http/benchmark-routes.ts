// Benchmarks: start one in the background, list, read, take as a report, cancel or remove.

import { z } from 'zod'
import { BenchmarkReport, BenchmarkRequest, BenchmarkSummary } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import {
  type BenchmarkService,
  benchmarkHtml,
  benchmarkJson,
  benchmarkMarkdown,
  compareBenchmarks
} from '../advisor/index.ts'

const params = z.object({ id: z.string().max(80) })

const MEDIA_TYPES = {
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8'
} as const

/** What the routes need of the benchmarks of a device. */
export type BenchmarkPort = Pick<BenchmarkService, 'start' | 'list' | 'get' | 'remove'>

export function addBenchmarkRoutes(app: HttpApp, benchmarks: BenchmarkPort): void {
  addListRoutes(app, benchmarks)
  addOneRoutes(app, benchmarks)
}

function addListRoutes(app: HttpApp, benchmarks: BenchmarkPort): void {
  app.get(
    '/api/v1/benchmarks',
    {
      schema: {
        summary: 'Benchmarks, newest first',
        response: { 200: z.array(BenchmarkSummary), ...problems() }
      }
    },
    () => benchmarks.list()
  )
  app.post(
    '/api/v1/benchmarks',
    {
      schema: {
        summary: 'Start a benchmark in the background; one at a time',
        body: BenchmarkRequest,
        response: { 202: BenchmarkReport, ...problems(404, 409, 415, 422) }
      }
    },
    async ({ body }, reply) => reply.code(202).send(await benchmarks.start(body))
  )
}

function addOneRoutes(app: HttpApp, benchmarks: BenchmarkPort): void {
  app.get(
    '/api/v1/benchmarks/:id',
    {
      schema: {
        summary: 'One benchmark with all of its cells',
        params,
        response: { 200: BenchmarkReport, ...problems(404) }
      }
    },
    ({ params: { id } }) => benchmarks.get(id)
  )
  app.get(
    '/api/v1/benchmarks/:id/report',
    {
      schema: {
        summary: 'A benchmark as HTML, JSON or Markdown, on request compared with another',
        params,
        querystring: z.object({
          format: z.enum(['html', 'json', 'md']).default('html'),
          compare: z.string().max(80).optional()
        }),
        produces: Object.values(MEDIA_TYPES),
        response: { 200: z.any().describe('The report.'), ...problems(404) }
      }
    },
    async ({ params: { id }, query: { format, compare } }, reply) => {
      const file = await benchmarks.get(id)
      const other = compare === undefined ? undefined : await benchmarks.get(compare)
      const comparison = other && compareBenchmarks(other, file)
      const texts = {
        html: () => benchmarkHtml(file, comparison),
        md: () => benchmarkMarkdown(file, comparison),
        json: () => benchmarkJson(file)
      }
      return reply
        .type(MEDIA_TYPES[format])
        .header('cache-control', 'no-store')
        .serializer((body: string) => body)
        .send(texts[format]())
    }
  )
  app.delete(
    '/api/v1/benchmarks/:id',
    {
      schema: {
        summary: 'Cancel a benchmark that runs and keep its figures; remove one that has ended',
        params,
        response: { 204: z.null(), ...problems(404) }
      }
    },
    async ({ params: { id } }, reply) => {
      await benchmarks.remove(id)
      return reply.code(204).send(null)
    }
  )
}
