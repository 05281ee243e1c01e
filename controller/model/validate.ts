// Judges a Guard before it is used: each fault names the field, the value, what is wrong and what to do.
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { GUARD_SPEC, type GuardSpec } from './guard.ts'
import { objectiveFaults, objectiveNotices } from './objectives-check.ts'
import { EVERY_SIGNAL } from './profiles.ts'
import { findSignalFaults, labelsOf, placeTextOf, type TakeFault } from './signal-faults.ts'
import { LABEL_PATTERN } from './signals-spec.ts'
import { findTimetableFaults } from './timetable-faults.ts'

export interface Fault {
  /** Path of the field, e.g. "spec.limits.cpu". */
  readonly field: string
  /** The offending value as JSON, shortened; undefined when the field is missing. */
  readonly value: string | undefined
  readonly message: string
  readonly remedy: string
}

export type Validation =
  | { readonly ok: true; readonly spec: GuardSpec; readonly notices: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

type JsonSchema = {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
}
let schemaOfSpec: JsonSchema | undefined

/** Validates a Guard's `spec` as it came from YAML or the API: first its shape, then what its fields say to each other. */
export function validateGuardSpec(raw: unknown): Validation {
  const parsed = GUARD_SPEC.safeParse(raw ?? {})
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue) => describeIssue(issue, raw))
    return {
      ok: false,
      faults: faults.filter((one, index) => faults.findIndex((other) => other.field === one.field) === index),
    }
  }
  const faults = contradictions(parsed.data)
  if (faults.length > 0) return { ok: false, faults }
  const notices = objectiveNotices(parsed.data).map(
    ([field, value, message, remedy]): Fault => ({ field: `spec.${field}`, value: shorten(value), message, remedy }),
  )
  return { ok: true, spec: parsed.data, notices }
}

/** One clear sentence for a condition's message: the first fault, and how many more there are. */
export function describeFaults(faults: readonly Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'The spec is accepted.'
  const value = first.value === undefined ? '' : ` (${first.value})`
  const more = faults.length > 1 ? ` And ${faults.length - 1} more.` : ''
  const end = /[?.!]$/.test(first.remedy) ? '' : '.'
  return `${first.field}${value} ${first.message}: ${first.remedy}${end}${more}`
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
  if (spec.remedies.length > 1)
    fault('remedies', spec.remedies.length, 'has the scale remedy more than once', 'keep one')
  for (const [index, { scale }] of spec.remedies.entries()) {
    if (scale.min > scale.max)
      fault(`remedies[${index}].scale.min`, scale.min, `is above max, which is ${scale.max}`, 'make min at most max')
    if (scale.perReplica !== undefined && spec.signals.profile === 'generic' && spec.signals.rps === undefined)
      fault(
        `remedies[${index}].scale.perReplica.rps`,
        scale.perReplica.rps,
        'needs the signal rps, and the profile generic names no metric for it',
        'name the counter in spec.signals.rps',
      )
  }
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

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): Fault[] {
  const value = valueAt(raw, issue.path)
  const about = { field: pathText(issue.path), value: shorten(value) }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: pathText([...issue.path, key]),
        value: shorten(valueAt(raw, [...issue.path, key])),
        message: 'is not a known field',
        remedy: suggestKey(key, issue.path),
      }))
    case 'invalid_union':
      return [{ ...about, message: 'has none of the forms it may have', remedy: hint(issue.path) }]
    case 'invalid_value':
      return [
        {
          ...about,
          message: value === undefined ? 'is missing' : 'is not one of the values it may have',
          remedy: `${suggestValue(value, issue.values.map(String))}write ${listOf(issue.values.map(String))}`,
        },
      ]
    case 'invalid_type':
      return [
        {
          ...about,
          message: value === undefined ? 'is missing' : `is ${typeOf(value)}, not ${article(issue.expected)}`,
          remedy: hint(issue.path, value === undefined),
        },
      ]
    case 'too_small':
      return [
        {
          ...about,
          message: `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`,
          remedy: hint(issue.path),
        },
      ]
    case 'too_big':
      return [{ ...about, message: `must be at most ${issue.maximum}`, remedy: hint(issue.path) }]
    default:
      return [{ ...about, message: issue.message, remedy: hint(issue.path) }]
  }
}

function suggestKey(key: string, path: readonly PropertyKey[]): string {
  const known = Object.keys(schemaAt(path)?.properties ?? {})
  if (known.length === 0) return 'remove it'
  const alike = known.filter((one) => one[0] === key[0])
  const nearest = closest(key, alike.length > 0 ? alike : known)
  if (distance(key, nearest) <= 2) return `did you mean ${nearest}?`
  return `remove it; known here: ${known.join(', ')}`
}

/** "did you mean pgbouncer? Or ", where a value is nearly one that is known. */
function suggestValue(value: unknown, known: readonly string[]): string {
  if (typeof value !== 'string' || value === '') return ''
  const nearest = closest(value, [...known])
  return distance(value, nearest) <= 2 ? `did you mean ${nearest}? Or ` : ''
}

/** What to write there, from the schema: its default as an example, and what the field is for. */
function hint(path: readonly PropertyKey[], missing = false): string {
  const { description, default: example } = schemaAt(path) ?? {}
  const purpose = description?.replace(/[.…]+$/, '') ?? 'see the reference of the Guard'
  if (missing) return `add it (${purpose})`
  return typeof example === 'string' || typeof example === 'number'
    ? `write it like ${JSON.stringify(example)} (${purpose})`
    : `correct it (${purpose})`
}

function schemaAt(path: readonly PropertyKey[]): JsonSchema | undefined {
  schemaOfSpec ??= z.toJSONSchema(GUARD_SPEC, { io: 'input', target: 'openapi-3.0' }) as JsonSchema
  let at: JsonSchema | undefined = schemaOfSpec
  for (const key of path) at = typeof key === 'number' ? at?.items : at?.properties?.[String(key)]
  return at
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'spec',
  )
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    raw,
  )
}

function shorten(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  return text !== undefined && text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function listOf(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : article(typeof value)
}

function article(type: string): string {
  const name = { record: 'object', int: 'whole number', array: 'list' }[type] ?? type
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`
}
