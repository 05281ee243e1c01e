// Which resources are served now: the built-in ones, and those of every CRD.
import { BUILT_IN_RESOURCES } from './built-in.ts'
import type { JsonObject } from './json.ts'
import { textAt } from './json.ts'
import type { Resource } from './resource.ts'
import { resourcesOfCrd } from './schema/crd-resources.ts'

export interface Registry {
  all(): readonly Resource[]
  find(group: string, version: string, plural: string): Resource | undefined
  /** Serves what the CRD says from now on. */
  serve(crd: JsonObject): void
  /** No longer serves the CRD of that name; returns the storages that nothing serves any more. */
  retire(crdName: string): readonly string[]
}

/** Serves the built-in resources. */
export function createRegistry(): Registry {
  const custom = new Map<string, readonly Resource[]>()
  let all: readonly Resource[] = BUILT_IN_RESOURCES

  function refresh(): void {
    all = [...BUILT_IN_RESOURCES, ...[...custom.values()].flat()]
  }

  return {
    all: () => all,
    find: (group, version, plural) =>
      all.find((one) => one.plural === plural && one.version === version && one.group === group),
    serve(crd) {
      custom.set(textAt(crd, 'metadata', 'name') ?? '', resourcesOfCrd(crd))
      refresh()
    },
    retire(crdName) {
      const gone = custom.get(crdName) ?? []
      custom.delete(crdName)
      refresh()
      return [...new Set(gone.map(({ storage }) => storage))]
    },
  }
}
