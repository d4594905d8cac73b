// Styles of the device screen.

import { css } from 'lit'

export const styles = css`
  .refusal span {
    color: var(--ns-text);
  }
  .list {
    padding-bottom: 0;
  }
  .entry {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 4px 12px;
    min-height: 64px;
    padding: 6px 0;
    border-top: 1px solid var(--ns-rule);
    color: inherit;
    text-decoration: none;
  }
  .value {
    text-align: right;
    white-space: nowrap;
  }
  .lead {
    color: var(--ns-text);
    font: 600 var(--ns-body);
    overflow-wrap: anywhere;
    white-space: normal;
  }
  .line strong {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .line ns-status {
    flex: none;
    white-space: nowrap;
  }
  .name {
    display: grid;
  }
  .missing {
    padding: 12px 0;
    border-top: 1px solid var(--ns-rule);
  }
`
