// An alarm for each model that stands on a lower rung than it did: raised once, cleared when the model is back on
// that rung or gone. The alarm outlives a restart, which would else hide what was lost.

import { type Alarm, type DeviceModel, RUNGS } from '../contract/index.ts'
import type { RungDrop } from './inference/index.ts'
import type { AlarmList } from './watches/index.ts'

const SOURCE = 'model'

interface RungAlarmParts {
  readonly pool: {
    dropped(): readonly RungDrop[]
    status(): readonly Pick<DeviceModel, 'name' | 'rung'>[]
  }
  readonly alarms: Pick<AlarmList, 'all' | 'apply'>
}

const subjectOf = ({ model, from }: Pick<RungDrop, 'model' | 'from'>): string => `${model}:${from}`
const isOpen = ({ source, clearedAt }: Alarm): boolean => source === SOURCE && clearedAt === null

/** Looks at the models; to be called whenever their status may have changed. */
export function tellRungAlarms({ pool, alarms }: RungAlarmParts): void {
  const open = new Set(
    alarms
      .all()
      .filter(isOpen)
      .map(({ subject }) => subject)
  )
  for (const drop of pool.dropped()) {
    const subject = subjectOf(drop)
    if (!open.has(subject)) alarms.apply({ type: 'raise', draft: draftOf(drop, subject) })
    open.delete(subject)
  }
  const models = new Map(pool.status().map((model) => [model.name, model]))
  for (const subject of open) {
    const [name = '', rung = ''] = subject.split(':')
    const model = models.get(name)
    if (!model || placeOf(model.rung) <= placeOf(rung))
      alarms.apply({ type: 'clear', source: SOURCE, subject })
  }
}

/** 0 is the best rung; another server is no rung of this machine and says nothing about it. */
function placeOf(rung: string): number {
  const place = (RUNGS as readonly string[]).indexOf(rung)
  return place < 0 ? RUNGS.length : place
}

function draftOf({ title, cause }: RungDrop, subject: string) {
  const action =
    'Look at the ladder of the model in the workbench, or run nearside doctor: it says what each rung lacks.'
  return { priority: 3 as const, source: SOURCE as 'model', subject, title, cause, action }
}
