// One watch request: its lines as events, a silent connection noticed, every way it can end told apart.
import type { Clock } from '../model/clock.ts'
import { KubeError } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import type { KubeClient, KubeStream } from './client.ts'
import { at, textAt } from './json.ts'
import { type Asked, refusalFrom, unreachable, unreadable } from './kube-errors.ts'
import type { ListScope } from './objects.ts'
import { describeObject, pathOf, type ResourceType } from './resource-type.ts'

export type WatchEvent =
  | { readonly kind: 'changed' | 'deleted'; readonly object: unknown; readonly resourceVersion: string }
  /** Nothing changed up to this version. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** The server can't go on from where we are: 410 when the history is gone, or any other code. */
  | { readonly kind: 'error'; readonly error: KubeError }

export interface WatchOptions {
  readonly scope: ListScope
  /** Where to go on from. */
  readonly resourceVersion: string
  readonly clock: Clock
  /** Silence after which the connection counts as dead. A server that sends bookmarks does so every minute. */
  readonly idleTimeoutMs: Milliseconds
  /** The watch is ended after this long, by the server or else by us. */
  readonly maxDurationMs: Milliseconds
  readonly signal: AbortSignal
  /** Told whenever the server has sent anything. */
  readonly onContact: () => void
}

/** Why a watch fell silent, as KubeError.reason. */
export const WATCH_IDLE = 'WatchIdle'

/** A single object can't be near this: etcd stops at 1.5 MiB. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024

/**
 * The events of one watch; returns when the server ends it or `maxDurationMs` is over. Throws KubeError when it is refused,
 * breaks, falls silent (reason "WatchIdle") or sends what can't be read, and the signal's reason when that aborts.
 */
export async function* watchObjects(
  client: KubeClient,
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void> {
  const { clock, scope, signal, onContact } = options
  const asked = { verb: 'WATCH', object: describeObject(type, { namespace: scope.namespace }), server: client.server }
  const stream = await client.open({
    method: 'GET',
    path: pathOf(type, { namespace: scope.namespace }),
    object: asked.object,
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      labelSelector: scope.labelSelector,
      fieldSelector: scope.fieldSelector,
      timeoutSeconds: Math.max(1, Math.floor(options.maxDurationMs / 1000)),
    },
    signal,
  })
  onContact()
  const guard = guardStream(clock, stream, options)
  try {
    for await (const lines of linesOf(asked, stream)) {
      guard.heard()
      onContact()
      for (const line of lines) yield parseEvent(asked, line)
    }
  } catch (error) {
    signal.throwIfAborted()
    switch (guard.ended) {
      case 'over':
        return
      case 'idle':
        throw new KubeError(
          `WATCH ${asked.object}: nothing heard from ${client.server} for ${options.idleTimeoutMs} ms. The connection is taken for dead; a new one is opened.`,
          { status: 0, reason: WATCH_IDLE, cause: error },
        )
      case undefined:
        throw error instanceof KubeError ? error : unreachable(asked, error)
    }
  } finally {
    guard.stop()
    stream.close()
  }
}

/** Closes the stream when it has been silent or open for too long, and says which it was. */
function guardStream(clock: Clock, stream: KubeStream, options: WatchOptions) {
  const stopped = new AbortController()
  const overAt = clock.monotonic() + options.maxDurationMs + 1000
  let heardAt = clock.monotonic()
  let ended: 'idle' | 'over' | undefined

  async function guard(): Promise<void> {
    for (;;) {
      const now = clock.monotonic()
      const idleAt = heardAt + options.idleTimeoutMs
      if (now >= idleAt || now >= overAt) {
        ended = now >= overAt ? 'over' : 'idle'
        stream.close()
        return
      }
      await clock.sleep(Math.min(idleAt, overAt) - now, stopped.signal)
    }
  }

  guard().catch((error) => {
    if (!stopped.signal.aborted) stream.chunks.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  return {
    heard() {
      heardAt = clock.monotonic()
    },
    get ended() {
      return ended
    },
    stop: () => stopped.abort(),
  }
}

/** The complete lines of each chunk. Throws KubeError for a line without end. */
async function* linesOf(asked: Asked, stream: KubeStream): AsyncGenerator<readonly string[]> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const data of stream.chunks) {
    const chunk = Buffer.isBuffer(data) ? data : Buffer.from(String(data))
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const rest = chunk.subarray(start, end)
      lines.push((held.length === 0 ? rest : Buffer.concat([...held, rest])).toString('utf8'))
      held = []
      heldBytes = 0
      start = end + 1
    }
    if (start < chunk.length) {
      held.push(chunk.subarray(start))
      heldBytes += chunk.length - start
    }
    if (heldBytes > LONGEST_LINE_BYTES) throw unreadable(asked, 200, new Error(`a line of over ${heldBytes} bytes`))
    yield lines.filter((line) => line !== '')
  }
}

function parseEvent(asked: Asked, line: string): WatchEvent {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch (error) {
    throw unreadable(asked, 200, error)
  }
  const kind = textAt(event, 'type')
  const object = at(event, 'object')
  if (kind === 'ERROR') return { kind: 'error', error: refusalFrom(asked, 500, object) }
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion')
  if (resourceVersion === undefined) {
    throw unreadable(asked, 200, new TypeError(`a ${kind ?? 'nameless'} event without object.metadata.resourceVersion`))
  }
  switch (kind) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'changed', object, resourceVersion }
    case 'DELETED':
      return { kind: 'deleted', object, resourceVersion }
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion }
    default:
      throw unreadable(asked, 200, new TypeError(`an event of the unknown type "${kind ?? ''}"`))
  }
}
