// Who owns which fields of an object: metadata.managedFields, read and written.
import { isObject, isSame, type JsonObject, listAt, textAt } from '../json.ts'
import type { ListKeyOf } from '../patch/list-keys.ts'
import { type FieldSet, fieldsOf, fromFieldsV1, toFieldsV1 } from './field-set.ts'

export interface Manager {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string | undefined
  readonly time: string
  readonly fields: FieldSet
}

/** Who writes. */
export type Writer = Omit<Manager, 'fields'>

export function managersOf(object: JsonObject | undefined): readonly Manager[] {
  return listAt(object, 'metadata', 'managedFields')
    .filter(isObject)
    .map((entry) => ({
      manager: textAt(entry, 'manager') ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: textAt(entry, 'apiVersion') ?? '',
      subresource: textAt(entry, 'subresource'),
      time: textAt(entry, 'time') ?? '',
      fields: fromFieldsV1(isObject(entry.fieldsV1) ? entry.fieldsV1 : {}),
    }))
}

/** The object with these managers. Those that own nothing are left out. */
export function withManagers(object: JsonObject, managers: readonly Manager[]): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const managedFields = managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }))
  return { ...object, metadata: { ...metadata, managedFields } }
}

export function isSameManager(one: Writer, other: Writer): boolean {
  return (
    one.manager === other.manager &&
    one.operation === other.operation &&
    one.apiVersion === other.apiVersion &&
    one.subresource === other.subresource
  )
}

/**
 * The managers after a write that was no apply: the writer owns what it changed, and nobody what is gone. Undefined when
 * the write changed no field.
 */
export function afterUpdate(
  before: JsonObject | undefined,
  after: JsonObject,
  writer: Writer,
  listKeyOf: ListKeyOf,
): readonly Manager[] | undefined {
  const old = before === undefined ? new Map<string, unknown>() : fieldsOf(before, listKeyOf)
  const now = fieldsOf(after, listKeyOf)
  const changed = new Set(
    [...now].filter(([path, value]) => !old.has(path) || !isSame(old.get(path), value)).map(([path]) => path),
  )
  if (changed.size === 0 && [...old.keys()].every((path) => now.has(path))) return undefined
  return withWriter(managersOf(before), writer, (fields, isWriter) => {
    const kept = [...fields].filter((path) => now.has(path) && (isWriter || !changed.has(path)))
    return isWriter ? new Set([...kept, ...changed]) : new Set(kept)
  })
}

/** Each manager's fields as `next` says, with the writer at the end when it is new; its time moves when its fields do. */
export function withWriter(
  managers: readonly Manager[],
  writer: Writer,
  next: (fields: FieldSet, isWriter: boolean) => FieldSet,
): readonly Manager[] {
  const isKnown = managers.some((one) => isSameManager(one, writer))
  const all = isKnown ? managers : [...managers, { ...writer, fields: new Set<string>() }]
  return all.map((one) => {
    const isWriter = isSameManager(one, writer)
    const fields = next(one.fields, isWriter)
    const isChanged = fields.size !== one.fields.size || [...fields].some((path) => !one.fields.has(path))
    return { ...one, fields, time: isWriter && isChanged ? writer.time : one.time }
  })
}
