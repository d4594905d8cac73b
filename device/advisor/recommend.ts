// At most one change of a setting for a model that something holds back, with the gain to expect. The gain is
// computed from what was measured (cost line, busy share, idle cores) by bounds of queueing theory; where the
// measurements cannot say, there is no recommendation. It applies nothing.

import type { Advice, Recommendation, TunableSetting } from '../../contract/index.ts'
import { milliseconds, perCent, rounded } from './advice-figures.ts'
import { type Evidence, meanRows } from './advisor-evidence.ts'
import { bottleneck, THRESHOLDS } from './bottleneck.ts'
import { type CostLine, capacity, lineMs, steeper } from './cost-line.ts'

/** What the machine and the model allow. */
export interface AdviceLimits {
  readonly cores: number
  /** Memory of one more executor, MB. */
  readonly instanceMb: number
  /** Free memory of the machine, MB; null: not known. */
  readonly freeMb: number | null
  /** Most rows that the model may be given at once. */
  readonly maxBatch: number
}

/** A change, without its model. */
export interface Change {
  readonly setting: TunableSetting
  readonly from: number
  readonly to: number
}

interface Candidate extends Change {
  readonly sentence: string
  /** Expected gain of throughput as shares: 0.1 is 10 % more. */
  readonly low: number
  readonly high: number
}

type Proposal = (evidence: Evidence, limits: AdviceLimits) => Candidate | undefined

/** A middle gain below this is within the noise of measuring it. */
const WORTH = 0.03
/** Standard errors of the slope on either side of it: nineteen of twenty true slopes lie within. */
const ERRORS = 2
/** Memory of the machine that a new executor must leave free, MB. */
const RESERVE_MB = 256

const GAINS: Readonly<Record<Advice['bottleneck'], readonly Proposal[]>> = {
  queue: [shorterWait, longerWait, moreInstances],
  'host-copy': [overlappedInstances, largerBatch],
  memory: [largerBatchForTraffic],
  compute: [moreInstances, largerBatch, moreThreads],
  // Heat, power and disks are not settings of a model.
  thermal: [],
  power: [],
  disk: [],
  none: []
}

/**
 * The change that promises most, among those that are within the limits and not ruled out.
 * @param ruledOut true for a change that was tried before and did not help
 */
export function recommend(
  evidence: Evidence,
  limits: AdviceLimits,
  ruledOut: (change: Change) => boolean = () => false
): Advice {
  const advice = bottleneck(evidence)
  const candidates = GAINS[advice.bottleneck]
    .flatMap((propose) => propose(evidence, limits) ?? [])
    .filter((one) => Number.isFinite(one.low + one.high) && middle(one) >= WORTH)
    .filter((one) => !ruledOut(one))
    .sort((a, b) => middle(b) - middle(a))
  const [best] = candidates
  return { ...advice, recommendation: best ? named(best, evidence.model) : null }
}

const middle = ({ low, high }: Pick<Candidate, 'low' | 'high'>): number => (low + high) / 2

function named({ low, high, ...change }: Candidate, model: string): Recommendation {
  const id = `${model}.${change.setting}.${change.from}-${change.to}`
  const round = (part: number): number => Math.round(100 * part)
  return { id, model, ...change, gainLow: round(low), gainHigh: round(high) }
}

/** Cores that nothing used, per executor of so many threads, at most one executor's worth. */
function idleExecutors({ machine, settings }: Evidence, cores: number): number {
  const load = machine.cpuLoadPercent
  if (load === null) return 0
  return Math.min(1, (cores * Math.max(0, 1 - load / 100)) / settings.threads)
}

function fitsOneMore({ rung, settings, gpu }: Evidence, limits: AdviceLimits): boolean {
  const { cores, instanceMb, freeMb } = limits
  if (freeMb !== null && freeMb < instanceMb + RESERVE_MB) return false
  if (rung === 'cpu') return (settings.instances + 1) * settings.threads <= cores
  return gpu?.freeMb == null || gpu.freeMb >= instanceMb + RESERVE_MB
}

function oneMore(evidence: Evidence, why: string): Omit<Candidate, 'low' | 'high'> {
  const from = evidence.settings.instances
  const sentence = `Run ${from + 1} instances instead of ${from}: ${why}.`
  return { setting: 'instances', from, to: from + 1, sentence }
}

/**
 * One more executor. The requests in the system are shared out among one more, so batches shrink; the cost line
 * says what that costs. On the CPU the upper bound is a whole executor more, the lower one only what was idle
 * of the cores. On a GPU the busy time of the GPU bounds the rate: X <= X now / load (the utilisation law,
 * Denning and Buzen, The operational analysis of queueing network models, ACM Computing Surveys 1978).
 */
function moreInstances(evidence: Evidence, limits: AdviceLimits): Candidate | undefined {
  const { servers, concurrency, rung, gpu, settings, line } = evidence
  if (!fitsOneMore(evidence, limits)) return undefined
  const { batch, request } = meanRows(evidence)
  const perServer = (concurrency * request) / (servers + 1)
  if (perServer < request / 2) return undefined // the new one would wait
  const rows = Math.min(settings.maxBatch, Math.max(request, perServer))
  const smaller = line ? capacity(line, Math.min(rows, batch)) / capacity(line, batch) : 1
  if (rung !== 'cpu') {
    const load = gpu?.loadPercent
    if (load == null || !(load > 0)) return undefined
    const high = Math.min(((servers + 1) * smaller) / servers, 100 / load) - 1
    return { ...oneMore(evidence, `the GPU is busy ${rounded(load)} % of the time`), low: 0, high }
  }
  const idle = idleExecutors(evidence, limits.cores)
  const gain = (more: number): number => ((servers + more) * smaller) / servers - 1
  const why = `${perCent(idle)} of the cores that it needs are idle`
  return { ...oneMore(evidence, why), low: gain(idle), high: gain(1) }
}

/**
 * One more executor, so that one batch is handed over while another is computed: balanced job bounds for two
 * stations (Zahorjan, Sevcik, Eager and Galler, Balanced job bound analysis of queueing networks, CACM 1982).
 */
function overlappedInstances(evidence: Evidence, limits: AdviceLimits): Candidate | undefined {
  const { servers, computeMs, roundTripMs, concurrency } = evidence
  if (roundTripMs === null || !fitsOneMore(evidence, limits)) return undefined
  if (concurrency < servers + 1) return undefined // never two batches at once
  const longest = Math.max(computeMs, roundTripMs - computeMs)
  const rate = (customers: number, othersMs: number): number =>
    Math.min(customers / (roundTripMs + (customers - 1) * othersMs), 1 / longest)
  const most = roundTripMs / 2
  const low = Math.max(0, rate(servers + 1, longest) / rate(servers, most) - 1)
  const high = rate(servers + 1, most) / rate(servers, longest) - 1
  const why = `one batch is handed over (${milliseconds(roundTripMs - computeMs)}) while another is computed (${milliseconds(computeMs)})`
  return { ...oneMore(evidence, why), low, high }
}

/** The gain of batches of `to` rows over batches of `from`, for slopes that the measurements allow. */
function sizeGains(line: CostLine, from: number, to: number): { low: number; high: number } {
  const gains = [ERRORS, -ERRORS].map((errors) => {
    const likely = steeper(line, errors)
    return capacity(likely, to) / capacity(likely, from) - 1
  })
  return { low: Math.min(...gains), high: Math.max(...gains) }
}

/** Twice the rows, where batches are full, enough requests wait, and the latency goal has room. */
function largerBatch(evidence: Evidence, { maxBatch }: AdviceLimits): Candidate | undefined {
  const { line, settings, reasons, concurrency, servers, p95Ms, latencyGoalMs } = evidence
  const to = Math.min(2 * settings.maxBatch, maxBatch)
  if (!line || to <= settings.maxBatch || reasons.full < THRESHOLDS.early) return undefined
  const { batch, request } = meanRows(evidence)
  const rows = Math.min(to, (concurrency * request) / servers)
  if (rows <= batch) return undefined
  const addedMs = lineMs(line, rows) - lineMs(line, batch)
  if ((p95Ms ?? lineMs(line, batch)) + addedMs > latencyGoalMs) return undefined
  const sentence = `Let a batch hold ${to} rows instead of ${settings.maxBatch}: ${milliseconds(line.alphaMs)} of each batch do not depend on its rows.`
  const from = settings.maxBatch
  return { setting: 'max-batch', from, to, sentence, ...sizeGains(line, batch, rows) }
}

/** Weights are read once a batch: more rows for the same traffic. No help where memory is full. */
function largerBatchForTraffic(evidence: Evidence, limits: AdviceLimits): Candidate | undefined {
  const used = evidence.gpu?.memoryPercent ?? null
  if (used === null || used > THRESHOLDS.memoryPercent) return undefined
  return largerBatch(evidence, limits)
}

/** Twice the threads: only what grows with the rows can be shared out (Amdahl 1967), at best evenly. */
function moreThreads(evidence: Evidence, { cores }: AdviceLimits): Candidate | undefined {
  const { rung, line, settings } = evidence
  const { threads, instances } = settings
  const to = Math.min(2 * threads, Math.floor(cores / instances))
  if (rung !== 'cpu' || !line || to <= threads) return undefined
  const { batch } = meanRows(evidence)
  const beforeMs = lineMs(line, batch)
  const used = threads + (to - threads) * Math.min(1, idleExecutors(evidence, cores))
  const after = (count: number): number =>
    line.alphaMs + (line.betaMs * batch * threads) / Math.max(1, count)
  const sentence = `Compute with ${to} threads instead of ${threads}: ${milliseconds(line.betaMs * batch)} of a batch grow with its rows and can be shared out.`
  const high = beforeMs / after(used) - 1
  return { setting: 'threads', from: threads, to, sentence, low: 0, high }
}

/**
 * A fixed wait in which twice the rows gather, where batches start small although most of their cost is fixed.
 * At best the wait costs nothing because other executors compute meanwhile, at worst they all stand still.
 */
function longerWait(evidence: Evidence): Candidate | undefined {
  const { line, reasons, settings, rows, seconds, p95Ms, latencyGoalMs } = evidence
  if (!line || !(rows > 0) || reasons['no-gain'] + reasons.only < THRESHOLDS.early) return undefined
  const { batch } = meanRows(evidence)
  const larger = Math.min(2 * batch, settings.maxBatch)
  const to = Math.ceil((2 * (larger - batch) * seconds * 1000) / rows) / 2
  if (larger <= batch || to <= (settings.maxWaitMs ?? 0)) return undefined
  const addedMs = to + lineMs(line, larger) - lineMs(line, batch)
  if ((p95Ms ?? lineMs(line, batch)) + addedMs > latencyGoalMs) return undefined
  const { high } = sizeGains(line, batch, larger)
  const low = larger / (to + lineMs(line, larger)) / capacity(line, batch) - 1
  const sentence = `Wait up to ${to} ms for a fuller batch: ${milliseconds(line.alphaMs)} of each batch do not depend on its rows, and it holds ${rounded(batch)} now.`
  return { setting: 'max-wait-ms', from: settings.maxWaitMs ?? 0, to, sentence, low, high }
}

/**
 * No fixed wait, where it passes without filling batches. At best every request is answered so much sooner and
 * asked again so much sooner; at worst batches shrink to single requests.
 */
function shorterWait(evidence: Evidence): Candidate | undefined {
  const { settings, reasons, queueMs, line, computeMs, busy } = evidence
  const from = settings.maxWaitMs
  if (from === null || from === 0 || queueMs < from / 2 || busy >= THRESHOLDS.busy) return undefined
  if (reasons['no-gain'] + reasons.only < THRESHOLDS.early) return undefined
  const { batch, request } = meanRows(evidence)
  const batchMs = line ? lineMs(line, batch) : computeMs
  if (!(batchMs > 0)) return undefined
  const high = (queueMs + batchMs) / batchMs - 1
  const single = line ? capacity(line, request) : request / batchMs
  const low = Math.min(high, single / (batch / (from + batchMs)) - 1)
  const sentence = `Do not wait a fixed ${from} ms for fuller batches: they hold ${rounded(batch)} rows all the same, and requests wait ${milliseconds(queueMs)}.`
  return { setting: 'max-wait-ms', from, to: 0, sentence, low, high }
}
