// Which fields an object has: a set of paths, and its form in metadata.managedFields (FieldsV1).
import { isObject, type JsonObject } from '../json.ts'
import { keyOfItem, type ListKeyOf } from '../patch/list-keys.ts'

/** A path as one text: its elements ("f:spec", "k:{…}", "v:…", or "." for an item itself), joined. */
export type FieldPath = string
export type FieldSet = ReadonlySet<FieldPath>

const JOINT = '\u001f'
const NOT_OWNED = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
])

export function elementsOf(path: FieldPath): readonly string[] {
  return path.split(JOINT)
}

/** Every field that can be owned, with its value. */
export function fieldsOf(object: JsonObject, listKeyOf: ListKeyOf): Map<FieldPath, unknown> {
  const { apiVersion: _, kind: __, metadata, ...rest } = object
  const found = new Map<FieldPath, unknown>()
  const owned = isObject(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([name]) => !NOT_OWNED.has(name)))
    : {}
  if (Object.keys(owned).length > 0) walkObject(owned, ['f:metadata'], ['metadata'], listKeyOf, found)
  if (Object.keys(rest).length > 0) walkObject(rest, [], [], listKeyOf, found)
  return found
}

function walk(
  value: unknown,
  elements: readonly string[],
  path: readonly string[],
  listKeyOf: ListKeyOf,
  found: Map<FieldPath, unknown>,
): void {
  if (isObject(value) && Object.keys(value).length > 0) {
    walkObject(value, elements, path, listKeyOf, found)
    return
  }
  const items = Array.isArray(value) ? elementsOfItems(value, listKeyOf(path)) : undefined
  if (items === undefined) {
    found.set(elements.join(JOINT), value)
    return
  }
  for (const [element, item] of items) {
    const at = [...elements, element]
    if (element.startsWith('v:')) found.set(at.join(JOINT), item)
    else {
      found.set([...at, '.'].join(JOINT), null)
      if (isObject(item)) walkObject(item, at, [...path, '*'], listKeyOf, found)
    }
  }
}

function walkObject(
  value: JsonObject,
  elements: readonly string[],
  path: readonly string[],
  listKeyOf: ListKeyOf,
  found: Map<FieldPath, unknown>,
): void {
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) walk(field, [...elements, `f:${name}`], [...path, name], listKeyOf, found)
  }
}

/** The items of a list with the element of each; undefined when the list is one value. */
export function elementsOfItems(
  list: readonly unknown[],
  keys: ReturnType<ListKeyOf>,
): ReadonlyMap<string, unknown> | undefined {
  if (keys === undefined || list.length === 0) return undefined
  const items = new Map<string, unknown>()
  for (const item of list) {
    const key = keys === 'set' ? item : keyOfItem(item, keys)
    if (key === undefined) return undefined
    items.set(`${keys === 'set' ? 'v' : 'k'}:${JSON.stringify(key)}`, item)
  }
  // Two items that can't be told apart can't be owned apart.
  return items.size === list.length ? items : undefined
}

/** The set as FieldsV1. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const root: Tree = {}
  for (const path of [...set].sort()) {
    let here = root
    for (const element of elementsOf(path)) {
      here[element] ??= {}
      here = here[element]
    }
  }
  return root
}

interface Tree {
  [element: string]: Tree
}

const known = new WeakMap<object, FieldSet>()

/** The set that FieldsV1 stands for. */
export function fromFieldsV1(fields: JsonObject): FieldSet {
  const before = known.get(fields)
  if (before !== undefined) return before
  const set = new Set<FieldPath>()
  collect(fields, [], set)
  known.set(fields, set)
  return set
}

function collect(tree: JsonObject, elements: readonly string[], set: Set<FieldPath>): void {
  for (const [element, below] of Object.entries(tree)) {
    const path = [...elements, element]
    if (isObject(below) && Object.keys(below).length > 0) collect(below, path, set)
    else set.add(path.join(JOINT))
  }
}

/** For messages: ".spec.containers[name="web"].image". */
export function describePath(path: FieldPath): string {
  return elementsOf(path)
    .filter((element) => element !== '.')
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`
      const key: unknown = JSON.parse(element.slice(2))
      const pairs = Object.entries(isObject(key) ? key : {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      return `[${pairs.join(',')}]`
    })
    .join('')
}
