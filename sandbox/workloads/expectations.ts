// What a controller has done and not yet seen: until it has, its view is old, and to act on it would be to act twice.

/** Then an expectation is given up: a watch may have skipped what came and went between two lists. */
const PATIENCE_MS = 10_000

export interface Expectations {
  /** Call it before the request, or the watch may be faster. `what` is any name that `saw` will use too. */
  expect(key: string, what: string): void
  /** It was seen, or won't come because the request was refused. */
  saw(what: string): void
  /** Undefined when nothing is awaited for the key; else ms after which to look again. */
  waitMs(key: string): number | undefined
}

export function createExpectations(now: () => number = () => performance.now()): Expectations {
  const awaited = new Map<string, { readonly key: string; readonly until: number }>()
  return {
    expect: (key, what) => void awaited.set(what, { key, until: now() + PATIENCE_MS }),
    saw: (what) => void awaited.delete(what),
    waitMs(key) {
      let latest: number | undefined
      for (const [what, one] of awaited) {
        if (one.key !== key) continue
        if (one.until <= now()) awaited.delete(what)
        else latest = Math.max(latest ?? 0, one.until - now())
      }
      return latest
    },
  }
}
