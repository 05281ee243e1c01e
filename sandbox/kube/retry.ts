// Trying again, with growing jittered pauses, what fails because the API server is away.
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './api.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/** Milliseconds to wait after the nth failure in a row (from 1): doubling to 2 s, between half and all of it. */
export function pauseAfterFailure(failures: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  return full * (0.5 + random() / 2)
}

/** Waits; returns early, without a throw, when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** Whether asking again could help: no answer, a busy server or a broken one, but not a refusal of what was asked. */
export function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status >= 500
}

/**
 * Runs `work` until it succeeds or is refused for good. Throws the refusal, or the signal's reason. `onFailure` hears of
 * the first failure in a row only: an API server that is away is one problem, not hundreds.
 */
export async function untilDone<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      if (!isWorthRetrying(error)) throw error
      if (failures === 1) onFailure(error)
    }
    await pause(pauseAfterFailure(failures), signal)
  }
}
