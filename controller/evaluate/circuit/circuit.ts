// The circuit of a Guard: closed → open → half-open → closed, or open again for longer.
import type { Assessment, LimitRules } from '../../model/assessment.ts'
import type { Circuit, CircuitRules, TrippingLimit } from '../../model/circuit.ts'
import { describeFinding, describeLimit, describeValue } from '../../model/describe.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { takeMode } from './modes.ts'
import { limitsPast, type PastLimit, readCircuit, trippingBreaches } from './reading.ts'
import { openTimeMs, withinItsTime } from './timers.ts'

type Judged = Pick<LimitRules, 'thresholds' | 'holdMs'>

/**
 * The circuit after this reading. Pure; the same object while nothing changes.
 *
 * | from | to | when |
 * |---|---|---|
 * | Closed | Open | a breach of CPU, errors or latency is confirmed |
 * | Open | HalfOpen | its time is over |
 * | HalfOpen | Open, for longer | a limit is past for the hold time, or in the reading at the end |
 * | HalfOpen | Closed | the reading at the end is well, or quiet |
 * | HalfOpen | Open, as long again | the reading at the end is blind: nothing is known, so nothing is closed |
 *
 * Quiet closes, as Envoy takes an ejected host back by time alone: too few requests came to harm or to judge by, and were
 * it not over, the next breach opens it for longer. The reading at the end is over the whole window, and decides alone.
 */
export function advanceCircuit(
  assessment: Assessment,
  limits: Judged,
  rules: CircuitRules,
  previous: Circuit | undefined,
): Circuit {
  // Status keeps whole milliseconds, and a successor goes on exactly from there.
  const now = Math.floor(assessment.at)
  const circuit = withinItsTime(takeMode(previous, rules, now), rules, now)
  if (rules.mode === 'ForcedOpen' || rules.mode === 'ForcedClosed') return circuit
  if (circuit.judged === 'Closed') return whileClosed(assessment, limits, rules, circuit, now)
  if (circuit.judged === 'HalfOpen') return whileHalfOpen(assessment, limits, rules, circuit, now)
  return isOver(circuit, now) ? halfOpen(circuit, rules, now) : circuit
}

function whileClosed(
  assessment: Assessment,
  { holdMs }: Judged,
  rules: CircuitRules,
  circuit: Circuit,
  now: EpochMs,
): Circuit {
  const breaches = trippingBreaches(assessment)
  if (breaches.length === 0) return withoutPast(circuit)
  // A breach from before it closed, not released yet, presses again on one reading past the limit: it must hold anew.
  const isNew = breaches.some((limit) => {
    const state = assessment.limits[limit]
    return state.phase === 'breached' && Math.floor(state.confirmedAt) >= circuit.since
  })
  if (!isNew && !hasHeld(circuit, holdMs, now)) return pastFrom(circuit, now)
  // Closed for the longest open time: what was before is forgotten.
  const inARow = now - circuit.since >= rules.maxOpenMs ? 1 : circuit.inARow + 1
  const why = assessment.findings.filter(({ limit }) => breaches.some((one) => one === limit)).map(describeFinding)
  return trip(circuit, rules, breaches, inARow, why.join('; '), now)
}

function whileHalfOpen(
  assessment: Assessment,
  limits: Judged,
  rules: CircuitRules,
  circuit: Circuit,
  now: EpochMs,
): Circuit {
  const { observations } = assessment
  const reading = readCircuit(observations, limits, circuit.causes)
  if (reading === 'past') {
    if (!isOver(circuit, now) && !hasHeld(circuit, limits.holdMs, now)) return pastFrom(circuit, now)
    const past = limitsPast(observations, limits)
    const causes = past.map(({ limit }) => limit)
    return trip(circuit, rules, causes, circuit.inARow + 1, past.map(describePast).join('; '), now)
  }
  if (!isOver(circuit, now)) return withoutPast(circuit)
  if (reading === 'blind') return open(circuit, rules, 'What opened it could not be seen while half-open', now)
  return close(circuit, reading, now)
}

function trip(
  circuit: Circuit,
  rules: CircuitRules,
  causes: readonly TrippingLimit[],
  inARow: number,
  reason: string,
  now: EpochMs,
): Circuit {
  return open({ ...circuit, trips: circuit.trips + 1, inARow, causes }, rules, reason, now)
}

function open(circuit: Circuit, rules: CircuitRules, reason: string, now: EpochMs): Circuit {
  const until = now + openTimeMs(rules, circuit.inARow)
  return { ...withoutPast(circuit), judged: 'Open', since: now, until, reason }
}

function halfOpen(circuit: Circuit, rules: CircuitRules, now: EpochMs): Circuit {
  const until = now + rules.halfOpenMs
  return { ...circuit, judged: 'HalfOpen', since: now, until, reason: 'Its open time is over: it is tried again' }
}

function close(circuit: Circuit, reading: 'well' | 'quiet', now: EpochMs): Circuit {
  const { until: _, ...rest } = withoutPast(circuit)
  const reason =
    reading === 'well'
      ? 'Within its limits while half-open'
      : 'Nothing was past its limit while half-open, with too few requests to judge by'
  return { ...rest, judged: 'Closed', since: now, reason }
}

function isOver({ until }: Circuit, now: EpochMs): boolean {
  return until === undefined || now >= until
}

function hasHeld({ pastSince }: Circuit, holdMs: Milliseconds, now: EpochMs): boolean {
  return now - (pastSince ?? now) >= holdMs
}

function pastFrom(circuit: Circuit, now: EpochMs): Circuit {
  return circuit.pastSince === undefined ? { ...circuit, pastSince: now } : circuit
}

function withoutPast(circuit: Circuit): Circuit {
  if (circuit.pastSince === undefined) return circuit
  const { pastSince: _, ...rest } = circuit
  return rest
}

function describePast({ limit, value, threshold }: PastLimit): string {
  const [is, allowed] = [describeValue(limit, value), describeValue(limit, threshold)]
  return `${describeLimit(limit)} was ${is} while half-open, over its limit of ${allowed}`
}
