// Made-up answers of a device for the pages' tests, one function a resource; its readings are in
// fake-device-readings.ts.

import type {
  Alarm,
  AnalysisDescription,
  DeviceInfo,
  Job,
  LogOverview,
  PrivacyStatus
} from '../../contract/index.ts'
import { type FakeState, HOT, MINUTE, noise, SHAPES } from './fake-device-readings.ts'

const alarm = (id: string, priority: Alarm['priority'], rest: Partial<Alarm>): Alarm => ({
  id,
  priority,
  source: 'machine-watch',
  subject: HOT,
  title: 'Processor load 84 %, normal 3–21 %',
  cause: 'Two processes named yes use the processor without a pause.',
  action: 'Stop the load, or shelve this alarm if it is meant to run.',
  raisedAt: 0,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  shelveReason: null,
  ...rest
})

export function alarms(now: number, state: FakeState): Alarm[] {
  const past = alarm('a0', 3, {
    raisedAt: now - 300 * MINUTE,
    clearedAt: now - 280 * MINUTE,
    title: 'Disk writes 14.2 MB/s, normal 0.7–3.5 MB/s',
    subject: 'disk.write'
  })
  if (state === 'alarm') {
    return [
      alarm('a1', 2, { raisedAt: now - 2 * MINUTE }),
      alarm('a2', 3, {
        raisedAt: now - 41 * MINUTE,
        acknowledgedAt: now - 38 * MINUTE,
        source: 'log-watch',
        subject: 't17',
        title: 'app.log: 214 lines "connection refused" in 10 s, usually 3',
        cause: 'A service that app.log depends on does not answer.',
        action: 'Check the service on port 5432.'
      }),
      alarm('a3', 4, {
        raisedAt: now - 90 * MINUTE,
        shelvedUntil: now + 60 * MINUTE,
        shelveReason: 'Test in progress',
        subject: 'network.sent',
        title: 'Network sent 9.2 MB/s, normal 0.1–0.5 MB/s'
      }),
      past
    ]
  }
  if (state === 'flood') {
    const subjects = SHAPES.filter(({ missing }) => !missing)
    return [
      ...subjects.map((of, index) =>
        alarm(`f${index}`, index === 0 ? 1 : index < 4 ? 2 : 3, {
          raisedAt: now - 4 * MINUTE + index * 5000,
          subject: of.name,
          title: `${of.title} ${(of.middle + of.swing * 2).toFixed(1)} ${of.unit}, normal up to ${(of.middle + of.swing).toFixed(1)}`
        })
      ),
      past
    ]
  }
  return state === 'empty' ? [] : [past]
}

export function device(now: number, state: FakeState): DeviceInfo {
  const offline = state === 'no-link'
  return {
    id: 'press-07',
    name: 'Press 7, hall C',
    version: '0.1.0',
    startedAt: now - 51 * 60 * MINUTE,
    now,
    pid: 4711,
    platform: 'Linux 6.8, x64',
    cpu: 'Intel Core i7-1365U',
    cores: 10,
    memoryBytes: 32e9,
    gpus:
      state === 'no-gpu'
        ? []
        : Array.from(
            { length: state === 'many-gpus' ? 8 : 1 },
            () => 'NVIDIA RTX 4000 Ada, 20475 MiB'
          ),
    link: {
      state: offline ? 'offline' : 'online',
      since: now - 35 * MINUTE,
      fleet: 'https://127.0.0.1:8090',
      sentence: offline
        ? 'Analyses run here as usual. 214 results wait to be sent.'
        : 'Connected; everything is sent.',
      outbox: {
        events: offline ? 214 : 0,
        bytes: offline ? 186_000 : 0,
        oldestAt: offline ? now - 35 * MINUTE : null
      }
    },
    jobs: { running: 1, waiting: 0 },
    alarms: { open: 0, unacknowledged: 0 },
    watching: { series: 13, logs: ['/var/log/nearside.log'] },
    problems: [],
    disk: { freeBytes: 182e9, totalBytes: 494e9 }
  }
}

const logSources = (now: number): LogOverview['sources'] => [
  {
    name: '/var/log/nearside.log',
    state: 'following',
    sentence: '',
    lines: 48_211,
    lastAt: now - 900
  },
  {
    name: '/var/log/app.log',
    state: 'following',
    sentence: '',
    lines: 1_204_117,
    lastAt: now - 200
  },
  {
    name: 'journal:ssh',
    state: 'waiting',
    sentence: 'The journal has no such unit yet.',
    lines: 0,
    lastAt: null
  }
]

const logAnomalies = (now: number): LogOverview['anomalies'] => [
  {
    id: 'x1',
    kind: 'burst',
    templateId: 't17',
    template: 'connect to <*> port <*>: connection refused',
    source: '/var/log/app.log',
    at: now - 2 * MINUTE,
    score: 0.97,
    reason: 'Seen 214 times in 10 s, usually 3.'
  },
  {
    id: 'x2',
    kind: 'new-template',
    templateId: 't18',
    template: 'pool exhausted after <*> ms',
    source: '/var/log/app.log',
    at: now - 90_000,
    score: 0.8,
    reason: 'Not seen in the last 14 days.'
  }
]

const logTemplates = (now: number): LogOverview['templates'] =>
  [
    ['t17', 'connect to <*> port <*>: connection refused', 'error', 1204],
    ['t18', 'pool exhausted after <*> ms', 'warning', 3],
    ['t19', 'request <*> took <*> ms', 'info', 91_204]
  ].map(([id, template, level, count]) => ({
    id: String(id),
    template: String(template),
    level: level as LogOverview['templates'][number]['level'],
    count: Number(count),
    ratePerMinute: 40,
    usualPerMinute: 3,
    firstSeenAt: now - 80_000,
    lastSeenAt: now - 900,
    source: '/var/log/app.log'
  }))

export function logs(now: number, state: FakeState): LogOverview {
  const burst = (bin: number): number => (state === 'alarm' && bin > 50 && bin < 54 ? 900 : 0)
  const lines = Array.from(
    { length: 60 },
    (_, bin) => 80 + Math.floor(noise(9, bin) * 60) + burst(bin)
  )
  return {
    at: now,
    sources: state === 'empty' ? [] : logSources(now),
    lines: 1_252_328,
    linesPerSecond: 7.4,
    templates: state === 'empty' ? [] : logTemplates(now),
    anomalies: state === 'alarm' ? logAnomalies(now) : [],
    timeline: {
      from: now - 15 * MINUTE,
      binMs: 15_000,
      lines,
      unusual: lines.map((count) => (count > 500 ? count - 120 : 0))
    }
  }
}

export const privacy = (now: number, state: FakeState): PrivacyStatus => ({
  statement:
    'Nothing that is analysed here leaves this device. The fleet gets counts, states and anomalies, never content.',
  stored:
    state === 'empty'
      ? []
      : [
          {
            what: 'Uploaded documents, encrypted',
            items: 214,
            bytes: 31_000_000,
            until: '3 h 12 min from now, or until the job is deleted'
          }
        ],
  connections: [{ to: '127.0.0.1:8883', purpose: 'The fleet: events, states, models.' }],
  audit:
    state === 'empty'
      ? []
      : [
          {
            at: now - 4 * MINUTE,
            action: 'wiped',
            subject: 'job 5f21',
            outcome: 'done',
            detail: '12 files, key destroyed'
          },
          {
            at: now - 9 * MINUTE,
            action: 'stored',
            subject: 'job 5f21',
            outcome: 'done',
            detail: '12 files, 1.9 MB'
          }
        ]
})

export const analyses = (): AnalysisDescription[] => [
  {
    kind: 'text',
    title: 'Summarise documents',
    summary: 'Key findings and a short summary with their source sentences.',
    accepts: ['txt', 'md', 'html', 'pdf'],
    limits: { fileBytes: 5e7, files: 1000, totalBytes: 1e9 },
    options: {
      type: 'object',
      properties: {
        sentences: {
          type: 'integer',
          default: 3,
          minimum: 1,
          maximum: 50,
          title: 'Summary length',
          description: 'Sentences in the summary of each document.'
        },
        domain: { type: 'string', enum: ['auto', 'medicine'], default: 'auto', title: 'Field' }
      }
    },
    samples: [{ id: 'abstracts', title: 'Ten abstracts', bytes: 18_400 }]
  },
  {
    kind: 'logs',
    title: 'Read logs',
    summary: 'Templates, bursts and lines never seen before.',
    accepts: ['log', 'txt'],
    limits: { fileBytes: 1e9, files: 100, totalBytes: 2e9 },
    options: {},
    samples: [{ id: 'gateway', title: 'A gateway, one hour', bytes: 214_000 }]
  }
]

export const job = (id: string, rest: Partial<Job>): Job => ({
  id,
  kind: 'text',
  title: 'Trial reports',
  state: 'running',
  sentence: 'Reading the documents.',
  code: null,
  createdAt: 0,
  startedAt: 0,
  endedAt: null,
  progress: { done: 163, failed: 2, total: 214, unit: 'documents', perMinute: 41, secondsLeft: 75 },
  inputs: 214,
  bytes: 31_000_000,
  options: {},
  wipedAt: null,
  hasReport: false,
  ...rest
})

const endedJobs = (): Job[] => [
  job('5f20', {
    title: 'Ten abstracts',
    state: 'done',
    sentence: 'Ten documents, 31 findings.',
    progress: { ...DONE, done: 10, failed: 1, total: 11 },
    hasReport: true,
    endedAt: 1
  }),
  job('5f19', {
    kind: 'logs',
    title: 'Ward notes',
    state: 'failed',
    sentence: 'The file holds nothing to analyse; choose another one.',
    code: 'NS_INPUT_EMPTY',
    endedAt: 1
  }),
  ...(
    [
      ['5f18', 'logs', 'Gateway, week 47'],
      ['5f17', 'machines', 'Pump 4'],
      ['5f16', 'text', 'A thousand reports'],
      ['5f15', 'text', 'Wiped reports']
    ] as const
  ).map(([id, kind, title]) =>
    job(id, {
      kind,
      title,
      state: 'done',
      sentence: '',
      progress: DONE,
      hasReport: true,
      endedAt: 1
    })
  )
]

const DONE: Job['progress'] = {
  done: 1000,
  failed: 0,
  total: 1000,
  unit: 'documents',
  perMinute: null,
  secondsLeft: null
}

export const jobs = (state: FakeState): Job[] =>
  state === 'empty' ? [] : [job('5f21', {}), ...endedJobs()]
