// Styles of ns-table.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-width: 0;
    overflow: auto;
    font: 400 var(--ns-body);
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th {
    position: sticky;
    top: 0;
    z-index: 1;
    height: 32px;
    padding: 0 12px;
    background: var(--ns-ground);
    border-bottom: 1px solid var(--ns-rule);
    color: var(--ns-muted);
    font: 500 var(--ns-second);
    text-align: left;
    white-space: nowrap;
  }
  th button {
    min-height: max(24px, min(var(--ns-target), 44px));
    padding: 0;
    border: 0;
    background: none;
    cursor: pointer;
  }
  th button:hover,
  th[aria-sort] button {
    color: var(--ns-text);
  }
  .number button {
    display: inline-flex;
    flex-direction: row-reverse;
    align-items: center;
  }
  .arrow {
    display: inline-block;
    width: 12px;
    text-align: center;
  }
  td {
    height: var(--ns-row);
    padding: 4px 12px;
    border-bottom: 1px solid var(--ns-rule);
  }
  :is(th, td):first-child {
    padding-left: var(--ns-pad);
  }
  :is(th, td):last-child {
    padding-right: var(--ns-pad);
  }
  .number {
    text-align: right;
    white-space: nowrap;
  }
  td > ns-status {
    /* Its shape would lift it off the line of the other cells. */
    vertical-align: bottom;
  }
  .strong {
    font-weight: 600;
  }
  .muted {
    color: var(--ns-muted);
  }
  .fit {
    width: 1%;
    white-space: nowrap;
  }
  .cut {
    /* What the others leave. */
    width: 100%;
    max-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .code {
    font: var(--ns-code);
  }
  @media (width < 720px) {
    .wide {
      display: none;
    }
  }
  tr.open {
    cursor: pointer;
  }
  tr.open:hover td {
    background: var(--ns-hover);
  }
  tr:focus-visible {
    outline-offset: -2px;
  }
  tr.selected td,
  tr.selected.open:hover td {
    background: var(--ns-selected);
  }
  tr.selected td:first-child {
    box-shadow: inset 3px 0 var(--ns-select);
  }
`
