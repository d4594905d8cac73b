// The few pictures of the product, 20 px, drawn with the ink of the text beside them. An icon never
// stands without its word, search, help and back excepted.

import { svg, type TemplateResult } from 'lit'

const icon = (content: TemplateResult<2>): TemplateResult<2> => svg`<svg class="icon"
  viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.5"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${content}</svg>`

export const icons = {
  overview: icon(
    svg`<path d="M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z"/>`
  ),
  bell: icon(
    svg`<path d="M5 8a5 5 0 0 1 10 0c0 4 1.5 5 1.5 6h-13C3.5 13 5 12 5 8zM8.3 16.5a1.8 1.8 0 0 0 3.4 0"/>`
  ),
  play: icon(svg`<path d="M5.5 3.5v13l10-6.5z"/>`),
  chip: icon(
    svg`<path d="M5 5h10v10H5zM8 8h4v4H8zM8 2v3M12 2v3M8 15v3M12 15v3M2 8h3M2 12h3M15 8h3M15 12h3"/>`
  ),
  lock: icon(svg`<path d="M4.5 9h11v8h-11zM7 9V6a3 3 0 0 1 6 0v3"/>`),
  search: icon(svg`<circle cx="8.5" cy="8.5" r="5"/><path d="M12.3 12.3 17 17"/>`),
  back: icon(svg`<path d="m12.5 4-6 6 6 6"/>`),
  forward: icon(svg`<path d="m7.5 4 6 6-6 6"/>`),
  down: icon(svg`<path d="m5 8 5 5 5-5"/>`),
  menu: icon(svg`<path d="M3 5h14M3 10h14M3 15h14"/>`),
  document: icon(svg`<path d="M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M7.5 10h5.5M7.5 13h5.5"/>`),
  list: icon(svg`<path d="M7 5h10M7 10h10M7 15h10M3 5h.5M3 10h.5M3 15h.5"/>`),
  box: icon(svg`<path d="m3 6.5 7-3.5 7 3.5v7L10 17l-7-3.5zM3 6.5l7 3.5 7-3.5M10 10v7"/>`),
  plus: icon(svg`<path d="M10 4v12M4 10h12"/>`),
  nolink: icon(svg`<path d="M2 10h4M14 10h4M6 6.5v7M14 6.5v7M8.5 8v4M11.5 8v4"/>`)
} as const

export type IconName = keyof typeof icons
