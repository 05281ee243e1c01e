// Plain JSON values: reading what someone else wrote, comparing, copying and freezing.

export type JsonObject = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of field names; undefined when any part of the way is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const field of path) {
    if (!isObject(here)) return undefined
    here = here[field]
  }
  return here
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

/** The list at a path; empty when there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The object at a path; empty when there is none. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

/** Whether two JSON values say the same; the order of fields does not matter, and a field that is undefined is not there. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false
    return one.every((value, index) => isSame(value, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  for (const name in one) if (!isSame(one[name], other[name])) return false
  for (const name in other) if (other[name] !== undefined && one[name] === undefined) return false
  return true
}

/** A copy that may be changed. */
export function copyOf<T>(value: T): T {
  return structuredClone(value)
}

/** The object with one field replaced at a path; objects on the way are made. Undefined removes the field. */
export function withValueAt(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [field, ...rest] = path
  if (field === undefined) return isObject(value) ? value : {}
  const { [field]: before, ...others } = object
  if (rest.length > 0) return { ...object, [field]: withValueAt(isObject(before) ? before : {}, rest, value) }
  return value === undefined ? others : { ...object, [field]: value }
}

/** Freezes a value and everything in it, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
