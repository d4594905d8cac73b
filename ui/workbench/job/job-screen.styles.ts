// Styles of a job's screen: head, standing, and a body that its result may fill.

import { css } from 'lit'

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .page-head,
  .standing {
    flex: none;
  }
  .standing {
    display: grid;
    gap: 8px;
    padding: 12px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  .standing p {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
  }
  .body {
    flex: 1;
    display: grid;
    min-height: 0;
    overflow: auto;
  }
  .body > * {
    min-height: 0;
    min-width: 0;
  }
  @media (width < 720px) {
    /* The whole height is for reading; the list has the acts. */
    .inner {
      display: none;
    }
  }
  workbench-job-files {
    align-self: start;
  }
`
