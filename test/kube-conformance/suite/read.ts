// Reading JSON at a path of names and indexes.
import { isObject, type JsonObject } from '../../../controller/kube/json.ts'

export { listAt, numberAt, textAt } from '../../../controller/kube/json.ts'

/** The value at a path; a number is an index into a list. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const part of path) {
    if (Array.isArray(here) && typeof part === 'number') here = here[part]
    else if (isObject(here) && typeof part === 'string') here = here[part]
    else return undefined
  }
  return here
}

/** The object at a field; empty when there is none. */
export function objectAtOf(value: unknown, field: string): JsonObject {
  const found = at(value, field)
  return isObject(found) ? found : {}
}
