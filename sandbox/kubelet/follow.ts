// Follows all pods by list and watch, and heals itself: whatever breaks, it lists again.
import type { Api } from './api.ts'
import { type Pod, parsePod, parsePodList, parseWatchEvent, resourceVersionOf } from './objects.ts'
import { pause, pauseAfterFailure } from './retry.ts'

/** The server ends a watch after this long; ours is given up a little later, in case the server died without a word. */
const WATCH_SECONDS = 60
const WATCH_MARGIN_MS = 5_000
const BETWEEN_WATCHES_MS = 100

export interface PodHandler {
  /** Everything there is; what is missing is gone. */
  onList(pods: readonly Pod[]): void
  onChange(pod: Pod): void
  onGone(pod: Pod): void
  /** The first failure of a streak, or a pod that can't be read. It goes on by itself. */
  onProblem(problem: Error): void
}

/** Follows until the signal aborts, then resolves. Never rejects. */
export async function followPods(api: Api, handler: PodHandler, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      let version = await list(api, handler, signal)
      failures = 0
      while (!signal.aborted) {
        version = await watch(api, handler, version, signal)
        // A server that ends every watch at once must not be asked in a tight loop.
        await pause(BETWEEN_WATCHES_MS, signal)
      }
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      if (failures === 1) handler.onProblem(new Error('lost sight of the pods; listing them again', { cause: error }))
      await pause(pauseAfterFailure(failures), signal)
    }
  }
}

async function list(api: Api, handler: PodHandler, signal: AbortSignal): Promise<string> {
  const { metadata, items } = parsePodList(await api.request({ method: 'GET', path: '/api/v1/pods' }, signal))
  handler.onList(items.flatMap((item) => readPod(item, handler) ?? []))
  return metadata.resourceVersion
}

/** One watch, until the server ends it. Returns the version to go on from; throws when a new list is needed. */
async function watch(api: Api, handler: PodHandler, from: string, signal: AbortSignal): Promise<string> {
  let version = from
  const path = `/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${from}`
  const deadline = AbortSignal.timeout(WATCH_SECONDS * 1_000 + WATCH_MARGIN_MS)
  for await (const line of api.watch(path, AbortSignal.any([signal, deadline]))) {
    const event = parseWatchEvent(line)
    if (event.type === 'ERROR') throw new Error(`the watch ended with an error: ${JSON.stringify(event.object)}`)
    version = resourceVersionOf(event.object)
    if (event.type === 'BOOKMARK') continue
    const pod = readPod(event.object, handler)
    if (pod === undefined) continue
    if (event.type === 'DELETED') handler.onGone(pod)
    else handler.onChange(pod)
  }
  return version
}

/** One pod that we can't read must not hide the others. */
function readPod(value: unknown, handler: PodHandler): Pod | undefined {
  try {
    return parsePod(value)
  } catch (cause) {
    handler.onProblem(
      new Error(`a pod can't be read and is left alone: ${JSON.stringify(value).slice(0, 200)}`, { cause }),
    )
    return undefined
  }
}
