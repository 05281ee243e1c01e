// What a CRD's structural schema does to an object: unknown fields are pruned, defaults filled in, the rest is validated.
import { isObject, type JsonObject } from '../json.ts'
import type { SchemaRules } from '../resource.ts'
import { normalised } from './normalise.ts'
import { compileValidator } from './validate.ts'

/** By schema: compiling one takes tens of milliseconds, and a CRD is looked at more than once. */
const known = new WeakMap<JsonObject, SchemaRules>()

/** Throws when the schema can't be compiled. */
export function schemaRules(schema: JsonObject): SchemaRules {
  const before = known.get(schema)
  if (before !== undefined) return before
  const rules: SchemaRules = {
    normalise(object) {
      const { apiVersion, kind, metadata, ...rest } = object
      const body = normalised(rest, schema)
      return { apiVersion, kind, metadata, ...(isObject(body) ? body : {}) }
    },
    validate: compileValidator(schema),
  }
  known.set(schema, rules)
  return rules
}
