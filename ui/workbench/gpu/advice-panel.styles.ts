// Styles of the advisor's pane.

import { css } from 'lit'

export const styles = css`
  section {
    display: grid;
    gap: 8px;
    padding: 12px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
  }
  h2 {
    display: flex;
    align-items: center;
    gap: 8px;
    font: 600 var(--ns-name);
  }
  .model {
    margin-top: -4px;
    overflow-wrap: anywhere;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  :is(td, th) {
    padding: 0;
  }
  th {
    color: var(--ns-muted);
    font: 500 var(--ns-second);
    text-align: left;
  }
  th.number {
    text-align: right;
  }
  td {
    height: 26px;
    border-top: 1px solid var(--ns-rule);
  }
  :is(td, th) + :is(td, th) {
    padding-left: 12px;
  }
  .change {
    display: grid;
    gap: 8px;
    padding: 12px;
    border: 1px solid var(--ns-rule);
    border-radius: var(--ns-radius);
  }
  dl {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 12px;
  }
  dt {
    color: var(--ns-muted);
  }
  dd {
    text-align: right;
    white-space: nowrap;
  }
  strong {
    font-weight: 600;
  }
  li {
    display: grid;
    gap: 2px;
    padding: 8px 0;
    border-top: 1px solid var(--ns-rule);
    overflow-wrap: anywhere;
  }
  li:first-child {
    border-top: 0;
  }
  .line {
    display: flex;
    justify-content: space-between;
    gap: 12px;
  }
  @media (width < 900px) {
    /* What follows has a line of its own. */
    section:last-child {
      border-bottom: 0;
    }
  }
`
