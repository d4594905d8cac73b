// What screens with a pane at the right share: two columns that scroll for themselves, and one below the other
// where there is no room.

import { css } from 'lit'

export const paneStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .page-head {
    flex: none;
  }
  .columns {
    flex: 1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) var(--pane, 340px);
    min-height: 0;
  }
  .columns > * {
    min-width: 0;
    overflow: auto;
  }
  .columns > :last-child {
    border-left: 1px solid var(--ns-rule);
  }
  @media (width < 1100px) {
    .columns {
      grid-template-columns: minmax(0, 1fr) var(--pane-narrow, 300px);
    }
  }
  @media (width < 900px) {
    :host,
    .columns {
      display: block;
    }
    .columns > * {
      overflow: visible;
    }
    .columns > :last-child {
      border-top: 1px solid var(--ns-edge);
      border-left: 0;
    }
  }
`
