// How the pages are built: three apps and the kit's page, shared chunks, small templates, gzip forms beside
// the assets. It is no server; in development `vite ui` is.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const page = (name: string): string => `${import.meta.dirname}/${name}.html`

/** Takes the indentation out of templates; after the minifier, line breaks are left in those alone. */
function closeTemplates(): Plugin {
  return {
    name: 'close-templates',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/\n {2,}/g, ' ')
      }
    }
  }
}

/**
 * Writes each text file's gzip form beside it, so that a server need not compress. After the bundle is written:
 * Vite itself still changes chunks while it is generated.
 */
function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    writeBundle({ dir = '.' }, bundle) {
      for (const fileName of Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))) {
        const path = join(dir, fileName)
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
      }
    }
  }
}

export default defineConfig({
  root: import.meta.dirname,
  // Pages are served at `/` and `/workbench/` alike, so their assets have one absolute address.
  base: '/',
  plugins: [closeTemplates(), compress()],
  build: {
    outDir: 'dist',
    target: 'es2023',
    // page-weight.ts reads the manifest to add up what a page loads.
    manifest: true,
    rolldownOptions: {
      input: {
        kiosk: page('kiosk'),
        workbench: page('workbench'),
        console: page('console'),
        kit: page('kit')
      }
    }
  }
})
