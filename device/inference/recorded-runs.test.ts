// When a run is made plainly, recorded or by its recording, with a binding that writes down what it is asked.

import { test } from 'tap'
import { type NativeBinding, type NativeTensor, OrtFailure } from './ort-port.ts'
import { noHistory, RecordedRuns, RecordingFailure } from './recorded-runs.ts'

const tensor = (shape: readonly number[]): NativeTensor & { bytes: Uint8Array<ArrayBuffer> } => ({
  ...{ value: 1n, datatype: 'UINT8', shape, bytes: new Uint8Array(4) },
  release: () => undefined
})

/** Gives x + k; its recording has kept the k with which it was made, as a host that read it would. */
function addition({ frozenInput = false, forgets = false, mayRecord = true, fault = '' } = {}) {
  const x = tensor([1, 4])
  const k = tensor([1])
  const y = tensor([1, 4])
  const said: string[] = []
  let kept = { k: 0, x: 0 }
  /** `ran`: another binding did since, so that a recording is none any more. */
  const other = { ran: false }
  let recorded = false
  const write = (from: number): void => void y.bytes.fill(from)
  const recorder = {
    get valid() {
      return recorded && !other.ran
    },
    get isLast() {
      return !other.ran
    },
    mayRecord,
    record: () => {
      if (fault !== '') throw new OrtFailure(1, fault)
      said.push('record')
      other.ran = false
      recorded = true
      kept = { k: k.bytes[0] ?? 0, x: x.bytes[0] ?? 0 }
      write(kept.x + kept.k)
    },
    forget: () => {
      if (forgets) recorded = false
    },
    replay: () => {
      said.push('replay')
      write((frozenInput ? kept.x : (x.bytes[0] ?? 0)) + kept.k)
    }
  }
  const binding = {
    recorder,
    run: () => {
      said.push('run')
      if (other.ran) recorded = false
      other.ran = false
      write((x.bytes[0] ?? 0) + (k.bytes[0] ?? 0))
    }
  } as unknown as NativeBinding
  const runs = new RecordedRuns()
  const history = noHistory()
  const add = (given: number, by: number): number => {
    x.bytes.fill(given)
    k.bytes.fill(by)
    const [inputs, outputs] = [
      new Map([
        ['x', x],
        ['k', k]
      ]),
      new Map([['y', y]])
    ]
    runs.run(binding, history, { inputs, outputs })
    return y.bytes[0] ?? 0
  }
  return { add, said, history, other }
}

test('two plain runs, a recording, its proof, and from then on only the recording', (t) => {
  const { add, said } = addition()
  for (let x = 1; x <= 6; x += 1) t.equal(add(x, 5), x + 5)
  t.strictSame(said, ['run', 'run', 'record', 'replay', 'run', 'replay', 'replay'])
  t.end()
})

test('the numbers that were recorded need no proof, and are none', (t) => {
  const { add, said } = addition()
  for (let run = 0; run < 5; run += 1) t.equal(add(1, 5), 6)
  t.strictSame(said.splice(0), ['run', 'run', 'record', 'replay', 'replay'])
  t.equal(add(2, 5), 7)
  t.strictSame(said, ['replay', 'run'], 'proved by the first other ones')
  t.end()
})

test('values of low rank that the host may have read are never answered by a recording of others', (t) => {
  const { add, said } = addition()
  for (let x = 1; x <= 5; x += 1) add(x, 5)
  said.splice(0)
  t.equal(add(1, 9), 10, 'run plainly')
  t.strictSame(said, ['run'])
  t.equal(add(2, 5), 7)
  t.strictSame(said, ['run', 'replay'])
  t.end()
})

test('where such values are state of what computes, the recording ends with them', (t) => {
  const { add, said } = addition({ forgets: true })
  for (let x = 1; x <= 5; x += 1) add(x, 5)
  said.splice(0)
  t.equal(add(1, 9), 10)
  t.equal(add(2, 5), 7)
  t.strictSame(said, ['run', 'run'])
  t.end()
})

test('a recording that keeps an input is found out before it is believed', (t) => {
  const { add, said } = addition({ frozenInput: true })
  for (let x = 1; x <= 9; x += 1) t.equal(add(x, 5), x + 5, `run ${x}`)
  t.strictSame(said.slice(0, 5), ['run', 'run', 'record', 'replay', 'run'])
  t.ok(said.slice(5).every((one) => one === 'run'))
  t.end()
})

test('recordings that are given up before they pay become rare', (t) => {
  const { add, said, other } = addition()
  for (let run = 0; run < 400; run += 1) {
    other.ran = run % 4 === 0 // another shape came between
    t.equal(add(run % 100, 5), (run % 100) + 5)
  }
  const recorded = said.filter((one) => one === 'record').length
  t.equal(recorded, 2, `${recorded} recordings in 400 runs of which no five follow each other`)
  t.end()
})

test('a recording that was worth it leaves the patience as it was', (t) => {
  const { add, history, other } = addition()
  for (let run = 0; run < 30; run += 1) add(run, 5)
  other.ran = true
  for (let run = 0; run < 4; run += 1) add(run, 5)
  t.equal(history.patience, 2)
  t.end()
})

test('without room for more, and without a recorder, each run is plain', (t) => {
  const { add, said } = addition({ mayRecord: false })
  for (let x = 1; x <= 5; x += 1) t.equal(add(x, 5), x + 5)
  t.strictSame(said, ['run', 'run', 'run', 'run', 'run'])
  let ran = 0
  const run = (): void => {
    ran += 1
  }
  const bare = { run } as unknown as NativeBinding
  new RecordedRuns().run(bare, noHistory(), { inputs: new Map(), outputs: new Map() })
  t.equal(ran, 1)
  t.end()
})

test('a fault while recording is told apart from one of a plain run', (t) => {
  const { add } = addition({ fault: 'operation not permitted when stream is capturing' })
  add(1, 5)
  add(2, 5)
  let caught: unknown
  try {
    add(3, 5)
  } catch (error) {
    caught = error
  }
  t.ok(caught instanceof RecordingFailure)
  t.end()
})
