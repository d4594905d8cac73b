// Styles of ns-field.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-width: 0;
  }
  label {
    display: block;
    margin-bottom: 4px;
    font: 400 var(--ns-second);
    color: var(--ns-muted);
  }
  .check {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: var(--ns-target);
    margin: 0;
    font: 400 var(--ns-body);
    color: var(--ns-text);
  }
  .check input {
    width: 16px;
    height: 16px;
  }
  .box {
    display: flex;
    align-items: center;
    min-height: var(--ns-target);
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
    background: var(--ns-well);
  }
  .box:focus-within {
    outline: 2px solid var(--ns-select);
    outline-offset: -1px;
  }
  :host([error]:not([error=''])) .box {
    border-color: var(--ns-p1);
  }
  .box > :is(input, select, textarea) {
    flex: 1;
    min-width: 0;
    min-height: calc(var(--ns-target) - 2px);
    padding: 0 10px;
    border: 0;
    outline: 0;
    background: transparent;
    user-select: text;
  }
  select {
    cursor: pointer;
  }
  option {
    background: var(--ns-well);
    color: var(--ns-text);
  }
  textarea {
    padding-block: 8px;
    resize: vertical;
  }
  ::placeholder {
    color: var(--ns-muted);
    opacity: 1;
  }
  .suffix {
    padding-right: 10px;
    color: var(--ns-muted);
    white-space: nowrap;
  }
  :disabled {
    color: var(--ns-muted);
  }
  .box:has(:disabled) {
    border-style: dashed;
  }
  .hint,
  .error {
    margin-top: 4px;
    font: 400 var(--ns-second);
    color: var(--ns-muted);
  }
  .error {
    color: var(--ns-p1-text);
  }
`
