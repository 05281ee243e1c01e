// Reading JSON that someone else wrote: each function takes `unknown` and gives a typed value or undefined, and never throws.

export type JsonObject = Readonly<Record<string, unknown>>

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

/** A finite number at a path. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** The list at a path; empty when there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The fields of the object at a path whose values are text, such as labels; empty when there is none. */
export function textsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const found = at(value, ...path)
  const texts: Record<string, string> = {}
  if (!isObject(found)) return texts
  for (const [key, text] of Object.entries(found)) if (typeof text === 'string') texts[key] = text
  return texts
}

/** Freezes a value and everything in it, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
