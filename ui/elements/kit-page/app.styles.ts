// Layout of the kit's page.

import { css } from 'lit'

export const styles = css`
  .page {
    display: grid;
    gap: 16px;
    max-width: 1000px;
    padding: 16px;
  }
  .page > * {
    min-width: 0;
  }
  h2 {
    margin: 8px 0 0;
    font: 600 var(--ns-name);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
  }
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
    gap: 16px;
  }
  .framed > * {
    border: 1px solid var(--ns-rule);
  }
  .trend {
    display: flex;
    gap: 8px;
    width: 320px;
    max-width: 100%;
    height: 64px;
  }
  .trend ns-sparkline {
    flex: 1;
  }
  ns-time-series {
    height: 240px;
  }
  p {
    margin: 0 0 8px;
  }
`
