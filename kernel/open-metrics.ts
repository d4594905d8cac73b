// Classic Prometheus text as OpenMetrics 1.0. prom-client can write the format itself, but renames its
// counters for good while doing so, which breaks the classic text of the next request.

/**
 * In OpenMetrics the family of a counter has no `_total` and its samples must have it; the text ends
 * with `# EOF` and has no blank lines (OpenMetrics 1.0, "Counter" and "Overall Structure").
 * @public
 */
export function toOpenMetrics(classic: string): string {
  const lines: string[] = []
  let counter: string | undefined
  for (const line of helpAfterType(classic.split('\n').filter((text) => text !== ''))) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (keyword === 'TYPE') counter = rest === 'counter' ? name : undefined
    if (keyword) lines.push(`# ${keyword} ${counter ? name.replace(/_total$/, '') : name} ${rest}`)
    else lines.push(counter ? line.replace(/^([^{\s]+?)(?:_total)?(?=[{\s])/, '$1_total') : line)
  }
  return `${lines.join('\n')}\n# EOF\n`
}

/** prom-client writes HELP before TYPE; the type decides the name of both, so it comes first. */
function helpAfterType(lines: string[]): string[] {
  for (let index = 1; index < lines.length; index += 1) {
    const [help = '', type = ''] = [lines[index - 1], lines[index]]
    if (type.startsWith('# TYPE ') && help.startsWith('# HELP '))
      lines.splice(index - 1, 2, type, help)
  }
  return lines
}
