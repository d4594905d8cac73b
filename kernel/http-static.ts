// Serves the built user interface: pages never cached, hashed assets cached for ever.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { NearsideError } from '../contract/index.ts'
import type { HttpApp } from './http-server.ts'

const DIST = join(import.meta.dirname, '..', 'ui', 'dist')

interface UiOptions {
  /** Path of a page → file in ui/dist, as in `{ '/workbench/': 'workbench.html' }`. */
  readonly pages: Readonly<Record<string, string>>
  /** Folder of the built pages; default ui/dist. */
  readonly folder?: string
}

/**
 * Adds the pages and their assets to a server.
 * @public
 */
export async function serveUi(app: HttpApp, { pages, folder = DIST }: UiOptions): Promise<void> {
  for (const [path, file] of Object.entries(pages)) {
    app.get(path, { schema: { hide: true } }, async (_, reply) => {
      const html = await readFile(join(folder, file)).catch(() => undefined)
      if (!html)
        throw new NearsideError(
          'NS_ROUTE_NOT_FOUND',
          'The pages are not built yet; start Nearside by npm start.'
        )
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html)
    })
    if (path !== '/' && path.endsWith('/')) {
      app.get(path.slice(0, -1), { schema: { hide: true } }, (_, reply) =>
        reply.redirect(path, 308)
      )
    }
  }
  const assets = join(folder, 'assets')
  if (!existsSync(assets)) return
  await app.register(fastifyStatic, {
    root: assets,
    prefix: '/assets/',
    decorateReply: false,
    immutable: true,
    maxAge: '365d',
    // The build writes each text file's gzip form beside it.
    preCompressed: true,
    schemaHide: true
  })
}
