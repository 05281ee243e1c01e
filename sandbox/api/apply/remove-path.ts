// Takes one field out of an object, and with it whatever it leaves empty.
import { isObject, type JsonObject } from '../json.ts'
import type { ListKeyOf } from '../patch/list-keys.ts'
import { elementsOf, elementsOfItems, type FieldPath } from './field-set.ts'

/**
 * The object without the field. An item of a list goes as a whole, unless `isOwned` says that something in it belongs to
 * somebody.
 */
export function withoutPath(
  object: JsonObject,
  path: FieldPath,
  listKeyOf: ListKeyOf,
  isOwned: (path: FieldPath) => boolean,
): JsonObject {
  const elements = elementsOf(path)
  if (elements.at(-1) === '.' && isOwned(path.slice(0, -1))) return object
  const next = without(object, elements, listKeyOf, [])
  return isObject(next) ? next : {}
}

function without(value: unknown, elements: readonly string[], listKeyOf: ListKeyOf, path: readonly string[]): unknown {
  const [element, ...rest] = elements
  if (element === undefined || element === '.') return undefined
  if (element.startsWith('f:')) {
    const name = element.slice(2)
    if (!isObject(value) || value[name] === undefined) return value
    const { [name]: field, ...others } = value
    const next = without(field, rest, listKeyOf, [...path, name])
    if (next !== undefined) return { ...value, [name]: next }
    return Object.keys(others).length === 0 && path.length > 0 ? undefined : others
  }
  const items = Array.isArray(value) ? elementsOfItems(value, listKeyOf(path)) : undefined
  const item = items?.get(element)
  if (items === undefined || item === undefined) return value
  const next = without(item, rest, listKeyOf, [...path, '*'])
  const kept = [...items].flatMap(([one, other]) => (one !== element ? [other] : next === undefined ? [] : [next]))
  return kept.length === 0 ? undefined : kept
}
