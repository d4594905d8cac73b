// Styles of the form of a new benchmark: what is measured at the left, how and at what cost at the right.

import { css } from 'lit'

export const styles = css`
  .settings {
    display: flex;
    flex-direction: column;
    gap: 16px;
    padding: 16px;
  }
  .settings > ns-field {
    max-width: 420px;
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-bottom: 4px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .boxes {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .box {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 72px;
    min-height: var(--ns-target);
    padding: 0 12px 0 10px;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
  }
  .wide {
    align-items: flex-start;
    padding-block: 8px;
  }
  .wide + .wide {
    margin-top: 8px;
  }
  .wide input {
    margin-top: 2px;
  }
  small {
    display: block;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .refused {
    margin-top: -8px;
  }
  .refused li {
    max-width: 72ch;
    padding: 6px 10px;
    border: 1px dashed var(--ns-edge);
    border-radius: var(--ns-radius);
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .refused li + li {
    margin-top: 4px;
  }
  .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 12px;
  }
  .cost strong {
    font: 600 var(--ns-name);
  }
  .start .muted {
    font: 400 var(--ns-second);
  }
  @media (width < 900px) {
    .start {
      position: static;
    }
  }
`
