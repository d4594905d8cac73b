// Styles of the pane that explains one setting of a benchmark.

import { css } from 'lit'

export const styles = css`
  section {
    padding: 12px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
  }
  h2 {
    font: 600 var(--ns-name);
  }
  h3 {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 12px;
    margin-bottom: 4px;
    font: 600 var(--ns-body);
  }
  h3 span {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .figures {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: 12px 8px;
    margin: 8px 0;
  }
  .figures > div {
    display: flex;
    flex-direction: column;
  }
  /* The figure stands above its name. */
  .figure {
    order: -1;
    font: 500 var(--ns-figure);
    white-space: nowrap;
  }
  .unsure {
    color: var(--ns-muted);
    font-weight: 400;
  }
  .difference {
    color: var(--ns-text);
  }
  .facts {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 16px;
  }
  .facts dt {
    color: var(--ns-muted);
  }
  .facts dd {
    text-align: right;
  }
  .goal,
  .caveat,
  .why {
    margin-top: 8px;
  }
  ns-share-bar {
    margin-top: 8px;
  }
`
