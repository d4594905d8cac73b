// Styles of the GPU screen: figures and history at the left, advice at the right.

import { css } from 'lit'

export const styles = css`
  .columns {
    --pane: 360px;
  }
  .section-head {
    border-top: 1px solid var(--ns-rule);
  }
  workbench-history {
    border-top: 1px solid var(--ns-rule);
  }
  .section-head + workbench-history {
    border-top: 0;
  }
`
