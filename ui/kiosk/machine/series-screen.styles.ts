// Styles of the series screen.

import { css } from 'lit'

export const styles = css`
  :host {
    display: grid;
  }
  .screen {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 320px;
    gap: 8px;
    min-height: 0;
  }
  .trend {
    display: flex;
    flex-direction: column;
    min-height: 320px;
    padding: 0 12px 8px;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 4px 16px;
    margin-bottom: 8px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .about {
    flex: 1 1 140px;
    min-width: 0;
  }
  .about p {
    display: flex;
    flex-wrap: wrap;
    gap: 0 12px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .about .state {
    font: 400 var(--ns-body);
  }
  .tools {
    display: flex;
    gap: 8px;
  }
  .head ns-button {
    --ns-button-pad: 16px;
  }
  ns-time-series {
    flex: 3 1 150px;
  }
  ns-time-series.score {
    flex: 2 1 110px;
  }
  .side {
    min-height: 0;
    overflow: auto;
    border-radius: var(--ns-radius);
  }
  .side p {
    margin-bottom: 4px;
  }
  .side ns-button {
    margin-top: 8px;
    width: 100%;
  }
  .big {
    font: 500 var(--ns-title);
  }
  .list {
    padding-bottom: 0;
  }
  .list a {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 12px;
    min-height: 64px;
    border-top: 1px solid var(--ns-rule);
    color: inherit;
    text-decoration: none;
  }
  @media (width < 900px) {
    .screen {
      grid-template-columns: minmax(0, 1fr);
    }
    .head {
      flex-wrap: wrap;
      padding-bottom: 8px;
    }
    .trend {
      min-height: 480px;
      padding-top: 8px;
    }
    .side {
      overflow: visible;
    }
  }
`
