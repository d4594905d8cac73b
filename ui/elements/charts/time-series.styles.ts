// Styles of ns-time-series.

import { css } from 'lit'

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    font: 400 var(--ns-axis);
  }
  .head {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 24px;
    color: var(--ns-muted);
  }
  .head strong {
    color: var(--ns-text);
    font: 600 var(--ns-second);
  }
  .cursor {
    flex: 1;
    color: var(--ns-select);
    text-align: right;
    white-space: nowrap;
  }
  .head button {
    min-height: max(24px, calc(var(--ns-target) - 8px));
    padding: 0 8px;
    border: 0;
    border-radius: var(--ns-radius);
    background: transparent;
    color: var(--ns-muted);
    text-decoration: underline;
    text-underline-offset: 3px;
    cursor: pointer;
  }
  .plot {
    position: relative;
    flex: 1;
    min-height: 96px;
    overflow: hidden;
  }
  .plot > div {
    position: absolute;
    inset: 0;
    font: 400 var(--ns-axis);
  }
  .u-cursor-x,
  .u-cursor-y {
    border-color: var(--ns-select) !important;
    border-style: solid !important;
  }
  .u-cursor-y {
    display: none;
  }
  .table {
    max-height: 260px;
    overflow: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font: 400 var(--ns-second);
  }
  th,
  td {
    padding: 4px 8px;
    border-bottom: 1px solid var(--ns-rule);
    text-align: right;
    white-space: nowrap;
  }
  th {
    position: sticky;
    top: 0;
    background: var(--ns-tile);
    color: var(--ns-muted);
    font-weight: 500;
  }
  :is(th, td):first-child {
    text-align: left;
  }
  .summary {
    color: var(--ns-muted);
  }
`
