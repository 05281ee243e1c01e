// How lists are merged: which field tells the items of a list apart.
import { at, isObject, type JsonObject, listAt, textAt } from '../json.ts'

/**
 * The fields that tell the items of the list at a path apart; "set" when the items are values of their own; undefined for
 * a list that is one value. The path has field names, and "*" for an item of a list.
 */
export type ListKeyOf = (path: readonly string[]) => readonly string[] | 'set' | undefined

/** By the name of the list; a name with its parent ("containers/ports") goes first. */
const BUILT_IN: Readonly<Record<string, readonly string[] | 'set'>> = {
  conditions: ['type'],
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  'containers/ports': ['containerPort'],
  'initContainers/ports': ['containerPort'],
  'spec/ports': ['port'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  volumeClaimTemplates: ['metadata.name'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  ownerReferences: ['uid'],
  finalizers: 'set',
  podIPs: ['ip'],
  addresses: ['type'],
  secrets: ['name'],
}

/** Lists whose name is in the table but which are replaced as a whole. */
const ATOMIC = new Set(['volumeClaimTemplates'])

export const builtInListKey: ListKeyOf = (path) => {
  const name = path.at(-1) ?? ''
  if (ATOMIC.has(name)) return undefined
  const parent = path.filter((part) => part !== '*').at(-2) ?? ''
  return BUILT_IN[`${parent}/${name}`] ?? (name === 'ports' ? undefined : BUILT_IN[name])
}

/** The keys that a structural schema declares; metadata is as with the built-in kinds. */
export function schemaListKey(schema: unknown): ListKeyOf {
  return (path) => {
    if (path[0] === 'metadata') return builtInListKey(path)
    let here: unknown = schema
    for (const part of path) {
      here = part === '*' ? at(here, 'items') : (at(here, 'properties', part) ?? at(here, 'additionalProperties'))
    }
    switch (textAt(here, 'x-kubernetes-list-type')) {
      case 'map':
        return listAt(here, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string')
      case 'set':
        return 'set'
      default:
        return undefined
    }
  }
}

/** What tells an item apart; undefined when it lacks one of the fields, or is not an object. */
export function keyOfItem(item: unknown, keys: readonly string[]): JsonObject | undefined {
  if (!isObject(item)) return undefined
  const key: Record<string, unknown> = {}
  for (const name of [...keys].sort()) {
    if (item[name] === undefined) return undefined
    key[name] = item[name]
  }
  return key
}
