// The JSON merge patch (RFC 7386) that turns one value into another: only what differs is written.
import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from './json.ts'

/** Undefined when nothing differs. Fields that are undefined count as absent; lists are replaced whole. */
export function mergePatchOf(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(after)) {
    const was = before[key]
    if (value === undefined) continue
    if (isObject(was) && isObject(value)) {
      const inner = mergePatchOf(was, value)
      if (inner !== undefined) patch[key] = inner
    } else if (!isDeepStrictEqual(was, value)) patch[key] = value
  }
  for (const [key, was] of Object.entries(before)) {
    if (was !== undefined && after[key] === undefined) patch[key] = null
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}
