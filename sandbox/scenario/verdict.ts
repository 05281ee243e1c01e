// What a run comes to: was it healed, when did what happen, and what did it cost. Pure.
import type { LoadSecond } from '../load/seconds.ts'
import type { RequestCounts, Summary } from '../view/model.ts'

/** An Incident, in epoch ms. */
export interface IncidentTimes {
  readonly guard: string
  readonly phase: 'Open' | 'Mitigated' | 'Resolved'
  readonly onset: number
  readonly detected: number | undefined
  readonly firstAct: number | undefined
  readonly mitigated: number | undefined
}

/** What a run left behind. Moments are epoch ms. */
export interface Run {
  readonly scenario: string
  readonly fault: string
  /** The Guard that should notice. */
  readonly target: string
  readonly withController: boolean
  readonly startedAt: number
  readonly faultAt: number
  /** Undefined when the run ended before the fault did. */
  readonly faultOffAt: number | undefined
  readonly endedAt: number
  /** Those that were open since the fault began, as they were when the fault ended, and as they are now. */
  readonly incidentsAtFaultOff: readonly IncidentTimes[]
  readonly incidents: readonly IncidentTimes[]
  /** Why no remedy is left, by the Guard that says so; undefined when none does. */
  readonly exhausted: string | undefined
  readonly load: readonly LoadSecond[]
  readonly replicas: Summary['replicas']
  readonly acts: Summary['acts']
  readonly compared: Summary['compared']
  readonly comparedShedding: Summary['comparedShedding']
}

/** A second is well when hardly any request failed and none was slow. */
const WELL = { failedRatio: 0.01, p99Ms: 500 } as const
/** How long all must be well to count as recovered, and how much of the fault's end must be well to count as healed. */
const LASTING_SECONDS = 5
/** From an act to its effect: new replicas have to start. */
const EFFECT_MS = 4_000

export function summarise(run: Run): Summary {
  const { incidents } = run
  const why = whyNotHealed(run)
  const since = run.load.filter((second) => second.at >= run.faultAt - 1_000)
  const firstAct = earliest(incidents.map((one) => one.firstAct))
  return {
    scenario: run.scenario,
    fault: run.fault,
    withController: run.withController,
    healed: why === undefined,
    why,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    onset: earliest(incidents.map((one) => one.onset)),
    detected: earliest(incidents.map((one) => one.detected)),
    firstAct,
    mitigated: mitigatedAt(incidents),
    recovered: recoveredAt(since) ?? mitigatedAt(incidents),
    requests: countRequests(since, firstAct),
    replicas: run.replicas,
    acts: run.acts,
    estimate: run.withController ? estimate(run, since, firstAct) : undefined,
    compared: run.compared,
    comparedShedding: run.comparedShedding,
  }
}

/** Why this run does not count as healed, in one sentence; undefined when it does. */
function whyNotHealed(run: Run): string | undefined {
  const { incidents, incidentsAtFaultOff, faultOffAt, load, target } = run
  if (!run.withController) return 'No controller was running.'
  if (faultOffAt === undefined) return 'The run was stopped before the fault was over.'
  if (incidents.length === 0) return `No incident was opened: no limit of ${target} was passed.`
  const open = incidentsAtFaultOff.find((one) => one.phase === 'Open')
  if (open !== undefined)
    return `${open.guard} was still past its limits when the fault ended${run.exhausted === undefined ? '.' : `: ${run.exhausted}`}`
  if (incidents.every((one) => one.firstAct === undefined)) return 'It ended without an act of the controller.'
  const last = load.filter((one) => one.at >= faultOffAt - (LASTING_SECONDS + 1) * 1_000 && one.at < faultOffAt - 1_000)
  const ill = last.filter((second) => !isWell(second))
  if (ill.length > 1)
    return `Requests still failed or were slow in ${ill.length} of the last ${last.length} seconds of the fault.`
  const unresolved = incidents.find((one) => one.phase !== 'Resolved')
  return unresolved === undefined ? undefined : `The incident of ${unresolved.guard} was not resolved by the end.`
}

/** Hardly any request failed, and none was slow. */
export function isWell({ sent, failed, p99Ms }: LoadSecond): boolean {
  return failed <= sent * WELL.failedRatio && p99Ms <= WELL.p99Ms
}

/** When the last incident was back under its limits; undefined while one is not. */
function mitigatedAt(incidents: readonly IncidentTimes[]): number | undefined {
  const times = incidents.map((one) => one.mitigated)
  return times.length === 0 || times.includes(undefined) ? undefined : Math.max(...times.map((time) => time ?? 0))
}

/** The second after the last that was not well; undefined when it did not last, or all was well throughout. */
function recoveredAt(seconds: readonly LoadSecond[]): number | undefined {
  const lastIll = seconds.findLastIndex((second) => !isWell(second))
  if (lastIll < 0 || seconds.length - 1 - lastIll < LASTING_SECONDS) return undefined
  return seconds[lastIll + 1]?.at
}

function countRequests(seconds: readonly LoadSecond[], firstAct: number | undefined): RequestCounts {
  const before = firstAct === undefined ? seconds : seconds.filter((second) => second.at < firstAct)
  const failed = sum(seconds, 'failed')
  const failedBeforeFirstAct = sum(before, 'failed')
  return {
    sent: sum(seconds, 'sent'),
    ok: sum(seconds, 'ok'),
    failed,
    failedBeforeFirstAct,
    failedAfterFirstAct: firstAct === undefined ? undefined : failed - failedBeforeFirstAct,
  }
}

/** The share that failed while nothing had been done yet, held against all requests of the fault. */
function estimate(run: Run, seconds: readonly LoadSecond[], firstAct: number | undefined): Summary['estimate'] {
  if (firstAct === undefined) return undefined
  const untreated = seconds.filter((one) => one.at >= run.faultAt && one.at < firstAct + EFFECT_MS)
  const during = seconds.filter((one) => one.at >= run.faultAt && one.at < (run.faultOffAt ?? run.endedAt))
  const [sent, failed] = [sum(untreated, 'sent'), sum(untreated, 'failed')]
  if (failed === 0) return undefined
  const share = failed / sent
  const percent = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
  return {
    failed: Math.round(share * sum(during, 'sent')),
    basis: `${percent} of the requests failed until the first act took effect; without it, it is assumed, so would those of the whole fault`,
  }
}

function sum(seconds: readonly LoadSecond[], what: 'sent' | 'ok' | 'failed'): number {
  return seconds.reduce((total, second) => total + second[what], 0)
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
