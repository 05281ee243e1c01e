// Listing a collection: selectors, pages and the version that a watch may go on from.
import type { Cluster } from './cluster.ts'
import type { JsonObject } from './json.ts'
import { apiVersionOf, asShown, type Resource } from './resource.ts'
import { parseFieldSelector, parseLabelSelector, type Selector } from './selectors.ts'
import { ApiError, badRequest, expired } from './status.ts'

export interface ListResult {
  readonly resourceVersion: string
  readonly continueToken: string | undefined
  readonly remaining: number | undefined
  readonly items: readonly JsonObject[]
}

/** What labelSelector and fieldSelector of a query select, of objects as they are shown. Throws ApiError 400. */
export function selectorOf(resource: Resource, query: URLSearchParams): Selector {
  const matchesLabels = parseLabelSelector(query.get('labelSelector') ?? '')
  const matchesFields = parseFieldSelector(query.get('fieldSelector') ?? '', resource.fields)
  return (object) => matchesLabels(object) && matchesFields(object)
}

/** Throws ApiError: 400 for a query that can't be read, 410 for a page of a list that is too old. */
export function listObjects(
  { store }: Cluster,
  resource: Resource,
  namespace: string | undefined,
  query: URLSearchParams,
): ListResult {
  const matches = selectorOf(resource, query)
  checkVersion(query.get('resourceVersion') ?? '', store.version)
  const page = parseContinue(query.get('continue') ?? '')
  if (page !== undefined && !store.remembers(resource.storage, page.version)) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    )
  }
  const limit = parseLimit(query.get('limit') ?? '')
  const prefix = namespace === undefined ? '' : `${namespace}/`
  const found: [string, JsonObject][] = []
  for (const [key, stored] of store.list(resource.storage, prefix)) {
    if (page !== undefined && key <= page.after) continue
    const object = asShown(resource, stored)
    if (matches(object)) found.push([key, object])
  }
  const items = limit === undefined ? found : found.slice(0, limit)
  const remaining = found.length - items.length
  // All pages of a list carry the version of the first: what changed since comes with the watch that starts there.
  const version = page?.version ?? store.version
  const last = items.at(-1)
  const continueToken = remaining === 0 || last === undefined ? undefined : toContinue({ version, after: last[0] })
  return {
    resourceVersion: String(version),
    continueToken,
    remaining: remaining === 0 ? undefined : remaining,
    items: items.map(([, object]) => object),
  }
}

/** The list as its kind: "PodList". */
export function listBody(resource: Resource, list: ListResult): JsonObject {
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: listMetadata(list),
    // The items of built-in kinds don't say what they are; those of custom kinds do.
    items: resource.schema === undefined ? list.items.map(({ kind: _, apiVersion: __, ...item }) => item) : list.items,
  }
}

export function listMetadata({ resourceVersion, continueToken, remaining }: ListResult): JsonObject {
  return {
    resourceVersion,
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  }
}

function checkVersion(said: string, current: number): void {
  if (said === '' || said === '0') return
  const version = parseVersion(said)
  if (version <= current) return
  throw new ApiError(504, 'Timeout', `Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

/** Throws ApiError 400 for what is no resourceVersion. */
export function parseVersion(said: string): number {
  if (!/^\d{1,16}$/.test(said))
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(said)}: it is no version`)
  return Number(said)
}

function parseLimit(said: string): number | undefined {
  if (said === '' || said === '0') return undefined
  const limit = Number(said)
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`limit: ${JSON.stringify(said)} is no whole number`)
  return limit
}

interface Page {
  readonly version: number
  readonly after: string
}

function toContinue({ version, after }: Page): string {
  return Buffer.from(`${version} ${after}`).toString('base64url')
}

function parseContinue(token: string): Page | undefined {
  if (token === '') return undefined
  const [, version, after] = /^(\d+) (.*)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (version === undefined || after === undefined)
    throw badRequest('continue key is not valid: it was not made by this server')
  return { version: Number(version), after }
}
