// The address of a screen inside an app, after the `#`: `#/series/cpu.load?minutes=15`. Pure.

export interface Route {
  /** Decoded parts of the path: `['series', 'cpu.load']`; empty on the first screen. */
  readonly parts: readonly string[]
  readonly query: Readonly<Record<string, string>>
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Reads what stands behind `#`; anything odd is taken as it stands. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  return {
    parts: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query))
  }
}

/** The address of a screen; empty values of the query are left out. */
export function routeTo(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {}
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()
  return `#/${parts.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}
