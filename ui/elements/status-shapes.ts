// The shapes that tell a state without colour: alarms by priority, machines, devices and jobs. Each is
// 16 × 16 and always goes with a word.

import { svg, type TemplateResult } from 'lit'

const figure = (text: string, y = 12): TemplateResult<2> =>
  svg`<text x="8" y=${y} text-anchor="middle" class="figure">${text}</text>`

const line = (content: TemplateResult<2>): TemplateResult<2> =>
  svg`<g fill="none" stroke="currentColor" stroke-width="1.5">${content}</g>`

const ring = svg`<circle cx="8" cy="8" r="5"/>`

export const SHAPES = {
  p1: svg`<path class="p1" d="M1 1h14v14H1z"/>${figure('1')}`,
  p2: svg`<path class="p2" d="M8 .8 15.6 15H.4z"/>${figure('2', 13.4)}`,
  p3: svg`<path class="p3" d="M8 .8 15.2 8 8 15.2.8 8z"/>${figure('3', 11.8)}`,
  p4: svg`<circle class="p4" cx="8" cy="8" r="7.4"/>${figure('4')}`,
  warning: svg`<path class="p2" d="M8 1.5 15 14.5H1z"/>`,
  check: svg`<path class="p3" d="M8 1.5 14.5 8 8 14.5 1.5 8z"/>`,
  normal: line(ring),
  learning: line(svg`${ring}<path d="M8 3a5 5 0 0 1 5 5H8z" fill="currentColor" stroke="none"/>`),
  stopped: line(svg`<path d="M3.5 3.5h9v9h-9z"/>`),
  stale: line(svg`<circle cx="8" cy="8" r="5" stroke-dasharray="2.2 1.740"/>`),
  off: line(svg`<path d="m4 4 8 8M12 4l-8 8"/>`),
  failed: svg`<g class="failed">${line(svg`<path d="m4 4 8 8M12 4l-8 8" stroke-width="2"/>`)}</g>`,
  running: line(svg`${ring}<path d="M8 3a5 5 0 0 0 0 10z" fill="currentColor" stroke="none"/>`),
  waiting: line(svg`${ring}<path d="M8 5v3h2.5"/>`),
  paused: line(svg`<path d="M6 4v8M10 4v8" stroke-width="1.8"/>`),
  done: line(svg`<path d="m3 8.5 3.5 3.5L13 4.5"/>`)
} as const

export type StatusShape = keyof typeof SHAPES

/** The shape of an alarm's priority. */
export const shapeOfPriority = (priority: 1 | 2 | 3 | 4): 'p1' | 'p2' | 'p3' | 'p4' =>
  `p${priority}`
