// Anomalies become alarms, or not, and clear when it is quiet.

import { test } from 'tap'
import type { LogAnomaly } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { AlarmChange } from './alarm-list.ts'
import { LogAlarms } from './log-alarms.ts'

const anomaly = (over: Partial<LogAnomaly>): LogAnomaly => ({
  ...{
    id: 'a',
    kind: 'burst',
    templateId: 't1',
    template: 'valve <*> stuck',
    source: '/var/log/line.log',
    at: 0,
    score: 0.95
  },
  ...{ reason: 'Seen 214 times in 10 s, usually 3.' },
  ...over
})

test('a burst of errors asks for a person until it has been quiet for five minutes', async (t) => {
  const clock = new ManualClock()
  const changes: AlarmChange[] = []
  const alarms = new LogAlarms({ clock, onAlarm: (change) => changes.push(change) })
  alarms.start()
  alarms.take(anomaly({ kind: 'new-template', score: 1 }))
  alarms.take(anomaly({ score: 0.5 }))
  t.same(changes, [])
  alarms.take(anomaly({ template: 'x'.repeat(200) }))
  t.match(changes, [
    {
      type: 'raise',
      draft: { priority: 3, subject: 't1', title: /^Burst in the log: x{90}…$/, cause: /214 times/ }
    }
  ])
  clock.advance(4 * 60_000)
  alarms.take(anomaly({ kind: 'error-words' }))
  clock.advance(4 * 60_000)
  t.equal(changes.length, 2)
  clock.advance(2 * 60_000)
  t.match(changes[2], { type: 'clear', source: 'log-watch', subject: 't1' })
  alarms.stop()
  t.equal(clock.pending, 0)
})

test('a flood of kinds raises ten alarms, not a hundred', async (t) => {
  const changes: AlarmChange[] = []
  const alarms = new LogAlarms({
    clock: new ManualClock(),
    onAlarm: (change) => changes.push(change)
  })
  for (let kind = 0; kind < 100; kind += 1) alarms.take(anomaly({ templateId: `t${kind}` }))
  t.equal(changes.length, 10)
})
