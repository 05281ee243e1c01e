// What is wrong with a spec, said so that it can be put right: the field, its value, the fault and the remedy.
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'

export interface Fault {
  /** Path of the field, e.g. "spec.limits.cpu". */
  readonly field: string
  /** The offending value as JSON, shortened; undefined when the field is missing. */
  readonly value: string | undefined
  readonly message: string
  readonly remedy: string
}

type JsonSchema = {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
}
const schemas = new WeakMap<z.ZodType, JsonSchema>()

/** The faults that a schema found in a `spec`, one for each field. */
export function faultsOf(error: z.ZodError, raw: unknown, schema: z.ZodType): Fault[] {
  const faults = error.issues.flatMap((issue) => describeIssue(issue, raw, schema))
  return faults.filter((one, index) => faults.findIndex((other) => other.field === one.field) === index)
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

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, schema: z.ZodType): Fault[] {
  const value = valueAt(raw, issue.path)
  const about = { field: pathText(issue.path), value: shorten(value) }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: pathText([...issue.path, key]),
        value: shorten(valueAt(raw, [...issue.path, key])),
        message: 'is not a known field',
        remedy: suggestKey(schema, key, issue.path),
      }))
    case 'invalid_union':
      return [{ ...about, message: 'has none of the forms it may have', remedy: hint(schema, issue.path) }]
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
          remedy: hint(schema, issue.path, value === undefined),
        },
      ]
    case 'too_small':
      return [
        {
          ...about,
          message: `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`,
          remedy: hint(schema, issue.path),
        },
      ]
    case 'too_big':
      return [{ ...about, message: `must be at most ${issue.maximum}`, remedy: hint(schema, issue.path) }]
    default:
      return [{ ...about, message: issue.message, remedy: hint(schema, issue.path) }]
  }
}

function suggestKey(schema: z.ZodType, key: string, path: readonly PropertyKey[]): string {
  const known = Object.keys(schemaAt(schema, path)?.properties ?? {})
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
function hint(schema: z.ZodType, path: readonly PropertyKey[], missing = false): string {
  const { description, default: example } = schemaAt(schema, path) ?? {}
  const purpose = description?.replace(/[.…]+$/, '') ?? 'see its reference page'
  if (missing) return `add it (${purpose})`
  return typeof example === 'string' || typeof example === 'number'
    ? `write it like ${JSON.stringify(example)} (${purpose})`
    : `correct it (${purpose})`
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): JsonSchema | undefined {
  const known = schemas.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }) as JsonSchema)
  schemas.set(schema, known)
  let at: JsonSchema | undefined = known
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

/** A value as JSON, cut to what fits in a sentence. */
export function shorten(value: unknown): string | undefined {
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
