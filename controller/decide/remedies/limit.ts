// The limit remedy: how many requests of one business flow are let in, from the load that a replica was seen to carry.
import { type Assessment, isAnyLimit, type LimitRules } from '../../model/assessment.ts'
import type { LimitProposal } from '../../model/command.ts'
import { describeValue } from '../../model/describe.ts'
import type { Baseline, FlowLimit } from '../../model/ladder.ts'
import type { LimitSpec } from '../../model/remedies.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { adaptByAimd } from './aimd.ts'
import { adaptByGradient2 } from './gradient2.ts'

export interface LimitInput {
  readonly assessment: Assessment
  readonly ready: number
  readonly baseline: Baseline | undefined
}

/** What an algorithm goes by. */
export interface LimitReading {
  readonly now: EpochMs
  /** A limit of the Guard is passed now. */
  readonly isBreached: boolean
  /** Nothing is passed, nor about to be, and all is seen. */
  readonly isCalm: boolean
  /** At least half of the limit is used: less tells nothing of what more would do. */
  readonly isUsed: boolean
  /** Median latency in seconds. */
  readonly latency: number | undefined
  /** Requests per second by which it may grow at once. */
  readonly step: number
}

export interface Adaptation {
  readonly limit: number
  readonly loweredAt?: EpochMs
  readonly usualLatency?: number
}

/** Growth in one reading, as a share of what the replicas carry. */
const STEP = 0.01
/** Below the load that comes, a limit begins where it takes effect. */
const BELOW_LOAD = 0.9
/** By how much one step of lifting widens a limit. */
const LIFT = 1.5

/** What is imposed; undefined when no baseline is known, so that nothing could be told. Pure. */
export function proposeLimit(
  spec: LimitSpec,
  input: LimitInput,
  reasons: readonly string[],
): LimitProposal | undefined {
  const capacity = capacityOf(spec, input)
  if (capacity === undefined) return undefined
  const { flow } = spec
  const load = loadOf(input.assessment)
  const wanted = load === undefined ? capacity : Math.min(capacity, load * BELOW_LOAD)
  const to = Math.ceil(within(spec, wanted))
  const each = describeValue('rps', capacity / Math.max(1, input.ready))
  const sum = `${input.ready} ready replicas carry ${each} each`
  const why = wanted < capacity ? `${sum}, yet ${describeValue('rps', load ?? 0)} are too many` : sum
  return { remedy: 'limit', direction: 'up', flow, from: 0, to, reasons: [...reasons, why] }
}

/** A step of lifting: wider, and then none at all. Pure. */
export function proposeLift(
  spec: LimitSpec | undefined,
  { flow, limit }: FlowLimit,
  input: LimitInput,
  reasons: readonly string[],
): LimitProposal {
  const proposal = { remedy: 'limit', direction: 'down', flow, from: Math.round(limit), reasons } as const
  const load = loadOf(input.assessment)
  const enough = load === undefined ? spec && capacityOf(spec, input) : 2 * load
  const wider = Math.ceil(limit * LIFT)
  const isWide = enough === undefined || limit >= enough || limit >= (spec?.ceiling ?? Number.POSITIVE_INFINITY)
  return { ...proposal, to: spec === undefined || isWide ? 0 : Math.ceil(within(spec, wider)) }
}

/** The limits after one reading, each by its algorithm; the same list while none changes. Pure. */
export function adaptFlows(
  flows: readonly FlowLimit[],
  specs: readonly LimitSpec[],
  input: LimitInput,
  { windowMs }: Pick<LimitRules, 'windowMs'>,
): readonly FlowLimit[] {
  const next = flows.map((one) => {
    const spec = specs.find(({ flow }) => flow === one.flow)
    return spec === undefined ? one : adaptFlow(one, spec, input, windowMs)
  })
  return next.every((one, index) => one === flows[index]) ? flows : next
}

function adaptFlow(flow: FlowLimit, spec: LimitSpec, input: LimitInput, windowMs: Milliseconds): FlowLimit {
  const reading = readingOf(flow.limit, spec, input)
  const loweredAt = flow.loweredAt === undefined ? undefined : Date.parse(flow.loweredAt)
  const adapted =
    spec.algorithm === 'AIMD'
      ? adaptByAimd(flow.limit, loweredAt, reading, windowMs)
      : adaptByGradient2(flow.limit, flow.usualLatency, reading)
  // A hundredth of a request is more than any service counts, and status keeps it exactly.
  const limit = Math.round(within(spec, adapted.limit) * 100) / 100
  const usualLatency = adapted.usualLatency === undefined ? undefined : Number(adapted.usualLatency.toPrecision(6))
  const isSame = limit === flow.limit && usualLatency === flow.usualLatency && adapted.loweredAt === undefined
  if (isSame) return flow
  return {
    ...flow,
    limit,
    ...(adapted.loweredAt === undefined ? {} : { loweredAt: new Date(adapted.loweredAt).toISOString() }),
    ...(usualLatency === undefined ? {} : { usualLatency }),
  }
}

function readingOf(limit: number, spec: LimitSpec, input: LimitInput): LimitReading {
  const { assessment } = input
  const { findings, blind, limits, observations, at } = assessment
  const load = loadOf(assessment)
  const { latencyP50, latencyP99 } = observations
  const latency = latencyP50?.kind === 'ok' ? latencyP50 : latencyP99
  const isBreached = findings.some((finding) => !finding.eased && finding.value !== undefined)
  return {
    now: Math.floor(at),
    isBreached,
    isCalm: findings.length === 0 && blind.length === 0 && !isAnyLimit('holding', limits),
    // By Little's law requests in flight are rate × latency, and so is what the limit allows of them: their ratio is that of the rates.
    isUsed: load !== undefined && load >= limit / 2,
    latency: latency?.kind === 'ok' ? latency.value : undefined,
    step: Math.max(1, STEP * (capacityOf(spec, input) ?? limit)),
  }
}

function capacityOf({ baseline: declared }: LimitSpec, { ready, baseline }: LimitInput): number | undefined {
  const rps = declared ?? baseline?.rps ?? 0
  return rps > 0 && ready > 0 ? rps * ready : undefined
}

function loadOf({ observations: { rps } }: Assessment): number | undefined {
  return rps?.kind === 'ok' ? rps.value : undefined
}

function within({ floor, ceiling }: LimitSpec, limit: number): number {
  return Math.max(floor, Math.min(ceiling ?? Number.POSITIVE_INFINITY, limit))
}
