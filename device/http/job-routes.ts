// Jobs: start, list, steer, read the report and the documents behind it.

import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { renderReport, reportFormats } from '../../analysis/index.ts'
import { Job, JobDetail, Report } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { DevicePorts } from './device-ports.ts'

const params = z.object({ id: z.string().max(80) })

const MEDIA_TYPES = {
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8'
} as const

export function addJobRoutes(app: HttpApp, ports: DevicePorts): void {
  addListRoutes(app, ports)
  addSteeringRoutes(app, ports)
  addResultRoutes(app, ports)
}

function addListRoutes(app: HttpApp, { jobs }: DevicePorts): void {
  app.get(
    '/api/v1/jobs',
    {
      schema: {
        summary: 'Jobs, newest first',
        response: { 200: z.array(Job), ...problems() }
      }
    },
    () => jobs.list()
  )
  app.get(
    '/api/v1/jobs/:id',
    {
      schema: {
        summary: 'One job with its files',
        params,
        response: { 200: JobDetail, ...problems(404) }
      }
    },
    (request) => ({ ...jobs.get(request.params.id), files: jobs.inputs(request.params.id) })
  )
  app.delete(
    '/api/v1/jobs/:id',
    {
      schema: {
        summary: 'Cancel a job and wipe its files',
        params,
        response: { 204: z.null(), ...problems(404) }
      }
    },
    async (request, reply) => {
      await jobs.remove(request.params.id)
      return reply.code(204).send(null)
    }
  )
}

function addSteeringRoutes(app: HttpApp, { jobs }: DevicePorts): void {
  const schema = (summary: string) => ({
    summary,
    params,
    response: { 200: Job, ...problems(404, 409) }
  })
  app.post('/api/v1/jobs/:id/pause', { schema: schema('Pause a job') }, ({ params: { id } }) =>
    jobs.pause(id)
  )
  app.post(
    '/api/v1/jobs/:id/resume',
    { schema: schema('Go on with a paused job') },
    ({ params: { id } }) => jobs.resume(id)
  )
  app.post('/api/v1/jobs/:id/cancel', { schema: schema('Cancel a job') }, ({ params: { id } }) =>
    jobs.cancel(id)
  )
  app.post(
    '/api/v1/jobs/:id/retry',
    { schema: schema('Run an ended job again; what was read is not read twice') },
    ({ params: { id } }) => jobs.retry(id)
  )
}

function addResultRoutes(app: HttpApp, { jobs }: DevicePorts): void {
  app.get(
    '/api/v1/jobs/:id/report',
    {
      schema: {
        summary: 'The report of a job: JSON, Markdown, HTML or CSV',
        params,
        querystring: z.object({ format: z.enum(reportFormats).default('json') }),
        produces: Object.values(MEDIA_TYPES),
        response: { 200: z.any().describe('The report.'), ...problems(404, 409, 410) }
      }
    },
    async ({ params: { id }, query: { format } }, reply) => {
      const json = await jobs.report(id)
      const text = format === 'json' ? json : renderReport(Report.parse(JSON.parse(json)), format)
      return sendText(reply, MEDIA_TYPES[format], text)
    }
  )
  app.get(
    '/api/v1/jobs/:id/documents/:index',
    {
      schema: {
        summary: 'The text of a document, which the offsets of the report count in',
        params: params.extend({ index: z.coerce.number().int().min(0) }),
        produces: ['application/json'],
        response: { 200: z.any().describe('The text.'), ...problems(404, 409, 410) }
      }
    },
    async ({ params: { id, index } }, reply) =>
      sendText(reply, MEDIA_TYPES.json, await jobs.documentText(id, index))
  )
}

/** Text that is ready needs no serialiser; a report of a thousand documents would hold the loop up. */
function sendText(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply
    .type(type)
    .header('cache-control', 'no-store')
    .serializer((body: string) => body)
    .send(text)
}
