// A deadline on the injected clock for one piece of work, joined with the caller's own signal.
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'

/**
 * Runs `work` with a signal that aborts when the time is up or when `outer` aborts, and doesn't wait for work that
 * ignores it. Throws `late()`'s error, the outer signal's reason, or what the work throws.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: Milliseconds,
  outer: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted()
  const inner = new AbortController()
  const timer = new AbortController()
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown) => {
    reject(reason)
    inner.abort(reason)
  }
  const follow = () => end(outer?.reason)
  outer?.addEventListener('abort', follow, { once: true })
  clock.sleep(timeoutMs, timer.signal).then(
    () => end(late()),
    (error) => {
      if (!timer.signal.aborted) end(error)
    },
  )
  try {
    return await Promise.race([work(inner.signal), ended])
  } finally {
    timer.abort()
    outer?.removeEventListener('abort', follow)
  }
}
