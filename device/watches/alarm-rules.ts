// Which readings of the machine itself are worth an alarm, how urgent, and what to say. A series without a
// rule is watched and shown, but asks nobody to act (ISA-18.2: an alarm needs an operator's action).

import type { AlarmPriority } from '../../contract/index.ts'

export interface AlarmRule {
  /** Fixed limits, most urgent first: reached means abnormal whatever is usual here. */
  readonly limits: readonly { readonly from: number; readonly priority: AlarmPriority }[]
  /** `margin` above what nineteen values in twenty stay under, and at least `from`: unusual here. */
  readonly unusual?: {
    readonly margin: number
    readonly from: number
    readonly priority: AlarmPriority
  }
  /** Falls this far below what raised it before it clears. */
  readonly hysteresis: number
  readonly cause: string
  readonly action: string
}

const DISK: AlarmRule = {
  limits: [
    { from: 97, priority: 1 },
    { from: 90, priority: 2 }
  ],
  hysteresis: 1,
  cause: 'Data, logs or models have filled the disk.',
  action: 'Delete what is no longer needed, or move it to another disk, before writing stops.'
}

const RULES: Readonly<Record<string, AlarmRule>> = {
  'cpu.load': {
    limits: [],
    unusual: { margin: 15, from: 40, priority: 3 },
    hysteresis: 10,
    cause: 'A program takes more processor time than is usual on this machine.',
    action: 'Look for the program with the highest load, and stop it if it is not wanted.'
  },
  'memory.used': {
    limits: [{ from: 95, priority: 2 }],
    unusual: { margin: 15, from: 60, priority: 3 },
    hysteresis: 3,
    cause: 'A program holds more memory than is usual on this machine.',
    action: 'Look for the program that holds most memory, and restart it.'
  },
  'memory.swap': {
    limits: [{ from: 80, priority: 3 }],
    hysteresis: 10,
    cause: 'The machine has been short of memory for a while.',
    action: 'Stop programs that are not needed, or add memory.'
  },
  'disk.used': DISK,
  'temperature.cpu': {
    limits: [
      { from: 95, priority: 1 },
      { from: 85, priority: 2 }
    ],
    unusual: { margin: 15, from: 65, priority: 3 },
    hysteresis: 5,
    cause: 'The cooling does not keep up: dust, a stopped fan, or a hot cabinet.',
    action: 'Check the fan and the air around the device, and reduce its load until it has cooled.'
  },
  'gpu.temperature': {
    limits: [
      { from: 92, priority: 1 },
      { from: 85, priority: 2 }
    ],
    hysteresis: 5,
    cause: 'The cooling of the GPU does not keep up with its load.',
    action: 'Check the fan and the air around the device, and pause jobs until it has cooled.'
  },
  'gpu.memory': {
    limits: [{ from: 97, priority: 3 }],
    hysteresis: 3,
    cause: 'The loaded models and their batches fill the memory of the GPU.',
    action: 'Unload a model that is not needed, or make batches smaller.'
  },
  'nearside.loop-lag': {
    limits: [{ from: 250, priority: 3 }],
    hysteresis: 100,
    cause: 'The machine is overloaded, or a disk answers very slowly.',
    action: 'Reduce the load of the machine; if it stays slow, restart the device service.'
  }
}

/** The rule of a series, with or without an instance; undefined when it never alarms. */
export function alarmRule(series: string): AlarmRule | undefined {
  return RULES[series.split(':', 1)[0] ?? series]
}
