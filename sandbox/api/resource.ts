// What the server knows about one resource; the built-in ones and those of CRDs look the same to everything else.
import type { JsonObject } from './json.ts'
import type { ListKeyOf } from './patch/list-keys.ts'
import type { Cause } from './status.ts'
import type { Column } from './table/column.ts'

export interface ScalePaths {
  /** Each is a path such as "spec.replicas". */
  readonly specReplicas: string
  readonly statusReplicas: string
  /** A label selector as an object (matchLabels …) or as text. */
  readonly selector: string | undefined
}

/** What a CRD says about its objects. */
export interface SchemaRules {
  /** The object with unknown fields removed and defaults filled in. */
  normalise(object: JsonObject): JsonObject
  /** Every field that the schema does not accept. */
  validate(object: JsonObject): readonly Cause[]
}

export interface Resource {
  /** Empty for core. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly subresources: readonly ('status' | 'scale' | 'binding' | 'log')[]
  /** Where its objects are kept; two resources may share one storage. */
  readonly storage: string
  /** Names of top-level fields here, and what they are called in the storage. */
  readonly aliases: Readonly<Record<string, string>>
  readonly hasGeneration: boolean
  readonly keepsStatusOnCreate: boolean
  readonly needsVersionOnUpdate: boolean
  /** Field selectors besides metadata.name and metadata.namespace. */
  readonly fields: readonly string[]
  readonly scale: ScalePaths | undefined
  /** Columns between NAME and AGE or after them; undefined for NAME and AGE alone. */
  readonly columns: readonly Column[] | undefined
  readonly schema: SchemaRules | undefined
  readonly listKeyOf: ListKeyOf
}

export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** The stored object as this resource shows it. */
export function asShown(resource: Resource, stored: JsonObject): JsonObject {
  const apiVersion = apiVersionOf(resource)
  const aliases = Object.entries(resource.aliases)
  if (stored.apiVersion === apiVersion && aliases.length === 0) return stored
  return { ...renamed(stored, Object.fromEntries(aliases.map(([here, there]) => [there, here]))), apiVersion }
}

/** An object of this resource as it is stored. */
export function asStored(resource: Resource, shown: JsonObject): JsonObject {
  return Object.keys(resource.aliases).length === 0 ? shown : renamed(shown, resource.aliases)
}

function renamed(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names[name] ?? name, value]))
}
