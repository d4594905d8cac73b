// Adds up what a page loads over the wire, from the manifest that the build writes: the bench and the
// budget tests read it. It measures files, not a browser.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

interface ManifestEntry {
  readonly file: string
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
  readonly css?: readonly string[]
}

export interface PageWeight {
  /** Bytes after gzip of the scripts and styles of the first load. */
  readonly firstLoad: number
  /** The same with everything that the page may load later. */
  readonly everything: number
  /** Files of the first load, then the later ones. */
  readonly files: readonly {
    readonly file: string
    readonly gzip: number
    readonly later: boolean
  }[]
}

type Manifest = Readonly<Record<string, ManifestEntry>>

function reach(manifest: Manifest, start: string, lazy: boolean): ReadonlySet<string> {
  const files = new Set<string>()
  const seen = new Set<string>()
  const visit = (key: string): void => {
    const entry = manifest[key]
    if (!entry || seen.has(key)) return
    seen.add(key)
    files.add(entry.file)
    for (const css of entry.css ?? []) files.add(css)
    for (const next of entry.imports ?? []) visit(next)
    if (lazy) for (const next of entry.dynamicImports ?? []) visit(next)
  }
  visit(start)
  return files
}

/** Weighs `kiosk`, `workbench` or `console` of a built folder, ui/dist. */
export function weighPage(dist: string, page: string): PageWeight {
  const text = readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8')
  const manifest = JSON.parse(text) as Manifest
  const first = reach(manifest, `${page}.html`, false)
  const files = [...reach(manifest, `${page}.html`, true)].map((file) => ({
    file,
    gzip: gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
    later: !first.has(file)
  }))
  const sum = (some: readonly { gzip: number }[]): number =>
    some.reduce((total, { gzip }) => total + gzip, 0)
  return {
    firstLoad: sum(files.filter(({ later }) => !later)),
    everything: sum(files),
    files: files.toSorted((a, b) => Number(a.later) - Number(b.later))
  }
}
