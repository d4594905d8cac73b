// Styles of a job's row: one line of columns on a desk, stacked on a phone.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    border-bottom: 1px solid var(--ns-rule);
    container-type: inline-size;
  }
  .row {
    display: grid;
    grid-template-columns: minmax(200px, 6fr) 112px minmax(180px, 4fr) 64px 252px;
    align-items: center;
    gap: 4px 16px;
    min-height: 56px;
    padding: 8px var(--ns-pad);
  }
  .what {
    min-width: 0;
  }
  .what a {
    display: block;
    overflow: hidden;
    color: var(--ns-text);
    font-weight: 600;
    line-height: 24px;
    text-decoration: none;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .what a:hover {
    text-decoration: underline;
  }
  .what p,
  .when {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .sentence {
    color: var(--ns-muted);
  }
  .when {
    text-align: right;
    white-space: nowrap;
  }
  .progress {
    min-width: 0;
  }
  .open .progress,
  .open .failures {
    grid-column: 3 / 5;
  }
  .open .when {
    display: none;
  }
  .rate {
    height: 24px;
    margin-top: 4px;
  }
  .failures {
    display: inline-flex;
    align-items: center;
    min-height: 24px;
    grid-row: 2;
    color: var(--ns-text);
  }
  .acts {
    display: flex;
    grid-row: 1;
    grid-column: 5;
    justify-content: flex-end;
    gap: 8px;
    white-space: nowrap;
  }
  @container (width < 960px) {
    .row {
      grid-template-columns: minmax(0, 6fr) 96px minmax(0, 4fr) 248px;
    }
    .when {
      display: none;
    }
    .acts {
      grid-column: 4;
    }
    .open .progress,
    .open .failures {
      grid-column: 3;
    }
  }
  @container (width < 680px) {
    .row {
      grid-template-columns: minmax(0, 1fr) auto;
      gap: 4px 12px;
      padding: 12px 16px;
    }
    .row {
      position: relative;
    }
    .what a {
      font: 600 var(--ns-name);
      min-height: 24px;
      white-space: normal;
    }
    /* What is done opens by a touch anywhere; the rest is found inside. */
    .well .what a::after {
      position: absolute;
      content: '';
      inset: 0;
    }
    .well :is(.acts, .sentence) {
      display: none;
    }
    .what p {
      font: 400 var(--ns-body);
    }
    .state {
      align-self: start;
    }
    .open .progress,
    .open .failures,
    .sentence,
    .acts {
      grid-row: auto;
      grid-column: 1 / -1;
    }
    .acts {
      justify-content: stretch;
      margin-top: 4px;
    }
    .acts ns-button {
      flex: 1;
    }
  }
`
