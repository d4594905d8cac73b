// What the forms that start something share: the pane with the options and the start at its end, and boxes that are
// chosen.

import { css } from 'lit'

export const formStyles = css`
  .side {
    display: flex;
    flex-direction: column;
    gap: 16px;
    padding: 16px;
  }
  .start {
    display: flex;
    flex-direction: column;
    gap: 8px;
    position: sticky;
    bottom: -16px;
    margin: auto -16px -16px;
    padding: 12px 16px 16px;
    border-top: 1px solid var(--ns-rule);
    background: var(--ns-tile);
  }
  .start ns-button {
    display: flex;
  }
  .choice {
    cursor: pointer;
  }
  .choice:hover {
    background: var(--ns-hover);
  }
  .choice:has(:checked) {
    background: var(--ns-selected);
    box-shadow: inset 0 -2px var(--ns-select);
  }
  .choice:has(:focus-visible) {
    outline: 2px solid var(--ns-select);
    outline-offset: 2px;
  }
  .choice input {
    flex: none;
    width: 16px;
    height: 16px;
    outline: 0;
  }
`
