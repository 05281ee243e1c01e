// Watching a collection: a line of JSON for each change that the selection sees, bookmarks, and an end.
import type { Cluster } from './cluster.ts'
import { type JsonObject, objectAt, textAt } from './json.ts'
import { parseVersion, selectorOf } from './list.ts'
import { apiVersionOf, asShown, type Resource } from './resource.ts'
import { type ApiError, expired, statusOf } from './status.ts'
import type { Change } from './store.ts'

const BOOKMARK_EVERY_MS = 60_000
const LONGEST_MS = 60 * 60_000

/** Where the lines go. */
export interface Sink {
  write(line: string): void
  end(): void
}

export interface WatchPlan {
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly query: URLSearchParams
  /** How an object is shown: as it is, or as a table. */
  readonly show: (object: JsonObject) => unknown
}

/** Starts a watch and returns what ends it. Throws ApiError for a query that can't be read. */
export function startWatch({ store }: Cluster, plan: WatchPlan, sink: Sink): () => void {
  const { resource, namespace, query, show } = plan
  const matches = selectorOf(resource, query)
  const prefix = namespace === undefined ? '' : `${namespace}/`
  const isInScope = (object: JsonObject) =>
    namespace === undefined || textAt(object, 'metadata', 'namespace') === namespace
  const said = query.get('resourceVersion') ?? ''
  const since = said === '' || said === '0' ? undefined : parseVersion(said)
  const timeoutMs = Math.min(LONGEST_MS, (Number(query.get('timeoutSeconds') ?? 0) || LONGEST_MS / 1000) * 1000)

  // A version of the future is one of another server.
  if (since !== undefined && (since > store.version || !store.remembers(resource.storage, since))) {
    sendError(sink, expired(`too old resource version: ${since} (${store.version})`))
    return () => {}
  }

  const send = (type: string, object: JsonObject) => sink.write(line(type, show(object)))

  function sendChange({ type, object, before }: Change): void {
    if (!isInScope(object)) return
    const now = asShown(resource, object)
    const isSelected = type !== 'DELETED' && matches(now)
    const wasSelected = before !== undefined && matches(asShown(resource, before))
    if (isSelected) send(wasSelected ? 'MODIFIED' : 'ADDED', now)
    // What leaves the selection is shown as it was last in it, with the version of the change.
    else if (wasSelected) send('DELETED', type === 'DELETED' ? now : leaving(asShown(resource, before), object))
  }

  if (since === undefined) {
    for (const [, object] of store.list(resource.storage, prefix)) {
      const shown = asShown(resource, object)
      if (matches(shown)) send('ADDED', shown)
    }
  }
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1'
  const bookmark = (annotations?: JsonObject) => {
    if (!wantsBookmarks) return
    const metadata = { resourceVersion: String(store.version), creationTimestamp: null, ...annotations }
    send('BOOKMARK', { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata })
  }
  if (query.get('sendInitialEvents') === 'true') bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } })
  const bookmarks = setInterval(bookmark, BOOKMARK_EVERY_MS)
  const timeout = setTimeout(() => {
    bookmark()
    stop()
    sink.end()
  }, timeoutMs)
  const unsubscribe = store.watch(resource.storage, since ?? store.version, {
    onChange: sendChange,
    onGone() {
      stop()
      sink.end()
    },
  })

  function stop(): void {
    clearInterval(bookmarks)
    clearTimeout(timeout)
    unsubscribe()
  }
  return stop
}

function leaving(before: JsonObject, now: JsonObject): JsonObject {
  const { resourceVersion } = objectAt(now, 'metadata')
  return { ...before, metadata: { ...objectAt(before, 'metadata'), resourceVersion } }
}

function sendError(sink: Sink, error: ApiError): void {
  sink.write(line('ERROR', statusOf(error)))
  sink.end()
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}
