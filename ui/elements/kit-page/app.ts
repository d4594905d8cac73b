// Every element of the kit in its states on one page, for the browser test and for the eye. No server
// serves it; `vite ui` shows it at /kit.html. `#kiosk` in the address shows the kiosk's density.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import '../bench-charts/index.ts'
import '../charts/index.ts'
import '../desk/index.ts'
import { restoreTheme, type StatusShape, showToast } from '../index.ts'
import { styles } from './app.styles.ts'
import * as sample from './samples.ts'

restoreTheme()
if (location.hash === '#kiosk') document.documentElement.dataset['density'] = 'kiosk'

const STATES: readonly (readonly [StatusShape, string])[] = [
  ['p1', 'Act now'],
  ['p2', 'This hour'],
  ['p3', 'This shift'],
  ['p4', 'Note'],
  ['warning', 'On the processor'],
  ['check', 'Check'],
  ['normal', 'Normal'],
  ['learning', 'Learning'],
  ['stopped', 'Stopped'],
  ['stale', 'No new value'],
  ['off', 'Offline'],
  ['running', 'Running'],
  ['waiting', 'Next'],
  ['paused', 'Paused'],
  ['done', 'Done'],
  ['failed', 'Failed']
]

@customElement('ns-kit')
export class NsKit extends LitElement {
  static override styles = styles
  @state() private asking = false
  @state() private chosen = 'fill-03'
  @state() private cell = 'gpu16/4'

  #buttons(): TemplateResult {
    const kinds = ['filled', 'plain', 'quiet', 'destructive', 'destroy'] as const
    return html`<h2>Buttons</h2>
      <div class="row">${kinds.map((kind) => html`<ns-button kind=${kind}>Measure</ns-button>`)}</div>
      <div class="row">
        <ns-button busy>Busy</ns-button>
        <ns-button disabled reason="Nothing is running.">Disabled</ns-button>
        <ns-button href="#/link">Link</ns-button>
        <ns-button pressed="true">Pressed</ns-button>
        <ns-button @click=${() => showToast({ text: '12 findings accepted', act: { label: 'Undo', run: () => {} } })}>Toast</ns-button>
        <ns-button @click=${() => showToast({ text: 'The disk is full. Free 40 MB, then save again.', failure: true })}>Failure</ns-button>
        <ns-button
          @click=${() => {
            this.asking = true
          }}
          >Dialog</ns-button
        >
      </div>`
  }

  #fields(): TemplateResult {
    return html`<h2>Fields</h2>
      <div class="grid">
        <ns-field label="Batch size" type="number" value="32" suffix="1 to 64"></ns-field>
        <ns-field label="Wrong" value="128" error="At most 64: memory ends at 71."></ns-field>
        <ns-field label="Fixed by policy" value="127.0.0.1" disabled hint="Only an admin may open it."></ns-field>
        <ns-field label="Choice" type="select" value="fp16" .choices=${sample.choices}></ns-field>
        <ns-field label="Find a device" type="search" placeholder="Name or label"></ns-field>
        <ns-field label="Keep the report" type="checkbox" value="true"></ns-field>
        <ns-field label="Text" type="textarea" value="Pasted text"></ns-field>
      </div>
      <div class="row">
        <ns-tabs label="Views" selected="all" .tabs=${sample.tabs}></ns-tabs>
        <ns-tabs switch label="Range" selected="8h" .tabs=${sample.ranges}></ns-tabs>
      </div>`
  }

  #states(): TemplateResult {
    return html`<h2>Status</h2>
      <div class="row">${STATES.map(([kind, word]) => html`<ns-status kind=${kind}>${word}</ns-status>`)}</div>
      <div class="row">
        ${STATES.slice(0, 6).map(([kind, word]) => html`<ns-status strong kind=${kind}>${word}</ns-status>`)}
      </div>
      <ns-alarm-strip kind="p2" heading="Filler 2: bearing wear, vibration 5.2 mm/s" detail="Since 13:42. Grease the drive end bearing."
        ><ns-button bar>Acknowledge</ns-button><ns-button bar>Open</ns-button></ns-alarm-strip
      >
      <ns-alarm-strip quiet heading="No alarm" detail="None so far."></ns-alarm-strip>
      <div class="row">
        <ns-figure value="41.6" unit="/min" decimals="1"></ns-figure>
        <ns-figure .value=${null} unit="bar"></ns-figure>
        <ns-age .at=${Date.now() - 4000}></ns-age>
        <ns-age .at=${Date.now() - 3e6} stale-after="2000"></ns-age>
      </div>
      <ns-progress done="163" failed="2" total="214" label="Reports" start="163 of 214" end="1 min 15 s left"></ns-progress>
      <ns-progress label="Reports" start="Reading"></ns-progress>`
  }

  #empties(): TemplateResult {
    return html`<h2>Nothing, failed, loading</h2>
      <div class="grid framed">
        <ns-empty heading="No findings yet">Ask a question.<ns-button slot="acts" kind="filled">New question</ns-button></ns-empty>
        <ns-empty kind="error" heading="Could not read 2 reports">They are scans without text.</ns-empty>
        <ns-empty kind="loading" heading="Building the engine">About 3 min left.</ns-empty>
        <ns-empty kind="skeleton" rows="3"></ns-empty>
      </div>`
  }

  #charts(): TemplateResult {
    return html`<h2>Charts</h2>
      <div class="trend">
        <ns-sparkline .points=${sample.points} tone="p2"></ns-sparkline>
        <ns-moving-bar .domain=${{ min: 0, max: 40 }} value="36" low="8" high="22" tone="p2"></ns-moving-bar>
      </div>
      <ns-time-series heading="Processor load" unit="%" .points=${sample.points} limit="30" tone="p2"></ns-time-series>
      <ns-timeline .from=${sample.points[0]?.at ?? 0} bin-ms="15000" .counts=${sample.counts} .unusual=${sample.unusual}></ns-timeline>
      <ns-bars axis .bars=${sample.bars} unit="/s"></ns-bars>
      <ns-heat-grid
        label="Throughput by precision and batch size"
        row-head="rung, precision"
        column-head="batch size"
        .columns=${sample.batches}
        .rows=${sample.heatRows}
        selected=${this.cell}
        @ns-select=${(event: CustomEvent<string>) => {
          this.cell = event.detail
        }}
      ></ns-heat-grid>
      <ns-dot-lines
        .lines=${sample.dotLines}
        goal="50"
        goal-words="goal 50 ms"
        selected=${this.cell}
        label="Latency by throughput of CPU and 2 GPUs"
      ></ns-dot-lines>
      <ns-stacks
        .stacks=${sample.stacks}
        unit="ms"
        base-words="computed"
        top-words="waited"
        label="The last batches"
      ></ns-stacks>
      <ns-columns .columns=${sample.perHour} goal="6" goal-words="goal, at most 6 an hour" label="Alerts per hour"></ns-columns>
      <ns-share-bar .shares=${sample.shares}></ns-share-bar>
      <ns-rollout-rail .segments=${sample.segments}></ns-rollout-rail>
      <ns-squares
        .squares=${sample.squares}
        selected=${this.chosen}
        @ns-select=${(event: CustomEvent<string>) => {
          this.chosen = event.detail
        }}
      ></ns-squares>`
  }

  #table(): TemplateResult {
    return html`<h2>Table</h2>
      <ns-table
        label="Devices"
        selectable
        .columns=${sample.columns}
        .rows=${sample.devices}
        .key=${(device: sample.Device) => device.name}
        .order=${{ column: 'name', descending: false }}
        selected=${this.chosen}
        @ns-select=${(event: CustomEvent<sample.Device>) => {
          this.chosen = event.detail.name
        }}
      ></ns-table>`
  }

  override render(): TemplateResult {
    return html`<ns-desk-frame
        product="kit"
        subject="gpu-host-1"
        subject-detail="RTX 4000 Ada, 20 GB"
        heading="Kit"
        current="#/devices"
        .groups=${sample.groups}
      >
        <ns-field slot="tools" label="Find" label-unseen type="search" placeholder="Find"></ns-field>
        <span slot="foot-start"><ns-status>All is well</ns-status></span>
        <span slot="foot-end">Updated 1 s ago</span>
        <span slot="rail-foot">Nearside 0.1.0</span>
        <div class="page">
          ${this.#buttons()} ${this.#fields()} ${this.#states()} ${this.#empties()} ${this.#charts()}
          ${this.#table()}
        </div>
      </ns-desk-frame>
      <ns-dialog
        heading="Roll back 33 devices to bearing-wear 2.3.1?"
        ?open=${this.asking}
        @ns-close=${() => {
          this.asking = false
        }}
      >
        ${this.asking ? html`<p>Each device switches in under 1 s.</p><ns-field label="Type 33 to confirm"></ns-field>` : nothing}
        <ns-button
          slot="acts"
          @click=${() => {
            this.asking = false
          }}
          >Keep as it is</ns-button
        >
        <ns-button slot="acts" kind="destroy">Roll back 33 devices</ns-button>
      </ns-dialog>
      <ns-toast></ns-toast>`
  }
}
