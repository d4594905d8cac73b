// Styles of the device screen.

import { css } from 'lit'

export const styles = css`
  .refusal span {
    color: var(--ns-text);
  }
  .list {
    padding-bottom: 0;
  }
  .list a {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 12px;
    min-height: 64px;
    border-top: 1px solid var(--ns-rule);
    color: inherit;
    text-decoration: none;
  }
  .name {
    display: grid;
  }
  .missing {
    padding: 12px 0;
    border-top: 1px solid var(--ns-rule);
  }
`
