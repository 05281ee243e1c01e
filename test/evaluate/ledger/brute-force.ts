// The ledger second by second, as slowly and as plainly as it can be said: what the real one must agree with.
import { DEGRADED_WEIGHT, type Interval, type LedgerFigures } from '../../../controller/model/ledger.ts'

export interface Question {
  readonly windowMs: number
  readonly at: number
  readonly since?: number | undefined
  readonly mergeGapMs?: number
  readonly minDurationMs?: number
}

/** Every time is a whole second. */
export function bruteForce(intervals: readonly Interval[], question: Question): LedgerFigures {
  const { windowMs, at, since = Number.NEGATIVE_INFINITY, mergeGapMs = 0, minDurationMs = 0 } = question
  const from = Math.min(at, Math.max(at - windowMs, since)) / 1000
  const to = at / 1000
  const holds = (one: Interval, second: number) =>
    one.start <= second * 1000 && second * 1000 < (one.end ?? Number.POSITIVE_INFINITY)
  const is = (kind: Interval['kind'], second: number) =>
    intervals.some((one) => one.kind === kind && holds(one, second))

  // Which outage each second belongs to, from long before the window to one second past its end.
  const first = Math.min(from, ...intervals.map((one) => one.start / 1000))
  const down: boolean[] = []
  for (let second = first; second <= to; second++) down.push(is('down', second))
  for (let index = 0, lastDown = -1; index < down.length; index++) {
    if (down[index] !== true) continue
    if (lastDown >= 0 && index - lastDown - 1 > 0 && (index - lastDown - 1) * 1000 < mergeGapMs && index < to - first)
      for (let gap = lastDown + 1; gap < index; gap++) down[gap] = true
    lastDown = index
  }
  const outages: { seconds: number[]; isOpen: boolean }[] = []
  for (let index = 0; index < down.length - 1; index++) {
    if (down[index] !== true) continue
    if (down[index - 1] !== true) outages.push({ seconds: [], isOpen: false })
    outages.at(-1)?.seconds.push(first + index)
  }
  const last = outages.at(-1)
  if (last !== undefined && last.seconds.at(-1) === to - 1 && is('down', to)) last.isOpen = true
  const counted = outages.filter((one) => one.seconds.length * 1000 >= minDurationMs)
  const isDown = new Set(counted.flatMap((one) => one.seconds))

  const sum = { observed: 0, maintenance: 0, down: 0, unknown: 0, up: 0, lost: 0 }
  for (let second = from; second < to; second++) {
    sum.observed++
    if (is('maintenance', second)) sum.maintenance++
    else if (isDown.has(second)) sum.down++
    else if (is('unknown', second)) sum.unknown++
    else {
      sum.up++
      const weights = intervals
        .filter((one) => one.kind === 'degraded' && holds(one, second))
        .map((one) => one.weight ?? DEGRADED_WEIGHT)
      sum.lost += Math.max(0, ...weights)
    }
  }
  const felt = counted
    .map((one) => ({ ...one, seconds: one.seconds.filter((second) => second >= from && !is('maintenance', second)) }))
    .filter((one) => one.seconds.length > 0)
  const n = felt.length
  const closed = felt.filter((one) => !one.isOpen)
  const lengths = felt.map((one) => one.seconds.length)
  return {
    window: windowMs / 1000,
    observed: sum.observed,
    unknown: sum.unknown,
    maintenance: sum.maintenance,
    down: sum.down,
    outages: n,
    availability: sum.up + sum.down === 0 ? null : sum.up / (sum.up + sum.down),
    availabilityWeighted: sum.up + sum.down === 0 ? null : 1 - (sum.lost + sum.down) / (sum.up + sum.down),
    mtbfSeconds: n === 0 ? null : sum.up / n,
    mttrSeconds: n === 0 ? null : sum.down / n,
    mttrClosedSeconds:
      closed.length === 0 ? null : closed.reduce((total, one) => total + one.seconds.length, 0) / closed.length,
    mttrMedianSeconds: nth(0.5, lengths),
    mttrP90Seconds: nth(0.9, lengths),
    openIncidents: n - closed.length,
    coverage: sum.observed === sum.maintenance ? null : 1 - sum.unknown / (sum.observed - sum.maintenance),
  }
}

function nth(q: number, lengths: readonly number[]): number | null {
  const sorted = lengths.toSorted((a, b) => a - b)
  const rank = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]
  return low === undefined || high === undefined ? null : low * (1 - (rank % 1)) + high * (rank % 1)
}
