// What hostile clients can do to a device that serves: ten thousand connections, twelve thousand streams,
// readers that do not read, bodies of 2 GB. Asked is whether others are answered meanwhile, how much memory
// it takes, and whether that comes back. The device and its clients share the machine.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { writeEchoBundle } from '../../test/harness/echo-bundle.ts'
import { RawGrpc } from '../../test/harness/raw-grpc.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { pause, residentMb } from '../process-figures.ts'
import type { Scenario, ScenarioResult, ScenarioRow } from '../scenario.ts'
import { openCrowd, openSlowReaders, type Upload, upload } from '../serving/hostile-clients.ts'
import { freePort, startDevice } from '../serving/peers.ts'
import { type Watched, watchOver } from '../serving/watch-over.ts'

const CONNECTIONS = 10_000
const STREAMS = 12_000
const STREAM_CONNECTIONS = 12
const SLOW_READERS = 200
/** Each of their answers. */
const ANSWER_FLOATS = 1.5 * 1024 * 1024
const BODY_BYTES = 2 * 1024 ** 3
const MIB = 1024 ** 2
/** Largest body of the device under test; bodies and answers have twice that together. */
const BODY_MB = 64
/** Longer than a client may stall. */
const HELD_MS = 10_000
const STALLED_MS = 70_000
/** Time after which memory is looked at again; the device gives back what it can in quiet moments. */
const QUIET_MS = 15_000

const ECHO = '/v2/models/echo/infer'
const SMALL = JSON.stringify({
  inputs: [{ name: 'in_FP32', datatype: 'FP32', shape: [1, 1], data: [1] }]
})

type Device = Awaited<ReturnType<typeof startDevice>> & {
  readonly port: number
  readonly grpc: string
}

interface Trial {
  readonly what: string
  readonly watched: Watched
  readonly peakMb: number
  readonly afterMb: number
  readonly uploads?: readonly Upload[]
}

async function open(): Promise<Device> {
  const dir = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const key = testKey('bench')
  await writeEchoBundle({ dir, key, name: 'echo', types: ['FP32'], maxBatch: 64 })
  const grpcPort = await freePort()
  const settings = { grpcPort, inferenceBodyMb: BODY_MB }
  const device = await startDevice({ dir, key, name: 'echo', body: SMALL, settings })
  return { ...device, port: Number(new URL(device.base).port), grpc: `127.0.0.1:${grpcPort}` }
}

/** Attacks while a well-meaning client asks and the memory is watched, and waits until it is quiet again. */
async function trial(
  { base, pid }: Device,
  what: string,
  attack: () => Promise<readonly Upload[] | undefined>
): Promise<Trial> {
  let peakMb = residentMb(pid)
  const looking = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(pid))
  }, 50)
  const stop = watchOver(base + ECHO, SMALL)
  const uploads = await attack()
  const watched = await stop()
  await pause(QUIET_MS)
  clearInterval(looking)
  const result = { what, watched, peakMb, afterMb: residentMb(pid) }
  return uploads ? { ...result, uploads } : result
}

const half = (bytes: number): string =>
  `POST ${ECHO} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${bytes}\r\n\r\n{`

async function crowd(device: Device, text: string): Promise<undefined> {
  const { leave } = await openCrowd(device.port, CONNECTIONS, text)
  await pause(HELD_MS)
  leave()
  return undefined
}

async function streams({ grpc }: Device): Promise<undefined> {
  const clients = Array.from({ length: STREAM_CONNECTIONS }, () => new RawGrpc(grpc))
  for (let opened = 0; opened < STREAMS; opened += 1) {
    clients[opened % STREAM_CONNECTIONS]?.call('ModelStreamInfer')
    if (opened % 500 === 499) await pause(20)
  }
  await pause(HELD_MS)
  for (const client of clients) client.close()
  return undefined
}

async function slowReaders(device: Device): Promise<undefined> {
  const bytes = ANSWER_FLOATS * 4
  const head = `POST ${ECHO} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${bytes}\r\ninference-header-content-length: 0\r\n\r\n`
  const message = Buffer.concat([Buffer.from(head), Buffer.alloc(bytes)])
  const { leave } = await openSlowReaders(device.port, SLOW_READERS, message)
  await pause(STALLED_MS)
  leave()
  return undefined
}

async function bodies({ base }: Device): Promise<Upload[]> {
  const url = base + ECHO
  const bomb = gzipSync(Buffer.alloc(4 * BODY_MB * MIB))
  return [
    await upload(url, { 'content-length': BODY_BYTES }, BODY_BYTES),
    await upload(url, { 'transfer-encoding': 'chunked' }, BODY_BYTES),
    await upload(url, { 'inference-header-content-length': 0 }, BODY_BYTES),
    await fetch(url, { method: 'POST', body: bomb, headers: { 'content-encoding': 'gzip' } }).then(
      async (response) => {
        await response.arrayBuffer()
        return { status: response.status, sentBytes: bomb.length, ms: 0 }
      }
    )
  ]
}

const rounded = (value: number): number => Math.round(value * 10) / 10

function answeredRows({ what, watched }: Trial, mustShare: number): ScenarioRow[] {
  const share = rounded((100 * watched.answered) / watched.asked)
  return [
    {
      what: `${what}: requests of others on new connections that were answered`,
      ...{ value: share, unit: '%', must: `≥ ${mustShare}`, pass: share >= mustShare }
    },
    {
      what: `${what}: slowest of them`,
      ...{ value: Math.round(watched.slowestMs), unit: 'ms' },
      ...{ must: '≤ 2000', pass: watched.slowestMs <= 2000 }
    }
  ]
}

/** Memory above that of the idle device, against what bodies and answers may take. */
function memoryRows(trials: readonly Trial[], idleMb: number): ScenarioRow[] {
  const peakMb = Math.round(Math.max(...trials.map((one) => one.peakMb)) - idleMb)
  const keptMb = Math.round((trials.at(-1)?.afterMb ?? Number.NaN) - idleMb)
  // A body lies in several hands at once: socket, decoder, pipe to the executor, and the answer likewise.
  const mostMb = 8 * 2 * BODY_MB
  return [
    {
      what: `memory of the agent above idle, at most, with ${2 * BODY_MB} MiB for bodies and answers`,
      ...{ value: peakMb, unit: 'MB', must: `≤ ${mostMb}`, pass: peakMb <= mostMb }
    },
    {
      what: 'memory of the agent above idle, when it is over',
      ...{ value: keptMb, unit: 'MB', must: '≤ 64', pass: keptMb <= 64 }
    }
  ]
}

async function run(): Promise<ScenarioResult> {
  const device = await open()
  await pause(QUIET_MS)
  const idleMb = residentMb(device.pid)
  const trials = [
    await trial(device, `${CONNECTIONS} idle connections`, () => crowd(device, '')),
    await trial(device, `${CONNECTIONS} half heads`, () => crowd(device, 'GET / HTTP/1.1\r\nx: ')),
    await trial(device, `${CONNECTIONS} half bodies`, () => crowd(device, half(1000))),
    await trial(device, `${STREAMS} gRPC streams`, () => streams(device)),
    await trial(device, `${SLOW_READERS} readers of a byte a second`, () => slowReaders(device)),
    await trial(device, 'bodies of 2 GB', () => bodies(device))
  ]
  await device.stop()
  const uploads = trials.flatMap((one) => one.uploads ?? [])
  const refused = uploads.filter(({ status }) => status === 413).length
  const rows = [
    // Half bodies are spared in their first second, in which they fill the house.
    ...trials.flatMap((one) => answeredRows(one, one.what.endsWith('half bodies') ? 80 : 100)),
    {
      what: 'bodies of 2 GB, declared, chunked, raw, packed: refused with 413',
      ...{ value: refused, unit: `of ${uploads.length}`, must: `${uploads.length}` },
      pass: refused === uploads.length
    },
    ...memoryRows(trials, idleMb)
  ]
  return { rows, detail: { idleMb: Math.round(idleMb), bodyMb: BODY_MB, trials } }
}

export const scenario: Scenario = {
  name: 'hostile-load',
  title: 'A device under hostile clients',
  run
}
