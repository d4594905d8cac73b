// Styles of the system's screens: sections of facts under their heads.

import { css } from 'lit'

export const sheetStyles = css`
  :host {
    overflow: auto;
  }
  section .section-head {
    border-top: 1px solid var(--ns-rule);
  }
  .page-head + section .section-head {
    border-top: 0;
  }
  section + section .section-head {
    margin-top: 16px;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(160px, 1fr));
    gap: 12px 24px;
    padding: 12px var(--ns-pad);
  }
  dt {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  dd {
    overflow-wrap: anywhere;
  }
  dd.figure {
    font: 500 var(--ns-figure);
  }
  dd.figure span {
    color: var(--ns-muted);
    font: 400 var(--ns-body);
  }
  .note {
    max-width: 76ch;
    padding: 12px var(--ns-pad);
  }
  .promise {
    max-width: 80ch;
    padding: 16px var(--ns-pad);
    font: 600 var(--ns-name);
  }
  .rungs {
    border-bottom: 1px solid var(--ns-rule);
  }
  .rungs li {
    display: grid;
    grid-template-columns: 128px minmax(0, 1fr);
    gap: 16px;
    align-items: center;
    min-height: var(--ns-row);
    padding: 4px var(--ns-pad);
  }
  .rungs li + li {
    border-top: 1px solid var(--ns-rule);
  }
  .rungs .taken {
    color: var(--ns-text);
    font-weight: 600;
  }
  h3 {
    padding: 12px var(--ns-pad) 4px;
    color: var(--ns-muted);
    font: 500 var(--ns-second);
  }
`
