// Styles of the screen of one rollout.

import { css } from 'lit'

export const styles = css`
  .why {
    padding: 16px var(--ns-pad);
  }
  .why p + p {
    margin-top: 4px;
    max-width: 80ch;
  }
  .why ns-rollout-rail {
    margin-top: 12px;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin-bottom: 8px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .legend i {
    display: grid;
    place-items: center;
    width: 12px;
    height: 12px;
    border: 1px solid var(--ns-quiet);
    font: 600 11px/1 var(--ns-font);
    font-style: normal;
    forced-color-adjust: none;
  }
  .legend .done {
    border-color: var(--ns-slate-6);
    background: var(--ns-slate-6);
  }
  .legend .active {
    border-color: var(--ns-slate-6);
    background: linear-gradient(90deg, var(--ns-slate-6) 50%, transparent 50%);
  }
  .legend .failed {
    border-color: var(--ns-p1);
    background: var(--ns-p1);
    color: var(--ns-on-p1);
  }
  .legend .offline {
    border-style: dashed;
  }
  ns-squares {
    margin-left: -4px;
  }
  .device {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr);
    gap: 2px 12px;
    width: 100%;
    padding: 8px var(--ns-pad);
    border: 0;
    border-top: 1px solid var(--ns-rule);
    background: none;
    text-align: left;
    cursor: pointer;
  }
  .device.one {
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    min-height: max(34px, var(--ns-target));
    padding-block: 4px;
  }
  .device.one > :last-child {
    grid-column: auto;
  }
  .device:hover {
    background: var(--ns-hover);
  }
  .device[aria-pressed='true'] {
    background: var(--ns-selected);
    box-shadow: inset 3px 0 var(--ns-select);
  }
  .device:focus-visible {
    outline-offset: -2px;
  }
  .device > :last-child {
    grid-column: 2;
  }
  .code {
    color: var(--ns-muted);
  }
  .steps li {
    display: grid;
    grid-template-columns: 64px minmax(0, 1fr);
    gap: 12px;
    padding: 4px 0;
  }
  .steps span {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
    line-height: 20px;
  }
`
