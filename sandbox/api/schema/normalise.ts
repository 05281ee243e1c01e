// Pruning and defaulting by a structural schema, in one walk.
import { at, copyOf, isObject, type JsonObject } from '../json.ts'

/** The value without fields that the schema does not know, and with its defaults. */
export function normalised(value: unknown, schema: unknown): unknown {
  if (Array.isArray(value)) {
    const items = at(schema, 'items')
    return items === undefined ? value : value.map((item) => normalised(item, items))
  }
  if (!isObject(value)) return value
  const properties = at(schema, 'properties')
  const additional = at(schema, 'additionalProperties')
  const keepsAll = at(schema, 'x-kubernetes-preserve-unknown-fields') === true || additional === true
  const isEmbedded = at(schema, 'x-kubernetes-embedded-resource') === true
  const kept: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    const known = at(properties, name)
    if (known !== undefined) {
      // A null where none may be stands for "not given", so that a default can take its place.
      if (field === null && at(known, 'nullable') !== true) continue
      kept[name] = normalised(field, known)
    } else if (isObject(additional)) kept[name] = normalised(field, additional)
    else if (keepsAll || (isEmbedded && ['apiVersion', 'kind', 'metadata'].includes(name))) kept[name] = field
  }
  return withDefaults(kept, properties)
}

function withDefaults(object: Record<string, unknown>, properties: unknown): JsonObject {
  if (!isObject(properties)) return object
  for (const [name, schema] of Object.entries(properties)) {
    const fallback = at(schema, 'default')
    if (object[name] === undefined && fallback !== undefined) object[name] = normalised(copyOf(fallback), schema)
  }
  return object
}
