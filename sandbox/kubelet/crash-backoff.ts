// How long a container that ended waits before it is started again, as Kubernetes does it.

export interface CrashBackoff {
  /** Before the second restart in a row; the first is immediate. */
  readonly firstMs: number
  readonly longestMs: number
  /** A container that ran this long starts from the beginning. */
  readonly forgetAfterMs: number
}

export const KUBERNETES_BACKOFF: CrashBackoff = { firstMs: 10_000, longestMs: 300_000, forgetAfterMs: 600_000 }

/** Milliseconds to wait before the nth restart in a row (from 1). */
export function restartDelayMs(restart: number, backoff: CrashBackoff): number {
  return restart <= 1 ? 0 : Math.min(backoff.longestMs, backoff.firstMs * 2 ** (restart - 2))
}
