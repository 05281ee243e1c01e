// The eyes of diagnosis for one Guard: its pods' own bodies and the exporters beside it, read seldom while calm and often in trouble.
import type { Clock } from '../../model/clock.ts'
import type { PodReading, ResourceReading } from '../../model/resource.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { Fetcher } from '../scrape/fetch.ts'
import type { Target } from '../scrape/targets.ts'
import type { ObserverTap } from '../tap.ts'
import { SERVICE } from './exporters/service.ts'
import { measure, type Pair } from './measure.ts'
import { createPodEvidence, type PodEvidenceBooks } from './pod-evidence.ts'
import { createPodBooks } from './pods.ts'
import { metricsOf, type Recipe } from './recipe.ts'
import { type Choice, takeSnapshot } from './samples.ts'
import { createTogether } from './together.ts'

/** An exporter beside the service. */
export interface ExporterSource {
  /** What it is called in evidence: "node". */
  readonly name: string
  readonly recipes: readonly Recipe[]
  readonly choice: Choice
  /** The exporter's pods now, or why there are none. */
  readonly find: () => { readonly targets: readonly Target[]; readonly reasons: readonly string[] }
}

export interface ResourceWatch {
  /** Looks on while the Guard's pods are scraped. */
  readonly tap: ObserverTap
  /** To be called at every tick: sets the pace, and asks the exporters when it is time. Never waits. */
  turn(isTroubled: boolean): void
  /** True once after something new was read, so that an answer is made anew no oftener than it can change. */
  takeNews(): boolean
  readings(): readonly ResourceReading[]
  pods(): readonly PodReading[]
  /** Of each pod by itself; undefined while they look alike, and unless the Guard isolates pods. */
  evidence(): ReturnType<PodEvidenceBooks['read']>
  /** The pods that told of themselves in the last round; none unless the Guard isolates pods. */
  seenPods(): readonly string[]
  close(): void
}

/** What is usual moves slowly: in calm times a look now and then is enough. */
const CALM_EVERY_MS: Milliseconds = 30_000
const TROUBLED_EVERY_MS: Milliseconds = 5_000
const TIMEOUT_MS: Milliseconds = 4_000
/** So many turns without an answer, and what was said last says nothing about now. */
const STALE_TURNS = 3

interface Told {
  readonly of: string
  /** Undefined until it has answered. */
  pair: Pair | undefined
  /** Why it does not answer now. */
  why: string | undefined
}

interface Book {
  readonly name: string
  readonly recipes: readonly Recipe[]
  readonly wanted: ReadonlySet<string>
  readonly choice: Choice
  readonly told: Map<string, Told>
  /** Why it has no targets. */
  reasons: readonly string[]
}

export function createResourceWatch(
  { clock, fetcher }: { readonly clock: Clock; readonly fetcher: Fetcher },
  sources: readonly ExporterSource[],
  { isolates = false }: { readonly isolates?: boolean } = {},
): ResourceWatch {
  const pods = createPodBooks(TROUBLED_EVERY_MS)
  const evidence = isolates ? createPodEvidence(pods) : undefined
  const books = evidence ?? pods
  const together = createTogether()
  const own = bookOf('the service', SERVICE, {})
  const exporters = sources.map((source) => ({ source, book: bookOf(source.name, source.recipes, source.choice) }))
  const underWay = new Set<string>()
  let troubledSinceMs: Milliseconds | undefined
  let nextTurnMs = Number.NEGATIVE_INFINITY
  let isNews = false
  let isClosed = false

  const paceMs = () => (troubledSinceMs === undefined ? CALM_EVERY_MS : TROUBLED_EVERY_MS)

  function take(book: Book, target: Target, of: string, body: Buffer, type: string | undefined, atMs: Milliseconds) {
    const told = book.told.get(target.podUid) ?? { of, pair: undefined, why: undefined }
    const now = takeSnapshot(body, type, book.wanted, atMs)
    told.pair = { before: told.pair?.now, now, choice: book.choice }
    told.why = undefined
    book.told.set(target.podUid, told)
  }

  async function ask(book: Book, target: Target, of: string): Promise<void> {
    if (underWay.has(target.podUid)) return
    underWay.add(target.podUid)
    const told = book.told.get(target.podUid) ?? { of, pair: undefined, why: undefined }
    book.told.set(target.podUid, told)
    const suspect = told.why !== undefined
    const result = await fetcher.fetch({ target, timeoutMs: TIMEOUT_MS, suspect }, (body, type) =>
      take(book, target, of, body, type, clock.monotonic()),
    )
    isNews = true
    underWay.delete(target.podUid)
    if (result.kind === 'failed') told.why = result.why
    if (isClosed) fetcher.forget(target.origin)
  }

  function askExporters(): void {
    for (const { source, book } of exporters) {
      const { targets, reasons } = source.find()
      book.reasons = targets.length > 0 ? [] : reasons
      const known = new Set(targets.map((target) => target.podUid))
      for (const uid of book.told.keys()) if (!known.has(uid)) book.told.delete(uid)
      for (const target of targets) void ask(book, target, `${source.name} ${target.pod}`)
    }
  }

  /** What was said too long ago is forgotten. In the first moments of a trouble the pace was still the calm one. */
  function forgetStale(nowMs: Milliseconds): void {
    const inTrouble = troubledSinceMs === undefined ? 0 : nowMs - troubledSinceMs
    const ageMs = STALE_TURNS * (inTrouble > STALE_TURNS * TROUBLED_EVERY_MS ? TROUBLED_EVERY_MS : CALM_EVERY_MS)
    for (const book of [own, ...exporters.map((one) => one.book)])
      for (const [uid, told] of book.told) {
        if (told.pair === undefined || nowMs - told.pair.now.atMs <= ageMs) continue
        if (book === own) book.told.delete(uid)
        else told.pair = undefined
      }
  }

  function readBook(book: Book): ResourceReading[] {
    const isOwn = book === own
    const pairs = [...book.told.values()].flatMap(({ of, pair }) => (pair === undefined ? [] : [{ of, pair }]))
    const readings = book.recipes.flatMap((recipe): ResourceReading[] =>
      recipe.kind === 'hits' || recipe.kind === 'calls'
        ? together.read(
            recipe,
            book.name,
            pairs.map(({ pair }) => pair),
            troubledSinceMs === undefined,
          )
        : pairs.flatMap(({ of, pair }) => measure(recipe, pair, of) ?? []),
    )
    return isOwn ? readings : [...readings, ...blindness(book, readings)]
  }

  return {
    tap: {
      get wantsExtracts() {
        return isolates || troubledSinceMs !== undefined
      },
      body(target, body, contentType, atMs) {
        const last = own.told.get(target.podUid)?.pair?.now.atMs
        if (last !== undefined && atMs - last < paceMs()) return
        take(own, target, target.pod, body, contentType, atMs)
      },
      extract: (target, extract, tells) => books.add(target.pod, extract, tells, clock.monotonic()),
    },
    turn(isTroubled) {
      const nowMs = clock.monotonic()
      if (isTroubled !== (troubledSinceMs !== undefined)) {
        troubledSinceMs = isTroubled ? nowMs : undefined
        nextTurnMs = isTroubled ? nowMs : nowMs + CALM_EVERY_MS
        if (!isTroubled && !isolates) pods.clear()
      }
      if (nowMs < nextTurnMs) return
      nextTurnMs = nowMs + paceMs()
      isNews = true
      forgetStale(nowMs)
      // What is usual is learned from this, in calm times.
      if (!isTroubled) for (const book of [own, ...exporters.map((one) => one.book)]) readBook(book)
      askExporters()
    },
    takeNews() {
      const was = isNews
      isNews = false
      return was
    },
    readings: () => [own, ...exporters.map((one) => one.book)].flatMap(readBook),
    pods: () => pods.readings(clock.monotonic()),
    evidence: () => evidence?.read(clock.monotonic()),
    seenPods: () => evidence?.seen(clock.monotonic()) ?? [],
    close() {
      isClosed = true
      for (const { source } of exporters) for (const { origin } of source.find().targets) fetcher.forget(origin)
    },
  }
}

function bookOf(name: string, recipes: readonly Recipe[], choice: Choice): Book {
  return { name, recipes, wanted: new Set(recipes.flatMap(metricsOf)), choice, told: new Map(), reasons: [] }
}

/** For each resource that an exporter was named for and that none of its pods tells: why not. */
function blindness({ name, recipes, told, reasons }: Book, readings: readonly ResourceReading[]): ResourceReading[] {
  const whys = [...told.values()].flatMap(({ of, pair, why }) => {
    if (why !== undefined) return [`${of}: ${why}`]
    return pair === undefined ? [`${of} has not answered yet`] : []
  })
  const [why = reasons[0]] = whys
  return [...new Set(recipes.map(({ resource }) => resource))]
    .filter((resource) => !readings.some((one) => one.resource === resource))
    .map((resource) => ({ resource, kind: 'unknown', of: name, why: why ?? `${name} does not tell it (yet)` }))
}
