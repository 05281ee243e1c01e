// One Guard's eyes: scrapes its targets once per tick and says what is known about each signal.
import type { Clock } from '../model/clock.ts'
import type { Counts } from '../model/counts.ts'
import { longestTickMs } from '../model/pace.ts'
import type { Observations } from '../model/signal.ts'
import type { SignalSources } from '../model/signal-source.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import { createCoverage } from './coverage.ts'
import { createRateRing, type RateRing } from './rate.ts'
import { createCatalog, SOURCES } from './scrape/catalog.ts'
import { createExtractor, type Extractor } from './scrape/extract.ts'
import type { Fetcher } from './scrape/fetch.ts'
import { type ClassCache, createClassCache } from './scrape/reader.ts'
import type { Target } from './scrape/targets.ts'
import { Signals } from './signals.ts'
import type { ObserverTap } from './tap.ts'

/** How a Guard is observed. */
export interface ScrapeSpec {
  readonly intervalMs: Milliseconds
  /** For one target's whole exchange. */
  readonly timeoutMs: Milliseconds
  /** What errors, latencies and CPU are measured over. */
  readonly windowMs: Milliseconds
  /** What requests per second are measured over: short, so that a spike is seen at its height. */
  readonly rateWindowMs: Milliseconds
  /** Requests in the window below which errors and latencies are unknown. */
  readonly minimumRequests: number
  /** Requests that take longer are counted as slow; undefined counts none. */
  readonly slowAboveMs?: Milliseconds | undefined
  readonly sources: SignalSources
  /** Sources that are only a profile's guess: when no target exposes them, the signal is absent rather than unknown. */
  readonly optional?: readonly (keyof SignalSources)[]
}

/** How one target did in a round. */
export type TargetReport =
  | { readonly pod: string; readonly ok: true }
  | { readonly pod: string; readonly ok: false; readonly why: string }

/** What one tick saw. */
export interface Round {
  readonly at: EpochMs
  /** rps, errors, latencyP50, latencyP95, latencyP99, cpu, pool, queue: those that this Guard observes. */
  readonly observations: Observations
  readonly targets: readonly TargetReport[]
}

export interface GuardObserver {
  /** Replaces the targets. Those that stay (same pod uid and address) keep their history. */
  setTargets(targets: readonly Target[]): void
  /**
   * Scrapes every target once and returns what is known now. Waits for those that answered last time and for new ones,
   * until each answers or times out; a target that failed last time is not waited for, and its late answer counts in the
   * next round. Never throws; resolves early when `signal` aborts.
   */
  observe(signal?: AbortSignal): Promise<Round>
  /** What was counted since it was last taken. */
  takeCounts(): Counts
  /** Closes the connections to its targets. */
  close(): void
}

export interface ObserverDeps {
  readonly clock: Clock
  /** Shared by all Guards. */
  readonly fetcher: Fetcher
  readonly tap?: ObserverTap | undefined
}

/** Throws a SyntaxError, which names the metric and the label, when a `match` of the sources is no regular expression. */
export function createObserver({ clock, fetcher, tap }: ObserverDeps, spec: ScrapeSpec): GuardObserver {
  const cache = createClassCache(createCatalog(spec.sources))
  const coverage = createCoverage(cache.catalog, spec.optional ?? [])
  const signals = new Signals(spec)
  const longestMs = longestTickMs(spec)
  let watched = new Map<string, Watched>()
  let lastRoundMs: Milliseconds | undefined
  let firstReadMs: Milliseconds | undefined

  function start(one: Watched): void {
    const request = { target: one.target, timeoutMs: spec.timeoutMs, suspect: one.failed }
    one.underWay = fetcher
      .fetch(request, (body, contentType) => {
        const atMs = clock.monotonic()
        tap?.body(one.target, body, contentType, atMs)
        return one.extractor.take(body, contentType, atMs)
      })
      .then((result) => {
        one.underWay = undefined
        const why = result.kind === 'failed' ? result.why : result.value
        one.failed = why !== undefined
        one.answered = why === undefined
        one.report = why === undefined ? { pod: one.target.pod, ok: true } : { pod: one.target.pod, ok: false, why }
        const { extract } = one.extractor
        // A reading of which part is unknown is left out: the next whole one spans the gap.
        if (why === undefined && extract.problems[RPS] === undefined) {
          firstReadMs ??= extract.atMs
          one.rate.push(extract.atMs, extract.requests)
        }
      })
  }

  function conclude(): Round {
    const at = clock.now()
    const nowMs = clock.monotonic()
    const sinceMs = nowMs - (lastRoundMs ?? nowMs)
    if (sinceMs > spec.windowMs) signals.clear()
    lastRoundMs = nowMs
    coverage.begin()
    signals.begin()
    const targets: TargetReport[] = []
    for (const one of watched.values()) {
      const { extract } = one.extractor
      const tells = coverage.add(one.target, one.answered ? extract : undefined, one.report)
      if (one.answered) {
        if (tap?.wantsExtracts === true) tap.extract(one.target, extract, tells)
        signals.add(extract, tells, one.target.cpuCores, one.rate.perSecond(nowMs - (firstReadMs ?? nowMs)))
        one.extractor.clear()
        one.answered = false
      }
      targets.push(one.report)
    }
    return { at, observations: signals.end(coverage.end(), sinceMs > longestMs ? 0 : sinceMs), targets }
  }

  return {
    setTargets: (targets) => {
      const next = new Map<string, Watched>()
      for (const target of targets) {
        const key = `${target.podUid} ${target.origin}${target.path}`
        const known = watched.get(key)
        if (known !== undefined) known.target = target
        next.set(key, known ?? watch(target, cache, spec))
      }
      const origins = new Set(targets.map((target) => target.origin))
      for (const { target } of watched.values()) if (!origins.has(target.origin)) fetcher.forget(target.origin)
      watched = next
    },
    observe: async (signal) => {
      const waitedFor: Promise<void>[] = []
      for (const one of watched.values()) {
        const waits = !one.failed
        if (one.underWay === undefined) start(one)
        if (waits && one.underWay !== undefined) waitedFor.push(one.underWay)
      }
      await allOrAborted(waitedFor, signal)
      return conclude()
    },
    takeCounts: () => signals.takeCounts(),
    close: () => {
      for (const { target } of watched.values()) fetcher.forget(target.origin)
      watched = new Map()
    },
  }
}

/** One target and what is known of it. */
interface Watched {
  target: Target
  readonly extractor: Extractor
  readonly rate: RateRing
  underWay: Promise<void> | undefined
  /** It failed last time, so that nothing waits for it. */
  failed: boolean
  /** It answered since the last round ended. */
  answered: boolean
  report: TargetReport
}

const RPS = SOURCES.indexOf('rps')

function watch(target: Target, cache: ClassCache, spec: ScrapeSpec): Watched {
  return {
    target,
    extractor: createExtractor(cache),
    rate: createRateRing(spec.rateWindowMs, spec.intervalMs),
    underWay: undefined,
    failed: false,
    answered: false,
    report: { pod: target.pod, ok: false, why: 'it did not answer yet' },
  }
}

async function allOrAborted(promises: readonly Promise<void>[], signal: AbortSignal | undefined): Promise<void> {
  const all = Promise.all(promises)
  if (signal === undefined) {
    await all
    return
  }
  if (signal.aborted) return
  let onAbort = (): void => undefined
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve
    signal.addEventListener('abort', onAbort, { once: true })
  })
  await Promise.race([all, aborted])
  signal.removeEventListener('abort', onAbort)
}
