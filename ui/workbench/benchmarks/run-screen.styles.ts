// Styles of the screen of one benchmark: grid and bars, and the selected setting beside them.

import { css } from 'lit'

export const styles = css`
  .progress,
  .old {
    flex: none;
  }
  .under {
    display: flex;
    align-items: flex-start;
    gap: 12px;
    min-width: 0;
  }
  .under ns-status {
    flex: none;
  }
  .compare {
    width: 264px;
  }
  .progress,
  .old {
    padding: 12px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  workbench-benchmark-cell:focus-visible {
    outline-offset: -2px;
  }
  .main section {
    padding: 8px var(--ns-pad) 12px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .main section:last-child {
    border-bottom: 0;
  }
  .over {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    margin-bottom: 8px;
  }
  .over h2 {
    flex: 1 1 200px;
  }
  .over h2 span {
    margin-left: 8px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .findings {
    padding: 12px var(--ns-pad) 8px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .findings li {
    max-width: 92ch;
    color: var(--ns-muted);
  }
  .findings li + li {
    margin-top: 2px;
  }
  .findings li:first-child {
    color: var(--ns-text);
    font: 600 var(--ns-name);
  }
  .sentence {
    max-width: 92ch;
    margin-top: 4px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  ns-bars {
    --ns-bars-label: minmax(72px, 220px);
  }
  ns-table {
    max-height: 420px;
    margin: 0 calc(-1 * var(--ns-pad));
  }
  @media (width < 900px) {
    .compare {
      flex: 1 1 100%;
    }
    ns-bars {
      --ns-bars-label: minmax(72px, 34%);
    }
  }
  @media (width < 720px) {
    /* The frame's head says only that it is a benchmark, not of what. */
    .page-head h1 {
      position: static;
      width: auto;
      height: auto;
      clip-path: none;
    }
    .under .cut {
      white-space: normal;
    }
  }
`
