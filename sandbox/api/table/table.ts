// Objects as the table that kubectl prints.
import { type JsonObject, objectAt } from '../json.ts'
import type { Resource } from '../resource.ts'
import { AGE, NAME } from './cells.ts'
import type { Column } from './column.ts'

const NAME_AND_AGE: readonly Column[] = [NAME, { ...AGE, type: 'date' }]

export interface TableOptions {
  /** The query's includeObject: what of each object goes along with its row. */
  readonly includeObject: string | undefined
  readonly hasHeader: boolean
  /** Milliseconds since the epoch, for ages. */
  readonly now: number
}

/** A meta.k8s.io/v1 Table. `metadata` is that of the list, or of the only object. */
export function tableOf(
  resource: Resource,
  objects: readonly JsonObject[],
  metadata: JsonObject,
  { includeObject, hasHeader, now }: TableOptions,
): JsonObject {
  const columns = resource.columns ?? NAME_AND_AGE
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: hasHeader ? columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now) ?? null),
      object: objectOf(object, includeObject),
    })),
  }
}

function definitionOf({ name, type, format = '', description = '', priority = 0 }: Column): JsonObject {
  return { name, type, format, description, priority }
}

function objectOf(object: JsonObject, includeObject: string | undefined): JsonObject | undefined {
  if (includeObject === 'None') return undefined
  return includeObject === 'Object' ? object : metadataOf(object)
}

/** A meta.k8s.io/v1 PartialObjectMetadata. */
export function metadataOf(object: JsonObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: objectAt(object, 'metadata') }
}
