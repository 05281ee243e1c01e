// Server-side apply: the manager's fields become exactly those of its configuration, and fields of others stay.
import { isObject, isSame, type JsonObject } from '../json.ts'
import type { ListKeyOf } from '../patch/list-keys.ts'
import { ApiError, type Cause } from '../status.ts'
import { describePath, elementsOfItems, type FieldPath, type FieldSet, fieldsOf } from './field-set.ts'
import { isSameManager, type Manager, managersOf, type Writer, withManagers, withWriter } from './managers.ts'
import { withoutPath } from './remove-path.ts'

/**
 * The live object after the configuration was applied. Throws ApiError 409 naming every field that another manager owns
 * and has another value, unless `force`.
 */
export function applyConfiguration(
  live: JsonObject,
  configuration: JsonObject,
  writer: Writer,
  force: boolean,
  listKeyOf: ListKeyOf,
): JsonObject {
  const managers = managersOf(live)
  const current = fieldsOf(live, listKeyOf)
  const wanted = fieldsOf(configuration, listKeyOf)
  // An empty object says nothing that somebody else could say otherwise.
  const differs = (path: FieldPath) => !isSame(wanted.get(path), {}) && !isSame(current.get(path), wanted.get(path))
  const conflicts = conflictsOf(managers, writer, [...wanted.keys()].filter(differs))
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)

  const before = managers.find((one) => isSameManager(one, writer))?.fields ?? new Set<FieldPath>()
  const others = managers.filter((one) => !isSameManager(one, writer))
  const dropped = [...before].filter((path) => !wanted.has(path) && !others.some(({ fields }) => fields.has(path)))
  const isOwnedByOthers = (path: FieldPath) => others.some(({ fields }) => hasBelow(fields, path))
  const trimmed = dropped.reduce((object, path) => withoutPath(object, path, listKeyOf, isOwnedByOthers), live)
  const merged = mergeApplied(trimmed, configuration, listKeyOf, [])

  const taken = new Set(conflicts.map(({ path }) => path))
  const next = withWriter(managers, writer, (fields, isWriter) =>
    isWriter ? new Set(wanted.keys()) : new Set([...fields].filter((path) => !taken.has(path))),
  )
  return withManagers(isObject(merged) ? merged : live, next)
}

interface Conflict {
  readonly path: FieldPath
  readonly manager: Manager
}

function conflictsOf(managers: readonly Manager[], writer: Writer, paths: readonly FieldPath[]): Conflict[] {
  return managers
    .filter((one) => !isSameManager(one, writer))
    .flatMap((manager) => paths.filter((path) => manager.fields.has(path)).map((path) => ({ path, manager })))
}

function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes: Cause[] = conflicts.map(({ path, manager }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describeManager(manager)}`,
    field: describePath(path),
  }))
  const [first] = causes
  const said =
    causes.length === 1
      ? `1 conflict: ${first?.message}: ${first?.field}`
      : `${causes.length} conflicts: ${causes.map(({ message, field }) => `${message}:\n- ${field}`).join('\n')}`
  return new ApiError(409, 'Conflict', `Apply failed with ${said}`, { causes })
}

function describeManager({ manager, apiVersion, operation }: Manager): string {
  return `"${manager}"${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

function hasBelow(fields: FieldSet, path: FieldPath): boolean {
  for (const one of fields) if (one === path || one.startsWith(path)) return true
  return false
}

/** Objects and lists with keys are merged; everything else is taken from the configuration. */
function mergeApplied(live: unknown, wanted: unknown, listKeyOf: ListKeyOf, path: readonly string[]): unknown {
  if (isObject(wanted)) {
    const merged: Record<string, unknown> = isObject(live) ? { ...live } : {}
    for (const [name, value] of Object.entries(wanted)) {
      merged[name] = mergeApplied(merged[name], value, listKeyOf, [...path, name])
    }
    return merged
  }
  if (!Array.isArray(wanted)) return wanted
  const keys = listKeyOf(path)
  // No items asked for: those of others stay.
  if (keys !== undefined && wanted.length === 0 && Array.isArray(live)) return live
  const news = elementsOfItems(wanted, keys)
  const olds = Array.isArray(live) ? elementsOfItems(live, keys) : undefined
  if (news === undefined || olds === undefined) return wanted
  const merged = new Map(olds)
  for (const [element, item] of news)
    merged.set(element, mergeApplied(olds.get(element), item, listKeyOf, [...path, '*']))
  return [...merged.values()]
}
