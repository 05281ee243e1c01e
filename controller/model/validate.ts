// Judges a Guard before it is used: each fault names the field, the value, what is wrong and what to do.
import { type Fault, faultsOf, shorten } from './faults.ts'
import { GUARD_SPEC, type GuardSpec } from './guard.ts'
import { objectiveFaults, objectiveNotices } from './objectives-check.ts'
import { EVERY_SIGNAL } from './profiles.ts'
import { findSignalFaults, labelsOf, placeTextOf, type TakeFault } from './signal-faults.ts'
import { LABEL_PATTERN } from './signals-spec.ts'
import { findTimetableFaults } from './timetable-faults.ts'
import { judgeRemedies } from './validate-remedies.ts'

export type Validation =
  | { readonly ok: true; readonly spec: GuardSpec; readonly notices: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Validates a Guard's `spec` as it came from YAML or the API: first its shape, then what its fields say to each other. */
export function validateGuardSpec(raw: unknown): Validation {
  const parsed = GUARD_SPEC.safeParse(raw ?? {})
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error, raw, GUARD_SPEC) }
  const faults = contradictions(parsed.data)
  if (faults.length > 0) return { ok: false, faults }
  const notices = objectiveNotices(parsed.data).map(
    ([field, value, message, remedy]): Fault => ({ field: `spec.${field}`, value: shorten(value), message, remedy }),
  )
  return { ok: true, spec: parsed.data, notices }
}

function contradictions(spec: GuardSpec): Fault[] {
  const faults: Fault[] = []
  const fault: TakeFault = (field, value, message, remedy) =>
    void faults.push({ field: `spec.${field}`, value: shorten(value), message, remedy })
  const { scrape, prometheus } = spec.signals.from
  const { interval, timeout } = scrape ?? prometheus
  const origin = `signals.from.${scrape === undefined ? 'prometheus' : 'scrape'}`
  if (timeout !== undefined && timeout > interval)
    fault(`${origin}.timeout`, `${timeout}ms`, 'is longer than the interval', `make it shorter than ${origin}.interval`)
  if (scrape !== undefined && spec.limits.window < 2 * interval)
    fault(
      'limits.window',
      `${spec.limits.window}ms`,
      'is shorter than two scrape intervals',
      'make it at least twice signals.from.scrape.interval',
    )
  for (const said of objectiveFaults(spec)) fault(...said)
  const { openFor, maxOpenFor, halfOpenFor } = spec.circuit
  if (openFor > maxOpenFor)
    fault(
      'circuit.openFor',
      `${openFor}ms`,
      `is longer than maxOpenFor, which is ${maxOpenFor}ms`,
      'make it at most circuit.maxOpenFor, or that longer',
    )
  if (halfOpenFor !== undefined && halfOpenFor < spec.limits.window)
    fault(
      'circuit.halfOpenFor',
      `${halfOpenFor}ms`,
      'is shorter than limits.window, so that it would be judged by what was before it',
      'make it at least limits.window, or leave it out',
    )
  if (prometheus !== undefined)
    for (const [field, name] of labelsReadHere(spec.signals))
      if (!LABEL_PATTERN.test(name))
        fault(
          field,
          name,
          'is no label that Prometheus knows',
          'write the label as the server has it, like status_code',
        )
  findSignalFaults(spec.signals, fault)
  judgeRemedies(spec, fault)
  findTimetableFaults(spec, fault)
  const { profile, from: _from, ...overrides } = spec.signals
  if (profile === 'generic' && Object.values(overrides).every((override) => override === undefined))
    fault(
      'signals.profile',
      profile,
      'names no metric, and none is named beside it',
      'name at least one of rps, errors, latency, cpu, pool, queue in spec.signals, or choose another profile',
    )
  return faults
}

/** The labels of the signals that are read where `from` says, each with the field that names it. */
function labelsReadHere(signals: GuardSpec['signals']): [field: string, name: string][] {
  return EVERY_SIGNAL.flatMap((signal) => {
    const override = signals[signal]
    if (override === undefined || placeTextOf(override) !== undefined) return []
    return labelsOf(override).map(([field, label]): [string, string] => [`signals.${signal}.${field}`, label])
  })
}
