// Objects and lists in the form that the client asked for.
import type { Form } from './accept.ts'
import { type JsonObject, objectAt } from './json.ts'
import { type ListResult, listBody, listMetadata } from './list.ts'
import type { Resource } from './resource.ts'
import { metadataOf, tableOf } from './table/table.ts'

interface PresentOptions {
  readonly form: Form
  readonly includeObject: string | undefined
  now(): number
}

export interface Presenter {
  object(object: JsonObject): JsonObject
  list(list: ListResult): JsonObject
}

/** A table's columns are said once: with the first object, which matters to a watch. */
export function presenter(resource: Resource, { form, includeObject, now }: PresentOptions): Presenter {
  let isFirst = true
  const table = (objects: readonly JsonObject[], metadata: JsonObject) => {
    const hasHeader = isFirst
    isFirst = false
    return tableOf(resource, objects, metadata, { includeObject, hasHeader, now: now() })
  }
  switch (form) {
    case 'plain':
      return { object: (object) => object, list: (list) => listBody(resource, list) }
    case 'metadata':
      return {
        object: metadataOf,
        list: (list) => ({
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          metadata: listMetadata(list),
          items: list.items.map(metadataOf),
        }),
      }
    case 'table':
      return {
        object: (object) => {
          const { resourceVersion } = objectAt(object, 'metadata')
          // A bookmark has a version and nothing to show.
          const isBookmark = objectAt(object, 'metadata').name === undefined
          return table(isBookmark ? [] : [object], { resourceVersion })
        },
        list: (list) => table(list.items, listMetadata(list)),
      }
  }
}
