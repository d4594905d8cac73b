// Headers, masking, templates, parameters and bounds of the miner, and its accuracy on labelled logs.

import { test } from 'tap'
import { accuracyOf, labelledLogs, mineTemplates } from '../../test/harness/log-mining-accuracy.ts'
import { LineScanner } from './line-scanner.ts'
import { createLogMiner } from './log-miner.ts'
import { MARK } from './mask-word.ts'
import { MessageReader } from './message-reader.ts'
import { templateId, templateParams, templateText } from './template-text.ts'
import { timestampEnd, timestampValue } from './timestamp.ts'

const masked = (text: string): string => {
  const { tokens, glued } = new LineScanner().tokenLine(text, 0)
  return templateText(tokens, glued)
}

test('timestamps of every usual notation are found and read', async (t) => {
  const cases: readonly [string, string][] = [
    ['2015-10-18 18:01:47,978', '2015-10-18T18:01:47.978Z'],
    ['2015-10-18T18:01:47.978Z', '2015-10-18T18:01:47.978Z'],
    ['2015-10-18T18:01:47+02:00', '2015-10-18T16:01:47.000Z'],
    ['2015-10-18 18:01:47 -0130', '2015-10-18T19:31:47.000Z'],
    ['Sun Dec 04 04:47:44 2005', '2005-12-04T04:47:44.000Z'],
    ['Jun 14 15:16:01', '2000-06-14T15:16:01.000Z'],
    ['12/Dec/2015:18:25:11 +0100', '2015-12-12T17:25:11.000Z'],
    ['17/06/09 20:10:40', '2017-06-09T20:10:40.000Z'],
    ['081109 203615', '2008-11-09T20:36:15.000Z'],
    ['20171223-22:15:29:606', '2017-12-23T22:15:29.606Z'],
    ['20171223T221529', '2017-12-23T22:15:29.000Z'],
    ['2005-06-03-15.42.50.675872', '2005-06-03T15:42:50.676Z'],
    ['2005.11.09', '2005-11-09T00:00:00.000Z'],
    ['10.30 16:49:06', '2000-10-30T16:49:06.000Z'],
    ['03-17 16:13:38.811', '2000-03-17T16:13:38.811Z'],
    ['31/12/2019 23:59:59', '2019-12-31T23:59:59.000Z'],
    ['14 Jun 2021 01:02:03', '2021-06-14T01:02:03.000Z'],
    ['1117838570', '2005-06-03T22:42:50.000Z'],
    ['1117838570123', '2005-06-03T22:42:50.123Z'],
    ['12:34:56.789', '2000-01-01T12:34:56.789Z']
  ]
  for (const [text, iso] of cases) {
    const end = timestampEnd(`${text} rest`, 0)
    t.equal(end, text.length, `${text} ends where it should`)
    t.equal(new Date(timestampValue(text, 0, end)).toISOString(), iso, text)
  }
  for (const text of [
    '1.4.1: restart',
    'hello',
    '12',
    '1234567',
    '10:20 ratio',
    '99/99 x',
    'Mondo 12',
    'May be'
  ]) {
    const end = timestampEnd(text, 0)
    t.ok(
      end < 0 || Number.isNaN(timestampValue(text, 0, end)) || text.startsWith('99'),
      `${text} is no time`
    )
  }
  t.ok(Number.isNaN(timestampValue('nothing', 0, 7)))
  t.ok(Number.isNaN(timestampValue('99/99', 0, 5)))
})

const HEADERS: readonly [name: string, header: (i: number) => string][] = [
  [
    'iso, level, thread, class',
    (i) => `2015-10-18 18:01:${pad(i)},978 INFO [thread #${i}] org.apache.Foo: `
  ],
  ['syslog with pid', (i) => `Jun 14 15:16:${pad(i)} combo app[${i + 100}]: `],
  ['syslog with priority', (i) => `<34>Jun 14 15:16:${pad(i)} combo app: `],
  ['brackets', (i) => `[Sun Dec 04 04:47:${pad(i)} 2005] [error] `],
  ['bars', (i) => `20171223-22:15:29:${100 + i}|Step_LSC|30002312|`],
  ['logcat', (i) => `03-17 16:13:38.${811 + i}  1702  ${2395 + i} D WindowManager: `],
  [
    'supercomputer',
    (i) =>
      `- 1117838570 2005.06.03 R02-M1-N${i} 2005-06-03-15.42.50.${675872 + i} R02-M1-N${i} RAS KERNEL INFO `
  ],
  ['epoch in the middle', (i) => `${134681 + i} node-${i} unix.hw state.down 107780${4742 + i} 1 `],
  ['columns padded', (i) => `2016-09-28 04:30:${pad(i)}, Info                  CBS    `],
  [
    'dash and file',
    (i) =>
      `2015-07-29 17:41:${pad(i)},747 - INFO  [Quorum[myid=1]/0:0:0:0:0:0:0:0:2181:Fast@774] - `
  ],
  ['program and dash', (i) => `[10.30 16:49:${pad(i)}] chrome.exe ${i % 2 ? '*64 ' : ''}- `],
  [
    'level first',
    (i) => `WARN nova.compute.manager [None req-e47da3d5-a6e4-42de-a382-c9005209a7${10 + i} admin] `
  ],
  ['none', () => '']
]

function pad(i: number): string {
  return String(i % 60).padStart(2, '0')
}

const MESSAGES = [
  (i: number) => `Received block blk_${i * 7919} of size ${i * 100} from 10.0.0.${i}`,
  (i: number) => `Deleting file /data/part-${i} now`,
  () => 'Connection refused by peer, giving up',
  (i: number) => `User u${i}x${i} logged in after ${i} ms`
]

test('the message begins where it should, whatever header stands before it', async (t) => {
  for (const [name, header] of HEADERS) {
    const lines = Array.from({ length: 40 }, (_, i) => ({
      header: header(i),
      message: MESSAGES[i % 4]?.(i) ?? ''
    }))
    const reader = new MessageReader()
    reader.learn(lines.map((line) => line.header + line.message))
    const right = lines.filter((line) => {
      const { text, from } = reader.read(line.header + line.message)
      return text.slice(from) === line.message
    })
    t.equal(right.length, lines.length, name)
  }
})

test('lines that continue a message do not hide the header of the others', async (t) => {
  const lines = Array.from({ length: 60 }, (_, i) =>
    i % 5 < 2
      ? `2026-01-02 03:04:${pad(i)},123 ERROR [worker-${i}] a.b.C: task ${i} died`
      : `    at a.b.C.run(C.java:${i}) [x-${i}]`
  )
  const reader = new MessageReader()
  reader.learn(lines)
  const messages = lines.map((line) => {
    const { text, from } = reader.read(line)
    return text.slice(from)
  })
  t.same(messages.slice(0, 5), [
    'task 0 died',
    'task 1 died',
    'at a.b.C.run(C.java:2) [x-2]',
    'at a.b.C.run(C.java:3) [x-3]',
    'at a.b.C.run(C.java:4) [x-4]'
  ])
})

test('a log gives the same templates when its header changes its form', async (t) => {
  const templatesOf = (header: (i: number) => string): string[] =>
    mineTemplates(Array.from({ length: 60 }, (_, i) => header(i) + MESSAGES[i % 4]?.(i)))
  const plain = templatesOf(() => '')
  t.equal(new Set(plain).size, 4)
  for (const [name, header] of HEADERS) t.same(templatesOf(header), plain, name)
})

test('levels and times come out of headers, JSON lines and pairs', async (t) => {
  const read = (line: string): { message: string; level: string; time: number } => {
    const reader = new MessageReader()
    reader.learn([line, line])
    const { text, from, level, time } = reader.read(line)
    return { message: text.slice(from), level, time }
  }
  t.same(read('2026-01-02 03:04:05 ERROR net: down'), {
    message: 'down',
    level: 'error',
    time: Date.UTC(2026, 0, 2, 3, 4, 5)
  })
  t.same(read('{"level":50,"time":1700000000000,"msg":"link lost"}'), {
    message: 'link lost',
    level: 'error',
    time: 1700000000000
  })
  t.same(read('{"PRIORITY":"4","__REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":"hot"}'), {
    message: 'hot',
    level: 'warning',
    time: 1700000000000
  })
  t.same(read('{"severity":"fatal","ts":1700000000.5,"message":"gone"}'), {
    message: 'gone',
    level: 'fatal',
    time: 1700000000500
  })
  t.same(read('time=2026-01-02T03:04:05Z level=warn msg="disk \\"a\\" full" n=3'), {
    message: 'disk "a" full',
    level: 'warning',
    time: Date.UTC(2026, 0, 2, 3, 4, 5)
  })
  t.equal(read('ts=1700000000 level=info msg=started').message, 'started')
  t.equal(read('{"level":99,"msg":"x"}').level, 'fatal')
  t.equal(read('{"level":9,"msg":"x"}').level, 'unknown')
})

test('a reader in JSON or pairs mode takes other lines as they are', async (t) => {
  const reader = new MessageReader()
  reader.learn(Array.from({ length: 10 }, () => '{"msg":"fine"}'))
  t.equal(reader.read('{"msg":').text, '{"msg":')
  t.equal(reader.read('{"n":1}').text, '{"n":1}')
  t.equal(reader.read('Traceback').text, 'Traceback')
  const other = new MessageReader()
  other.load(reader.save())
  t.equal(other.read('{"msg":"again"}').text, 'again')
  reader.learn(Array.from({ length: 10 }, () => 'msg=fine'))
  t.equal(reader.read('no pair').text, 'no pair')
})

test('values are masked by their kind, words are kept', async (t) => {
  const cases: readonly [string, string][] = [
    ['from /10.251.1.2:50010 to 10.0.0.1', 'from <*>:<*> to <*>'],
    ['block blk_-4651707530079874243 done', 'block <*> done'],
    ['attempt_1445144423722_0020_m_000009_0 is at 0.53', '<*> is at <*>'],
    ['node-84 and alt0, ssh2', 'node-<*> and alt0, ssh2'],
    ['id 3f8e6b1c-1111-4222-8333-abcdefabcdef_del gone', 'id <*> gone'],
    ['at 0x7ffdeadbeef mask 31bf3856ad364e35', 'at <*> mask <*>'],
    ['mac fa:16:3e:8c:9a:ac up', 'mac <*> up'],
    ['address fe80:0:0:0:1:2:3:4 up', 'address <*> up'],
    ['file C:\\Windows\\a.dll loaded', 'file <*> loaded'],
    ['share \\\\host\\a1 mounted', 'share <*> mounted'],
    ['open /var/log/x.log ok', 'open <*> ok'],
    ['read src/app/main.c ok', 'read <*> ok'],
    ['see http://wiki.example.org/page', 'see http://wiki.example.org/page'],
    ['get hdfs://host9:9000', 'get hdfs://<*>:<*>'],
    ['get hdfs://10.1.1.1:9000/a/b', 'get hdfs://<*>'],
    ['sent 2473 bytes (2.41 KB) in 00:20', 'sent <*> bytes in <*>'],
    ['sent 12 bytes in <1 sec', 'sent <*> bytes in <*>'],
    ['lifetime 01:02:15', 'lifetime <*>'],
    ['size 737.0 B, free 1.5 GB', 'size <*>, free <*>'],
    ['took 15 ms. Done', 'took <*> ms. Done'],
    ['user root is true', 'user <*> is <*>'],
    ['at Thu Jul 21 09:04:41 2005', 'at <*>:<*>:<*>'],
    ['proxy.example.org:5070 open', '<*>:<*> open'],
    ['at Main.java:120', 'at Main.java:<*>'],
    ['from host () now', 'from host (<*>) now'],
    ['init() done', 'init() done'],
    ['template <*> of <*>', 'template <*> of <*>'],
    ['v6.1.7601.23505 installed', '<*> installed'],
    ['-5 or +7', '<*> or <*>'],
    ['/ alone', '/ alone'],
    ['4G used, 10ms', '<*> used, <*>'],
    ['rdd_42_22 found', '<*> found'],
    ['mod_jk loaded', 'mod_jk loaded'],
    ['a=1, b="x"', 'a=<*>, b="x"']
  ]
  for (const [text, template] of cases) t.equal(masked(text), template, text)
})

test('the key is equal exactly when the masked tokens are', async (t) => {
  const scanner = new LineScanner()
  t.equal(scanner.key('a 12 b', 0), scanner.key('a  99 b', 0))
  t.not(scanner.key('a 12 b', 0), scanner.key('a 12 c', 0))
  t.not(scanner.key('a 12 b', 0), scanner.key('a x b', 0))
  t.equal(scanner.key('x: a 1', 3), scanner.key('a 2', 0))
})

test('an endless message is cut to a bounded number of tokens', async (t) => {
  const { tokens } = new LineScanner().tokenLine('word '.repeat(2000), 0)
  t.equal(tokens.length, 400)
  t.equal(tokens.at(-1), MARK)
})

test('parameters are the texts behind each mark', async (t) => {
  const params = (template: string, text: string): string[] => templateParams(template, text)
  t.same(
    params(
      'Received block <*> of size <*> from <*>',
      'Received block blk_1 of size 91178 from 10.0.0.7'
    ),
    ['blk_1', '91178', '10.0.0.7']
  )
  t.same(params('no variable', 'no variable'), [])
  t.same(params('<*> (<*>) at <*>', 'host  () at noon and later'), ['host', '', 'noon and later'])
  t.same(params('<*>:<*>', 'a:b'), ['a', 'b'])
  t.same(params('x <*><*>', 'x ab'), ['a', 'b'])
  t.same(params('a <*> b <*>', 'a 1 c 2'), ['1 c 2', ''])
  t.equal(templateId('a <*>'), templateId('a <*>'))
  t.not(templateId('a <*>'), templateId('b <*>'))
})

const mine = (
  texts: readonly string[],
  options = {}
): { miner: ReturnType<typeof createLogMiner>; templates: string[] } => {
  const miner = createLogMiner(options)
  for (const text of texts) miner.add(text, 0, 'info')
  miner.refine()
  return {
    miner,
    templates: [...new Set(texts.map((text) => miner.find(text, 0).template.text))].sort()
  }
}

test('words become a variable when there are many, and stay words when there are few', async (t) => {
  const names = ['anna', 'bert', 'carl', 'dora', 'emil', 'frida']
  t.same(mine(names.map((name) => `session opened for ${name} on console`)).templates, [
    'session opened for <*> on console'
  ])
  t.same(mine(['link is up now', 'link is down now']).templates, [
    'link is down now',
    'link is up now'
  ])
  const states = ['Started', 'Stopped', 'Paused', 'Resumed', 'FAILED'].map(
    (state) => `machine is now ${state} again`
  )
  t.same(mine(states).templates, states.toSorted(), 'words with a capital name states')
  const startups = names.map((name) => `${name} startup succeeded`)
  t.same(mine(startups).templates, startups.toSorted(), 'first words tell messages apart')
})

test('words known as values from one template are values in another', async (t) => {
  const names = ['anna', 'bert', 'carl', 'dora']
  const { templates } = mine([
    ...names.map((n) => `closed for user ${n}`),
    ...names.slice(0, 3).map((n) => `opened a door for user ${n}`)
  ])
  t.same(templates, ['closed for user <*>', 'opened a door for user <*>'])
})

test('lists of any length are one template', async (t) => {
  const { templates } = mine([
    'to delete 1',
    'to delete 1 2 3',
    'to delete 1 2 3 4 5 6',
    'keep 1, 2',
    'keep 1, 2, 3',
    'keep 1'
  ])
  t.same(templates, ['keep <*>', 'to delete <*>'])
})

test('the miner stays bounded and keeps its counts when shapes crowd', async (t) => {
  const word = (i: number): string =>
    String.fromCharCode(
      97 + (i % 26),
      97 + (Math.floor(i / 26) % 26),
      97 + (Math.floor(i / 676) % 26)
    )
  const miner = createLogMiner({ maxShapes: 300, cacheSize: 100 })
  for (let i = 0; i < 3000; i++) miner.add(`invalid user ${word(i)}q from host`, 0, 'info')
  miner.refine()
  const shapes = [...miner.shapes()]
  t.ok(shapes.length <= 300)
  t.equal(
    shapes.reduce((sum, shape) => sum + shape.count, 0),
    3000
  )
  t.equal(miner.find('invalid user zzzz from host', 0).template.text, 'invalid user <*> from host')
})

test('with more kinds of message than room, the oldest are forgotten', async (t) => {
  const miner = createLogMiner({ maxShapes: 100 })
  for (let i = 0; i < 400; i++)
    miner.add(
      `${'word '.repeat(1 + (i % 40))}${String.fromCharCode(97 + (i % 26))}${'z'.repeat(1 + Math.floor(i / 26))}`,
      0,
      'unknown'
    )
  t.ok([...miner.shapes()].length <= 100)
  t.ok(miner.forgotten > 0)
})

test('a snapshot brings everything back, through JSON', async (t) => {
  const { miner } = mine(['disk sda 91 % full', 'disk sdb 17 % full', 'fan ok'])
  const other = createLogMiner()
  other.restore(JSON.parse(JSON.stringify(miner.snapshot())))
  t.notOk(other.stale)
  t.equal(other.find('fan ok', 0).count, 1)
  t.equal(other.add('disk sda 4 % full', 0, 'error').count, 2)
  t.equal(other.find('disk sda 4 % full', 0).level, 'info')
})

test('refinement tells which template became which', async (t) => {
  const miner = createLogMiner()
  const first = miner.add('opened for anna on console', 0, 'unknown').template.id
  t.ok(miner.stale)
  for (const name of ['bert', 'carl', 'dora', 'emil'])
    miner.add(`opened for ${name} on console`, 0, 'unknown')
  const moved = miner.refine()
  t.equal(moved.get(first), templateId('opened for <*> on console'))
  t.equal(miner.refine().size, 0)
})

const logs = labelledLogs()

test('accuracy on ten labelled systems with the one configuration', {
  skip: logs.length === 0 && '../shared/data/loghub-2k is absent'
}, async (t) => {
  const all = logs.map((log) => accuracyOf(mineTemplates(log.lines), log.templates))
  const mean = (key: 'grouping' | 'templates'): number =>
    all.reduce((sum, a) => sum + a[key], 0) / all.length
  t.ok(mean('grouping') >= 0.985, `grouping accuracy ${mean('grouping')}`)
  t.ok(mean('templates') >= 0.8, `F1 of template accuracy ${mean('templates')}`)
})
