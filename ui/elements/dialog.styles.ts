// Styles of ns-dialog.

import { css } from 'lit'

export const styles = css`
  dialog {
    width: min(var(--ns-dialog-width, 560px), calc(100vw - 32px));
    max-height: calc(100dvh - 32px);
    padding: 0;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius-dialog);
    background: var(--ns-tile);
    color: var(--ns-text);
    font: 400 var(--ns-body);
    overflow: auto;
    /* What is scrolled to must not lie under the acts. */
    scroll-padding-bottom: 96px;
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
  h2 {
    padding: 16px 16px 0;
    font: 600 var(--ns-name);
  }
  .content {
    padding: 8px 16px 16px;
  }
  /* In sight however long the form is. */
  .acts {
    position: sticky;
    bottom: 0;
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--ns-gap);
    padding: 12px 16px 16px;
    background: var(--ns-tile);
  }
`
