// Names the one thing that holds a model back, with the figures that say so. A pure function of the evidence;
// the rules stand in order of cause: heat slows everything below it, waiting is often only its consequence.

import type { Advice } from '../../contract/index.ts'
import {
  bytes,
  type Figure,
  figure,
  milliseconds,
  over,
  perCent,
  rounded,
  whole
} from './advice-figures.ts'
import { type Evidence, meanRows } from './advisor-evidence.ts'

/** Fewer answers in the window say nothing: one disturbed batch would decide. */
export const FEWEST_REQUESTS = 20

export const THRESHOLDS = {
  /** A GPU that shows the reason in most of its readings is held back; single readings flicker at a limit. */
  throttleShare: 0.5,
  /** Allocations fail, or the system begins to swap, in the last few per cent; caches use the rest by design. */
  memoryPercent: 95,
  /** Kernels that keep the memory busy four fifths of their time wait for it, not for arithmetic. */
  memoryOfKernels: 0.8,
  /** Below this load the quotient of two rounded percentages says nothing. */
  memoryLoadPercent: 40,
  /** A model that is being loaded in a third of the samples is swapped out as fast as it comes in. */
  loadingShare: 0.3,
  /** Every task stood still for the disk a fifth of the time: nothing else slows a machine like that. */
  ioStallPercent: 20,
  /** More time on the way to the executor and back than inside it. */
  hostShare: 0.5,
  /** Executors above this have no reserve: by queueing theory waits grow as 1 / (1 - busy), here sevenfold. */
  busy: 0.85,
  /** Below this, executors that wait for work are the cheapest explanation of anything. */
  pressed: 0.5,
  /** Batches mostly closed before they were full. */
  early: 0.5
} as const

interface Verdict {
  readonly bottleneck: Advice['bottleneck']
  readonly sentence: string
  readonly evidence: readonly Figure[]
}

type Rule = (evidence: Evidence) => Verdict | undefined

/** Thermal: the GPU itself says that heat lowers its clock while it works for us. */
const thermal: Rule = ({ gpu }) => {
  if (!gpu || !(gpu.thermalShare >= THRESHOLDS.throttleShare)) return undefined
  const { name, temperatureC, thermalShare } = gpu
  const at = temperatureC === null ? '' : ` at ${rounded(temperatureC)} °C`
  return {
    bottleneck: 'thermal',
    sentence: `${name}${at} lowers its clock because of heat in ${perCent(thermalShare)} of its readings; cool it better, or give it less to do.`,
    evidence: [
      figure('Readings with heat as reason', perCent(thermalShare), over(perCent(0.5))),
      ...(temperatureC === null ? [] : [figure('Temperature', `${rounded(temperatureC)} °C`, '–')])
    ]
  }
}

const power: Rule = ({ gpu }) => {
  if (!gpu || !(gpu.powerShare >= THRESHOLDS.throttleShare)) return undefined
  const { name, powerW, powerShare } = gpu
  const at = powerW === null ? '' : ` at ${rounded(powerW)} W`
  return {
    bottleneck: 'power',
    sentence: `${name}${at} lowers its clock because of its power limit in ${perCent(powerShare)} of its readings; a higher limit or another power mode would make it faster.`,
    evidence: [
      figure('Readings with power as reason', perCent(powerShare), over(perCent(0.5))),
      ...(powerW === null ? [] : [figure('Power', `${rounded(powerW)} W`, '–')])
    ]
  }
}

/** The scheduler was told to stand back: the GPU is cooler for it, but the model is slower. */
const heldBack: Rule = ({ reasons, gpu }) => {
  if (!(reasons.throttled >= THRESHOLDS.early)) return undefined
  return {
    bottleneck: gpu && gpu.powerShare > gpu.thermalShare ? 'power' : 'thermal',
    sentence: `Heat, a lower power mode or an alarm made ${perCent(reasons.throttled)} of the batches smaller; they grow again step by step when it is over.`,
    evidence: [
      figure('Batches held small', perCent(reasons.throttled), over(perCent(THRESHOLDS.early)))
    ]
  }
}

/** Memory that is full: of the GPU, or of the machine where the two share it or the model runs on the CPU. */
const memoryFull: Rule = ({ gpu, machine }) => {
  const shared = !gpu || gpu.unifiedMemory
  const used = shared ? machine.memoryPercent : gpu.memoryPercent
  if (used === null || !(used > THRESHOLDS.memoryPercent)) return undefined
  const whose = shared ? 'this machine' : gpu.name
  return {
    bottleneck: 'memory',
    sentence: `The memory of ${whose} is ${rounded(used)} % full; unload models that are not needed, or run fewer instances.`,
    evidence: [figure('Memory in use', `${rounded(used)} %`, over(`${THRESHOLDS.memoryPercent} %`))]
  }
}

/** Kernels that wait for memory: its traffic fills their time. */
const memoryTraffic: Rule = ({ gpu }) => {
  const { loadPercent, memoryLoadPercent } = gpu ?? { loadPercent: null, memoryLoadPercent: null }
  if (!gpu || loadPercent === null || memoryLoadPercent === null || !(loadPercent > 0))
    return undefined
  const ofKernels = Math.min(1, memoryLoadPercent / loadPercent)
  const { memoryOfKernels, memoryLoadPercent: least } = THRESHOLDS
  if (!(memoryLoadPercent >= least && ofKernels >= memoryOfKernels)) return undefined
  return {
    bottleneck: 'memory',
    sentence: `The memory of ${gpu.name} is busy for ${perCent(ofKernels)} of the time in which it computes: kernels wait for memory, not for arithmetic.`,
    evidence: [
      figure(
        'Memory traffic in computing time',
        perCent(ofKernels),
        over(perCent(memoryOfKernels))
      ),
      figure('Memory traffic', `${rounded(memoryLoadPercent)} %`, over(`${least} %`))
    ]
  }
}

const disk: Rule = ({ loadingShare, machine, model }) => {
  const { ioStallPercent, diskMbPerS } = machine
  const traffic =
    diskMbPerS === null ? [] : [figure('Disk traffic', `${rounded(diskMbPerS)} MB/s`, '–')]
  if (loadingShare >= THRESHOLDS.loadingShare)
    return {
      bottleneck: 'disk',
      sentence: `${model} is being loaded in ${perCent(loadingShare)} of the samples; load it for good, or free memory so that it may stay.`,
      evidence: [
        figure(
          'Samples while loading',
          perCent(loadingShare),
          over(perCent(THRESHOLDS.loadingShare))
        ),
        ...traffic
      ]
    }
  if (ioStallPercent === null || !(ioStallPercent >= THRESHOLDS.ioStallPercent)) return undefined
  return {
    bottleneck: 'disk',
    sentence: `Everything on this machine waits for the disk ${rounded(ioStallPercent)} % of the time; look for what writes, or use a faster disk.`,
    evidence: [
      figure(
        'Time stalled on the disk',
        `${rounded(ioStallPercent)} %`,
        over(`${THRESHOLDS.ioStallPercent} %`)
      ),
      ...traffic
    ]
  }
}

const isPressed = ({ busy, queueMs, computeMs }: Evidence): boolean =>
  busy >= THRESHOLDS.pressed || queueMs > computeMs

const hostCopy: Rule = (evidence) => {
  const { roundTripMs, computeMs, batchBytes } = evidence
  if (roundTripMs === null || !(roundTripMs > 0) || !isPressed(evidence)) return undefined
  const outside = Math.max(0, roundTripMs - computeMs) / roundTripMs
  if (!(outside > THRESHOLDS.hostShare)) return undefined
  return {
    bottleneck: 'host-copy',
    sentence: `Of the ${milliseconds(roundTripMs)} that a batch takes, ${milliseconds(roundTripMs - computeMs)} go into handing it over and taking the answers back.`,
    evidence: [
      figure(
        'Time of a batch outside its executor',
        perCent(outside),
        over(perCent(THRESHOLDS.hostShare))
      ),
      figure('Time inside', milliseconds(computeMs), '–'),
      ...(batchBytes === null ? [] : [figure('Inputs of a batch', bytes(batchBytes), '–')])
    ]
  }
}

/**
 * Waiting as such: longer than a batch takes while executors idle, or longer than two while they are busy with
 * small batches. Whoever finds a busy executor waits for its batch in any case; that is its computing, not the queue.
 */
const queue: Rule = (evidence) => {
  const { queueMs, computeMs, roundTripMs, busy, reasons, settings } = evidence
  const batchMs = Math.max(computeMs, roundTripMs ?? 0)
  const idle = busy < THRESHOLDS.busy
  const boundMs = idle ? batchMs : 2 * batchMs
  if (!(queueMs > boundMs)) return undefined
  const early = reasons.deadline + reasons['no-gain'] + reasons.only
  const small = 2 * meanRows(evidence).batch <= settings.maxBatch
  if (!idle && !(early >= THRESHOLDS.early && small)) return undefined
  const why = idle
    ? `while the executors are idle ${perCent(1 - busy)} of the time`
    : `and ${perCent(early)} of the batches start before they are full`
  return {
    bottleneck: 'queue',
    sentence: `Requests wait ${milliseconds(queueMs)} for a batch of ${milliseconds(batchMs)}, ${why}.`,
    evidence: [
      figure('Mean wait', milliseconds(queueMs), over(milliseconds(boundMs))),
      idle
        ? figure('Executors busy', perCent(busy), `< ${perCent(THRESHOLDS.busy)}`)
        : figure('Batches closed early', perCent(early), over(perCent(THRESHOLDS.early)))
    ]
  }
}

const compute: Rule = ({ busy, computeMs, servers, gpu }) => {
  if (!(busy > THRESHOLDS.busy)) return undefined
  const who = servers === 1 ? 'The executor computes' : `The ${servers} executors compute`
  return {
    bottleneck: 'compute',
    sentence: `${who} ${perCent(busy)} of the time, ${milliseconds(computeMs)} a batch.`,
    evidence: [
      figure('Executors busy', perCent(busy), over(perCent(THRESHOLDS.busy))),
      ...(gpu?.loadPercent == null
        ? []
        : [figure('GPU load', `${rounded(gpu.loadPercent)} %`, '–')])
    ]
  }
}

const nothing = ({ busy, queueMs, computeMs }: Evidence): Verdict => ({
  bottleneck: 'none',
  sentence: `Nothing holds it back: the executors are busy ${perCent(busy)} of the time and requests wait ${milliseconds(queueMs)}.`,
  evidence: [
    figure('Executors busy', perCent(busy), over(perCent(THRESHOLDS.busy))),
    figure('Mean wait', milliseconds(queueMs), over(milliseconds(computeMs)))
  ]
})

const tooFew = ({ requests, seconds }: Evidence): Verdict => ({
  bottleneck: 'none',
  sentence: `It answered ${whole(requests)} requests in ${whole(seconds)} s, too few to judge; ${FEWEST_REQUESTS} are needed.`,
  evidence: [figure('Requests', whole(requests), `≥ ${FEWEST_REQUESTS}`)]
})

const RULES: readonly Rule[] = [
  thermal,
  power,
  heldBack,
  memoryFull,
  memoryTraffic,
  disk,
  hostCopy,
  queue,
  compute
]

/** Exactly one verdict with the figures behind it; no recommendation yet (`recommend.ts`). */
export function bottleneck(evidence: Evidence): Advice {
  const verdict = evidence.requests >= FEWEST_REQUESTS ? judge(evidence) : tooFew(evidence)
  const { at, model } = evidence
  return { at, model, ...verdict, evidence: [...verdict.evidence], recommendation: null }
}

function judge(evidence: Evidence): Verdict {
  for (const rule of RULES) {
    const verdict = rule(evidence)
    if (verdict) return verdict
  }
  return nothing(evidence)
}
