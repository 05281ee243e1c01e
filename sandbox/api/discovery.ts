// What clients ask first: which groups, versions and resources there are.
import type { JsonObject } from './json.ts'
import { apiVersionOf, type Resource } from './resource.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const SUBRESOURCE_VERBS = {
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
  binding: ['create'],
  log: ['get'],
}

export const VERSION: JsonObject = {
  major: '1',
  minor: '20',
  gitVersion: 'v1.20.2',
  gitCommit: 'sandbox',
  gitTreeState: 'clean',
  buildDate: '2021-01-13T13:20:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
}

/** GET /api */
export function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

/** GET /apis */
export function groupList(resources: readonly Resource[]): JsonObject {
  const names = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '')
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupBody(resources, name)) }
}

/** GET /apis/GROUP; undefined for a group that is not served. */
export function groupOf(resources: readonly Resource[], name: string): JsonObject | undefined {
  if (name === '' || !resources.some(({ group }) => group === name)) return undefined
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(resources, name) }
}

function groupBody(resources: readonly Resource[], name: string): JsonObject {
  const versions = [...new Set(resources.filter(({ group }) => group === name).map(({ version }) => version))].map(
    (version) => ({ groupVersion: `${name}/${version}`, version }),
  )
  return { name, versions, preferredVersion: versions[0] }
}

/** GET /api/v1 or /apis/GROUP/VERSION; undefined when it is not served. */
export function resourceList(resources: readonly Resource[], group: string, version: string): JsonObject | undefined {
  const served = resources.filter((one) => one.group === group && one.version === version)
  if (served.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap(resourceEntries),
  }
}

function resourceEntries(resource: Resource): JsonObject[] {
  const { plural, singular, kind, namespaced, shortNames, categories } = resource
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...resource.subresources.map((subresource) => ({
      name: `${plural}/${subresource}`,
      singularName: '',
      namespaced,
      ...(subresource === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : {}),
      ...(subresource === 'binding' ? { kind: 'Binding' } : {}),
      ...(subresource === 'status' || subresource === 'log' ? { kind } : {}),
      verbs: SUBRESOURCE_VERBS[subresource],
    })),
  ]
}
