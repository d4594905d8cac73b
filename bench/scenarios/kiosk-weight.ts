// What the kiosk costs over the wire: JavaScript and CSS of its first load, gzip.

import { join } from 'node:path'
import { weighPage } from '../../ui/page-weight.ts'
import type { Scenario, ScenarioResult } from '../scenario.ts'

const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')

async function run(): Promise<ScenarioResult> {
  const [kiosk, workbench, console] = ['kiosk', 'workbench', 'console'].map((page) =>
    weighPage(DIST, page)
  )
  const kb = (bytes = 0): number => bytes / 1000
  return {
    rows: [
      {
        what: 'kiosk, first load',
        value: kb(kiosk?.firstLoad),
        unit: 'KB',
        must: '≤ 60',
        pass: kb(kiosk?.firstLoad) <= 60
      },
      {
        what: 'kiosk, everything it can ever load (charts included)',
        value: kb(kiosk?.everything),
        unit: 'KB'
      },
      {
        what: 'workbench, first load',
        value: kb(workbench?.firstLoad),
        unit: 'KB',
        must: '≤ 150',
        pass: kb(workbench?.firstLoad) <= 150
      },
      {
        what: 'console, first load',
        value: kb(console?.firstLoad),
        unit: 'KB',
        must: '≤ 120',
        pass: kb(console?.firstLoad) <= 120
      }
    ],
    detail: { kiosk, workbench, console }
  }
}

export const scenario: Scenario = {
  name: 'kiosk-weight',
  title: 'Weight of the pages: JavaScript and CSS, gzip',
  run
}
