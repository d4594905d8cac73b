// Styles of the GPU screen: figures and history at the left, advice at the right.

import { css } from 'lit'

export const styles = css`
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
    grid-template-columns: minmax(0, 1fr) 360px;
    min-height: 0;
  }
  .main,
  workbench-advice {
    min-width: 0;
    overflow: auto;
  }
  workbench-advice {
    border-left: 1px solid var(--ns-rule);
  }
  .section-head {
    border-top: 1px solid var(--ns-rule);
  }
  workbench-history {
    border-top: 1px solid var(--ns-rule);
  }
  @media (width < 1100px) {
    .columns {
      grid-template-columns: minmax(0, 1fr) 300px;
    }
  }
  @media (width < 900px) {
    :host,
    .columns {
      display: block;
    }
    .main,
    workbench-advice {
      overflow: visible;
    }
    workbench-advice {
      border-top: 1px solid var(--ns-edge);
      border-left: 0;
    }
  }
`
