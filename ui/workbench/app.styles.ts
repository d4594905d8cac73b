// Styles of the workbench's frame: what stands in its bars.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
  }
  .privacy {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: var(--ns-target);
    padding: 0 8px;
    border-radius: var(--ns-radius);
    color: var(--ns-muted);
    text-decoration: none;
    white-space: nowrap;
  }
  .privacy.leaves {
    color: var(--ns-text);
    font-weight: 500;
  }
  .privacy:hover,
  .help:hover {
    background: var(--ns-hover);
  }
  .privacy svg {
    width: 16px;
    height: 16px;
  }
  .find {
    display: flex;
    align-items: center;
    gap: 8px;
    width: 200px;
    min-height: var(--ns-target);
    padding: 0 6px 0 10px;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
    background: var(--ns-well);
    color: var(--ns-muted);
    cursor: pointer;
  }
  .find svg {
    width: 16px;
    height: 16px;
  }
  .find span {
    flex: 1;
    text-align: left;
  }
  kbd {
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--ns-rule);
    border-radius: var(--ns-radius-mark);
    font: 400 var(--ns-axis);
    text-align: center;
  }
  .help {
    min-width: var(--ns-target);
    min-height: var(--ns-target);
    border: 0;
    border-radius: var(--ns-radius);
    background: none;
    font: 600 var(--ns-name);
    cursor: pointer;
  }
  .foot {
    display: flex;
    align-items: center;
    gap: 20px;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .foot.end {
    flex: none;
  }
  .foot b {
    color: var(--ns-text);
    font-weight: 500;
  }
  .foot a {
    color: var(--ns-text);
  }
  .foot > span {
    flex: none;
  }
  .foot > .problem {
    flex: 0 1 auto;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .rail-foot p {
    margin: 0;
  }
  .screen {
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .screen > :last-child {
    flex: 1;
    min-height: 0;
  }
  .lost {
    flex: none;
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: 32px;
    padding: 4px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  .lost svg {
    flex: none;
  }
  @media (width < 1160px) {
    .find {
      width: 152px;
    }
    .foot > .extra {
      display: none;
    }
  }
  @media (width < 720px) {
    .privacy {
      display: none;
    }
    .find {
      justify-content: center;
      width: var(--ns-target);
      min-width: 44px;
      min-height: 44px;
      padding: 0;
      border-color: transparent;
      background: none;
      color: var(--ns-text);
    }
    .find svg {
      width: 20px;
      height: 20px;
    }
    .find :is(span, kbd) {
      display: none;
    }
    .help {
      min-width: 44px;
      min-height: 44px;
    }
  }
`
