// The TensorRT engines of one version that the fleet hands from device to device: for which machine, who built
// each, how often it was taken. Shows what it is given.

import { html, type TemplateResult } from 'lit'
import type { SharedEngine } from '../../api/index.ts'
import { formatBytes, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { precisionWord } from '../words.ts'

/** The engines of a version, those that were taken most first. */
export const enginesOf = (
  engines: readonly SharedEngine[],
  { name, version }: { readonly name: string; readonly version: string }
): readonly SharedEngine[] =>
  engines
    .filter((engine) => engine.model === name && engine.version === version)
    .toSorted((a, b) => b.taken - a.taken || b.builtAt - a.builtAt)

/** One row an engine; nothing where there is none. */
export function engineSection(engines: readonly SharedEngine[], now: number): TemplateResult {
  if (engines.length === 0) return html``
  const row = (engine: SharedEngine): TemplateResult => {
    const { machine, precision, tensorrt, builder, builtAt, bytes, taken, state } = engine
    const release = machine.l4t === null ? '' : `, L4T ${machine.l4t}`
    return html`<tr>
      <td>
        <strong>${machine.gpu}</strong><br /><span class="second"
          >${precisionWord(precision)}, TensorRT ${tensorrt}${release}</span
        >
      </td>
      <td><a href=${`#/devices/${builder}`}>${builder}</a><br /><span class="second">${formatWhen(builtAt, now)}</span></td>
      <td class="number">${formatBytes(bytes)}</td>
      <td class="number">${state === 'ready' ? formatNumber(taken) : msg('arriving')}</td>
    </tr>`
  }
  return html`<section>
    <div class="section-head">
      <h2>${msg('TensorRT engines')}<small>${engines.length}</small></h2>
      <span>${msg('for equal devices')}</span>
    </div>
    <div class="body">
      <table>
        <thead>
          <tr>
            <th scope="col">${msg('For')}</th>
            <th scope="col">${msg('Built by')}</th>
            <th class="number" scope="col">${msg('Size')}</th>
            <th class="number" scope="col">${msg('Taken')}</th>
          </tr>
        </thead>
        <tbody>
          ${engines.map(row)}
        </tbody>
      </table>
    </div>
  </section>`
}
