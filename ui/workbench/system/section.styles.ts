// Styles of a section of the model's sheet that can be changed: its head with the act, and its facts.

import { css } from 'lit'

export const sectionStyles = css`
  .over {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 4px 12px;
    padding-right: var(--ns-pad);
  }
  /* Its word, not its invisible edge, ends where the lines below end. */
  .over ns-button[kind='quiet'] {
    margin-right: -13px;
  }
  dl {
    grid-template-columns: repeat(auto-fit, minmax(124px, 1fr));
    padding-top: 4px;
    border-bottom: 1px solid var(--ns-rule);
  }
  dd {
    font-weight: 500;
  }
`
