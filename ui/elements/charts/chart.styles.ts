// Strokes and fills that all charts share.

import { css } from 'lit'

export const chartStyles = css`
  svg {
    display: block;
    overflow: visible;
  }
  .band {
    fill: var(--ns-band);
  }
  .line {
    fill: none;
    stroke: var(--ns-muted);
    stroke-width: 1.5;
    stroke-linejoin: round;
  }
  .outside {
    fill: none;
    stroke: var(--tone);
    stroke-width: 2.5;
    stroke-linejoin: round;
  }
  .point {
    fill: var(--ns-muted);
  }
  .point.abnormal {
    fill: var(--tone);
  }
  :host {
    --tone: var(--ns-p3-line);
  }
  :host([tone='p1']) {
    --tone: var(--ns-p1);
  }
  :host([tone='p2']) {
    --tone: var(--ns-p2);
  }
  :host([tone='p4']) {
    --tone: var(--ns-p4);
  }
`
