// Styles of ns-status.

import { css } from 'lit'

export const styles = css`
  :host {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
    color: var(--ns-muted);
  }
  svg {
    flex: none;
    width: var(--ns-mark);
    height: var(--ns-mark);
    overflow: visible;
    forced-color-adjust: auto;
  }
  .figure {
    font: 600 11px/1 var(--ns-font);
  }
  .p1 {
    fill: var(--ns-p1);
  }
  .p1 ~ .figure {
    fill: var(--ns-on-p1);
  }
  .p2 {
    fill: var(--ns-p2);
  }
  .p2 ~ .figure {
    fill: var(--ns-on-p2);
    font-size: 10px;
  }
  .p3 {
    fill: var(--ns-p3);
    stroke: var(--ns-p3-line);
    stroke-width: 1.5;
  }
  .p3 ~ .figure {
    fill: var(--ns-on-p3);
    font-size: 10px;
  }
  .p4 {
    fill: var(--ns-p4);
  }
  .p4 ~ .figure {
    fill: var(--ns-on-p4);
  }
  .failed {
    color: var(--ns-p1);
  }
  :host([strong]) {
    font-weight: 600;
  }
  :host([strong][kind='p1']),
  :host([strong][kind='failed']) {
    color: var(--ns-p1-text);
  }
  :host([strong][kind='p2']),
  :host([strong][kind='warning']) {
    color: var(--ns-p2);
  }
  :host([strong][kind='p3']),
  :host([strong][kind='check']) {
    color: var(--ns-p3-line);
  }
  :host([strong][kind='p4']) {
    color: var(--ns-p4);
  }
`
