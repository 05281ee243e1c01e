// What each pod did over the last moments, added up from its extracts while there is trouble.
import type { PodReading } from '../../model/resource.ts'
import type { Milliseconds } from '../../model/units.ts'
import { isSame } from '../buckets.ts'
import { histogramQuantile } from '../quantile.ts'
import { SOURCES } from '../scrape/catalog.ts'
import { type Extract, SUM } from '../scrape/extract.ts'

export interface PodBooks {
  add(pod: string, extract: Extract, tells: readonly boolean[], nowMs: Milliseconds): void
  /** The readings of the pods that spoke lately, in the order of their names. */
  readings(nowMs: Milliseconds): readonly PodReading[]
  /**
   * Whether any pod fails requests, or has its p95 latency in another bucket than another. Else there is nothing to compare:
   * what differs within a bucket is not measured. Allocates nothing.
   */
  isUneven(nowMs: Milliseconds): boolean
  clear(): void
}

interface Slot {
  requests: number
  errors: number
  counts: Float64Array
}
interface Book {
  /** The slot that is filled, and the one before it. */
  now: Slot
  before: Slot
  startedMs: Milliseconds
  spokeMs: Milliseconds
  bounds: Float64Array
  tellsErrors: boolean
  tellsLatency: boolean
  pool: PodReading['pool']
}

const [RPS, ERRORS, LATENCY, POOL] = (['rps', 'errors', 'latency', 'pool'] as const).map((name) =>
  SOURCES.indexOf(name),
) as [number, number, number, number]

/** A reading speaks of one to two times `slotMs`. Who was silent for `staleMs` is left out. */
export function createPodBooks(slotMs: Milliseconds, staleMs: Milliseconds = 2 * slotMs): PodBooks {
  const books = new Map<string, Book>()

  function forgetSilent(nowMs: Milliseconds): void {
    for (const [pod, { spokeMs }] of books) if (nowMs - spokeMs > staleMs) books.delete(pod)
  }

  function bookOf(pod: string, bounds: Float64Array, nowMs: Milliseconds): Book {
    const known = books.get(pod)
    if (known !== undefined && isSame(known.bounds, bounds)) {
      if (nowMs - known.startedMs >= slotMs) {
        known.before = known.now
        known.now = emptySlot(bounds)
        known.startedMs = nowMs
      }
      return known
    }
    const book: Book = {
      now: emptySlot(bounds),
      before: emptySlot(bounds),
      startedMs: nowMs,
      spokeMs: nowMs,
      bounds,
      tellsErrors: false,
      tellsLatency: false,
      pool: undefined,
    }
    books.set(pod, book)
    return book
  }

  return {
    add(pod, { sums, bounds }, tells, nowMs) {
      const book = bookOf(pod, bounds, nowMs)
      const { now } = book
      book.spokeMs = nowMs
      book.tellsErrors = tells[ERRORS] === true
      book.tellsLatency = tells[LATENCY] === true
      if (tells[RPS] === true || book.tellsErrors) now.requests += sums[SUM.rps] ?? 0
      if (book.tellsErrors) now.errors += sums[SUM.errors] ?? 0
      if (book.tellsLatency)
        for (let bucket = 0; bucket < bounds.length; bucket++)
          now.counts[bucket] = (now.counts[bucket] ?? 0) + (sums[SUM.buckets + bucket] ?? 0)
      book.pool = tells[POOL] === true ? { used: sums[SUM.poolUsed] ?? 0, max: sums[SUM.poolMax] ?? 0 } : undefined
    },
    readings(nowMs) {
      forgetSilent(nowMs)
      return [...books].map(([pod, book]) => readingOf(pod, book)).sort((a, b) => (a.pod < b.pod ? -1 : 1))
    },
    isUneven(nowMs) {
      forgetSilent(nowMs)
      let least = Number.POSITIVE_INFINITY
      let most = Number.NEGATIVE_INFINITY
      for (const book of books.values()) {
        if (book.tellsErrors && book.now.errors + book.before.errors > 0) return true
        const bound = book.tellsLatency ? boundOfP95(book) : undefined
        if (bound === undefined) continue
        if (bound < least) least = bound
        if (bound > most) most = bound
      }
      return most > least
    },
    clear: () => books.clear(),
  }
}

function emptySlot(bounds: Float64Array): Slot {
  return { requests: 0, errors: 0, counts: new Float64Array(bounds.length) }
}

/** The upper bound of the bucket that the p95 latency is in; undefined without requests. */
function boundOfP95({ now, before, bounds }: Book): number | undefined {
  const last = bounds.length - 1
  const rank = 0.95 * ((now.counts[last] ?? 0) + (before.counts[last] ?? 0))
  if (!(rank > 0)) return undefined
  for (let bucket = 0; bucket < last; bucket++)
    if ((now.counts[bucket] ?? 0) + (before.counts[bucket] ?? 0) >= rank) return bounds[bucket]
  return Number.POSITIVE_INFINITY
}

function readingOf(pod: string, { now, before, bounds, tellsErrors, tellsLatency, pool }: Book): PodReading {
  const counts = now.counts.map((count, bucket) => count + (before.counts[bucket] ?? 0))
  const p95 = histogramQuantile(0.95, bounds, counts)
  return {
    pod,
    requests: Math.max(now.requests + before.requests, counts.at(-1) ?? 0),
    errors: tellsErrors ? now.errors + before.errors : undefined,
    latencyP95: tellsLatency && Number.isFinite(p95) ? p95 : undefined,
    pool,
  }
}
