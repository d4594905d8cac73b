// Styles of ns-alarm-strip: a bar with a shape, two lines and its buttons; on a phone the buttons go below.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
    background: var(--ns-tile);
    border-block: 1px solid var(--ns-rule);
  }
  :host([quiet]) {
    background: var(--ns-ground);
  }
  .strip {
    display: flex;
    align-items: stretch;
    min-height: var(--ns-strip-height, 64px);
  }
  ns-status {
    flex: none;
    align-self: center;
    justify-content: center;
    width: 64px;
    --ns-mark: 32px;
  }
  :host([quiet]) ns-status {
    --ns-mark: 20px;
  }
  .words {
    flex: 1;
    min-width: 0;
    align-self: center;
    padding: 8px 16px 8px 0;
  }
  .what {
    font: 600 var(--ns-name);
    color: var(--ns-text);
  }
  :host([quiet]) .what {
    font-weight: 500;
  }
  .more {
    font: 400 var(--ns-body);
    color: var(--ns-muted);
  }
  .what,
  .more {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .acts {
    display: flex;
    flex: none;
    align-items: stretch;
  }
  @container (width < 640px) {
    .strip {
      flex-wrap: wrap;
    }
    .words {
      flex-basis: calc(100% - 64px);
    }
    .what,
    .more {
      white-space: normal;
    }
    .acts {
      flex: 1 0 100%;
      margin-left: -1px;
      border-top: 1px solid var(--ns-rule);
    }
    .acts ::slotted(*) {
      flex: 1;
    }
  }
`
