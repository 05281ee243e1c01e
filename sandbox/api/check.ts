// The way of every object into the store: defaults, pruning, and what it must fulfil.
import { withBuiltInDefaults } from './defaults.ts'
import { type JsonObject, textAt } from './json.ts'
import type { Resource } from './resource.ts'
import { brokenRules } from './rules.ts'
import { invalid } from './status.ts'

/** The object with defaults and without what its schema does not know. Throws ApiError 422 naming every wrong field. */
export function checked(resource: Resource, object: JsonObject, before: JsonObject | undefined): JsonObject {
  const complete = resource.schema?.normalise(object) ?? withBuiltInDefaults(resource.storage, object)
  const causes = [...brokenRules(resource, complete, before), ...(resource.schema?.validate(complete) ?? [])]
  if (causes.length > 0) throw invalid(resource, textAt(object, 'metadata', 'name') ?? '', causes)
  return complete
}
