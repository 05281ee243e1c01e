// What a CRD's structural schema does to an object: unknown fields are pruned, defaults filled in, the rest is validated.
import { isObject, type JsonObject } from '../json.ts'
import type { SchemaRules } from '../resource.ts'
import { normalised } from './normalise.ts'
import { compileValidator } from './validate.ts'

/** Throws when the schema can't be compiled. */
export function schemaRules(schema: JsonObject): SchemaRules {
  const validate = compileValidator(schema)
  return {
    normalise(object) {
      const { apiVersion, kind, metadata, ...rest } = object
      const body = normalised(rest, schema)
      return { apiVersion, kind, metadata, ...(isObject(body) ? body : {}) }
    },
    validate,
  }
}
