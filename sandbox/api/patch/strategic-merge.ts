// Strategic merge patch, as far as it is used: lists of named items are merged by their key, $patch deletes or replaces.
import { isObject, isSame } from '../json.ts'
import { badRequest } from '../status.ts'
import { keyOfItem, type ListKeyOf } from './list-keys.ts'

const DELETE_FROM_LIST = '$deleteFromPrimitiveList/'
const ORDER = '$setElementOrder/'
const RETAIN = '$retainKeys'

/** `target` with the patch merged in. Throws ApiError 400 for an item without its key. */
export function strategicMerge(
  target: unknown,
  patch: unknown,
  listKeyOf: ListKeyOf,
  path: readonly string[] = [],
): unknown {
  if (!isObject(patch)) return patch
  const { $patch: directive, ...rest } = patch
  if (directive === 'delete') return undefined
  if (directive === 'replace') return rest
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith(ORDER)) continue
    if (name === RETAIN) {
      if (Array.isArray(value))
        for (const field of Object.keys(merged)) if (!value.includes(field)) delete merged[field]
      continue
    }
    if (name.startsWith(DELETE_FROM_LIST)) {
      const field = name.slice(DELETE_FROM_LIST.length)
      const gone = Array.isArray(value) ? value : []
      const list = merged[field]
      if (Array.isArray(list)) merged[field] = list.filter((item) => !gone.some((one) => isSame(one, item)))
      continue
    }
    const next = mergeField(merged[name], value, listKeyOf, [...path, name])
    if (next === undefined) delete merged[name]
    else merged[name] = next
  }
  return merged
}

function mergeField(before: unknown, patch: unknown, listKeyOf: ListKeyOf, path: readonly string[]): unknown {
  if (patch === null) return undefined
  if (!Array.isArray(patch)) return strategicMerge(before, patch, listKeyOf, path)
  const keys = listKeyOf(path)
  if (keys === undefined) return patch
  const list = Array.isArray(before) ? before : []
  if (keys === 'set') return [...list, ...patch.filter((item) => !list.some((one) => isSame(one, item)))]
  const merged = mergeList(list, patch, keys, listKeyOf, path)
  return merged.length === 0 ? undefined : merged
}

function mergeList(
  before: readonly unknown[],
  patch: readonly unknown[],
  keys: readonly string[],
  listKeyOf: ListKeyOf,
  path: readonly string[],
): unknown[] {
  if (patch.some((item) => isObject(item) && item.$patch === 'replace' && Object.keys(item).length === 1)) {
    return patch.filter((item) => !(isObject(item) && item.$patch === 'replace'))
  }
  let merged = [...before]
  for (const item of patch) {
    const key = keyOfItem(item, keys)
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${keys}`)
    const isIt = (one: unknown) => isSame(keyOfItem(one, keys), key)
    if (isObject(item) && item.$patch === 'delete') {
      merged = merged.filter((one) => !isIt(one))
      continue
    }
    const index = merged.findIndex(isIt)
    const next = strategicMerge(index === -1 ? {} : merged[index], item, listKeyOf, [...path, '*'])
    if (index === -1) merged.push(next)
    else merged[index] = next
  }
  return merged
}
