// A structural schema of Kubernetes as the JSON Schema that means the same.
import { isObject, type JsonObject } from '../json.ts'

/** Keywords that hold values or words, not schemas. */
const PLAIN = new Set([
  'type',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'required',
  'enum',
])

export function toJsonSchema(schema: unknown): JsonObject | boolean {
  if (!isObject(schema)) return schema !== false
  const out: Record<string, unknown> = {}
  for (const [word, value] of Object.entries(schema)) {
    if (PLAIN.has(word)) out[word] = value
    else if (word === 'properties' && isObject(value)) {
      out.properties = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJsonSchema(part)]))
    } else if (word === 'items' || word === 'additionalProperties' || word === 'not') out[word] = toJsonSchema(value)
    else if ((word === 'anyOf' || word === 'oneOf' || word === 'allOf') && Array.isArray(value)) {
      out[word] = value.map(toJsonSchema)
    }
  }
  return withNull(withIntOrString(withExclusiveLimits(out, schema), schema), schema)
}

/** OpenAPI 3.0 says exclusiveMinimum: true beside minimum; JSON Schema gives the number itself. */
function withExclusiveLimits(out: Record<string, unknown>, schema: JsonObject): Record<string, unknown> {
  if (schema.exclusiveMinimum === true) {
    out.exclusiveMinimum = out.minimum
    delete out.minimum
  }
  if (schema.exclusiveMaximum === true) {
    out.exclusiveMaximum = out.maximum
    delete out.maximum
  }
  return out
}

function withIntOrString(out: Record<string, unknown>, schema: JsonObject): Record<string, unknown> {
  if (schema['x-kubernetes-int-or-string'] !== true) return out
  const { anyOf: _, ...rest } = out
  return { ...rest, type: ['integer', 'string'] }
}

function withNull(out: Record<string, unknown>, schema: JsonObject): Record<string, unknown> {
  if (schema.nullable !== true) return out
  const type = Array.isArray(out.type) ? out.type : typeof out.type === 'string' ? [out.type] : undefined
  return {
    ...out,
    ...(type === undefined ? {} : { type: [...type, 'null'] }),
    ...(Array.isArray(out.enum) ? { enum: [...out.enum, null] } : {}),
  }
}
