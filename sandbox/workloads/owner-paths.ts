// Where an owner is found in the API, whatever its kind: the API server tells what it serves.
import { z } from 'zod'
import { type Api, ApiError } from '../kube/api.ts'
import type { Owner } from './objects.ts'

const RESOURCE_LIST = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
})

export interface OwnerPaths {
  /** Undefined when its kind isn't served. Throws as the API does. */
  find(owner: Owner, namespace: string): Promise<string | undefined>
}

/** Kinds that were found are remembered; for others the server is asked anew. */
export function createOwnerPaths(api: Api, signal: AbortSignal): OwnerPaths {
  const kinds = new Map<string, { readonly name: string; readonly namespaced: boolean }>()
  return {
    async find({ apiVersion, kind, name }, namespace) {
      const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
      const key = `${base} ${kind}`
      if (!kinds.has(key)) {
        const found = (await served(base)).find((one) => one.kind === kind && !one.name.includes('/'))
        if (found === undefined) return undefined
        kinds.set(key, found)
      }
      const resource = kinds.get(key)
      if (resource === undefined) return undefined
      return `${base}/${resource.namespaced ? `namespaces/${namespace}/` : ''}${resource.name}/${name}`
    },
  }

  async function served(base: string): Promise<z.infer<typeof RESOURCE_LIST>['resources']> {
    try {
      return RESOURCE_LIST.parse(await api.request({ method: 'GET', path: base }, signal)).resources
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return []
      throw error
    }
  }
}
