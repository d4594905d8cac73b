// Styles of a tile of the overview.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
  }
  a {
    display: grid;
    grid-template: auto auto minmax(28px, 1fr) auto / minmax(0, 1fr) auto;
    gap: 0 8px;
    height: 100%;
    padding: 11px 12px 8px;
    border: 2px solid transparent;
    border-radius: var(--ns-radius);
    background: var(--ns-tile);
    color: inherit;
    text-decoration: none;
  }
  a:active {
    background: var(--ns-hover);
  }
  .p1 {
    border-color: var(--ns-p1);
  }
  .p2 {
    border-color: var(--ns-p2);
  }
  .p3 {
    border-color: var(--ns-p3-line);
  }
  .p4 {
    border-color: var(--ns-p4);
  }
  .stale {
    border: 1px dashed var(--ns-edge);
    padding: 12px 13px 9px;
  }
  h2 {
    overflow: hidden;
    font: 600 var(--ns-name);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .p1 ns-status,
  .p2 ns-status,
  .p3 ns-status,
  .p4 ns-status {
    --ns-mark: 18px;
  }
  ns-status {
    font: 400 var(--ns-second);
  }
  ns-status[strong] {
    font-weight: 600;
  }
  .stale h2,
  .stale ns-figure {
    color: var(--ns-muted);
    font-weight: 400;
  }
  .now {
    grid-column: 1 / -1;
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    flex-wrap: wrap;
    gap: 0 8px;
  }
  .range,
  .foot {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .trend {
    grid-column: 1 / -1;
    display: flex;
    gap: 8px;
    min-height: 0;
    padding: 6px 0;
  }
  ns-sparkline {
    flex: 1;
  }
  .foot {
    grid-column: 1 / -1;
    display: flex;
    justify-content: space-between;
    gap: 8px;
    white-space: nowrap;
  }
  .foot span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  i {
    font-style: normal;
  }
  @container (width < 280px) {
    i {
      display: none;
    }
    .range {
      flex-basis: 100%;
    }
  }
`
