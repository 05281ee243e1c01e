// Follows all objects at a path by list and watch, and heals itself: whatever breaks, it lists again.
import { z } from 'zod'
import type { Api } from './api.ts'
import { pause, pauseAfterFailure } from './retry.ts'

/** The server ends a watch after this long; ours is given up a little later, in case the server died without a word. */
const WATCH_SECONDS = 60
const WATCH_MARGIN_MS = 5_000
const BETWEEN_WATCHES_MS = 100
/** A failure that comes later than this after the one before begins a new streak. */
const STREAK_MS = 15_000

export interface Source<T> {
  /** Of a list: /api/v1/pods, /apis/apps/v1/namespaces/shop/deployments; a query with selectors may follow. */
  readonly path: string
  /** Throws when the object can't be used: it is then told as a problem and left out, as if it weren't there. */
  readonly read: (object: unknown) => T
}

/** What a handler throws is told as a problem, and the following goes on. */
export interface FollowHandler<T> {
  /** Everything there is; what is missing is gone. Comes first, and again whenever the watch was lost. */
  onList(objects: readonly T[]): void
  onChange(object: T): void
  onGone(object: T): void
  /** The first failure of a streak, an object that can't be read, or what a handler threw. It goes on by itself. */
  onProblem(problem: Error): void
}

const LIST = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  // Kubernetes writes an empty list of some kinds as null.
  items: z.array(z.unknown()).nullish(),
})

const WATCH_EVENT = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
})

const VERSIONED = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/** Follows until the signal aborts, then resolves. Never rejects. */
export async function follow<T>(
  api: Api,
  source: Source<T>,
  handler: FollowHandler<T>,
  signal: AbortSignal,
): Promise<void> {
  const guarded = guard(source.path, handler)
  let failures = 0
  let failedAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    try {
      let version = await list(api, source, guarded, signal)
      while (!signal.aborted) {
        version = await watch(api, source, guarded, version, signal)
        // A server that ends every watch at once must not be asked in a tight loop.
        await pause(BETWEEN_WATCHES_MS, signal)
      }
    } catch (cause) {
      if (signal.aborted) return
      failures = performance.now() - failedAt > STREAK_MS ? 1 : failures + 1
      if (failures === 1) guarded.onProblem(new Error(`lost sight of ${source.path}; listing again`, { cause }))
      await pause(pauseAfterFailure(failures), signal)
      failedAt = performance.now()
    }
  }
}

async function list<T>(api: Api, source: Source<T>, handler: FollowHandler<T>, signal: AbortSignal): Promise<string> {
  const { metadata, items } = LIST.parse(await api.request({ method: 'GET', path: source.path }, signal))
  handler.onList((items ?? []).flatMap((item) => read(item, source, handler) ?? []))
  return metadata.resourceVersion
}

/** One watch, until the server ends it. Returns the version to go on from; throws when a new list is needed. */
async function watch<T>(
  api: Api,
  source: Source<T>,
  handler: FollowHandler<T>,
  from: string,
  signal: AbortSignal,
): Promise<string> {
  let version = from
  const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${from}`
  const path = `${source.path}${source.path.includes('?') ? '&' : '?'}${query}`
  const deadline = AbortSignal.timeout(WATCH_SECONDS * 1_000 + WATCH_MARGIN_MS)
  for await (const line of api.watch(path, AbortSignal.any([signal, deadline]))) {
    const event = WATCH_EVENT.parse(line)
    if (event.type === 'ERROR') throw new Error(`the watch ended with an error: ${JSON.stringify(event.object)}`)
    version = VERSIONED.parse(event.object).metadata.resourceVersion
    if (event.type === 'BOOKMARK') continue
    const object = read(event.object, source, handler)
    if (object === undefined) continue
    if (event.type === 'DELETED') handler.onGone(object)
    else handler.onChange(object)
  }
  return version
}

/** One object that we can't read must not hide the others. */
function read<T>(value: unknown, source: Source<T>, handler: FollowHandler<T>): T | undefined {
  try {
    return source.read(value)
  } catch (cause) {
    const text = JSON.stringify(value).slice(0, 200)
    handler.onProblem(new Error(`an object of ${source.path} can't be read and is left alone: ${text}`, { cause }))
    return undefined
  }
}

/** The handler, whose exceptions become problems instead of the end of the following. */
function guard<T>(path: string, handler: FollowHandler<T>): FollowHandler<T> {
  function onProblem(problem: Error): void {
    try {
      handler.onProblem(problem)
    } catch (error) {
      console.error(new Error('a handler of problems failed at this one', { cause: error }), problem)
    }
  }
  function attempt(work: () => void): void {
    try {
      work()
    } catch (cause) {
      onProblem(new Error(`a handler of ${path} failed; following goes on`, { cause }))
    }
  }
  return {
    onList: (objects) => attempt(() => handler.onList(objects)),
    onChange: (object) => attempt(() => handler.onChange(object)),
    onGone: (object) => attempt(() => handler.onGone(object)),
    onProblem,
  }
}
