// How much of a Guard a round saw: whether each source is told by enough targets, and who is missing.
import { type Catalog, SOURCES, type SourceName } from './scrape/catalog.ts'
import type { Extract } from './scrape/extract.ts'
import type { Target } from './scrape/targets.ts'
import { type Coverage as Covered, WAITING } from './signals.ts'

export interface Coverage {
  begin(): void
  /** Counts a target; `extract` is undefined when it was not seen. Returns, reused, which sources it tells. */
  add(target: Target, extract: Extract | undefined, report: Report): readonly boolean[]
  /** The coverage of each source, in the order of `SOURCES`. Reused. */
  end(): readonly Covered[]
}

type Report = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** How many missing targets a reason names. */
const MOST_NAMED = 3
const OK: Covered = { kind: 'ok', missing: undefined }
const ABSENT: Covered = { kind: 'absent' }

/**
 * A source is ok while at least half of the expected targets tell it; those that wait for their second scrape are not
 * counted. Sources without candidates are absent, and so is an optional one that no target has ever exposed.
 */
export function createCoverage(catalog: Catalog, optional: readonly SourceName[]): Coverage {
  const configured = SOURCES.map((_, source) => (catalog.candidates[source]?.length ?? 0) > 0)
  const isOptional = SOURCES.map((name) => optional.includes(name))
  const everExposed = SOURCES.map(() => false)
  const missing = SOURCES.map((): string[] => [])
  const tells = SOURCES.map(() => false)
  const covered = SOURCES.map(() => ABSENT)
  // Plain counts per source: this runs for every Guard at every tick.
  const telling = new Int32Array(SOURCES.length)
  const expectedTelling = new Int32Array(SOURCES.length)
  const waiting = new Int32Array(SOURCES.length)
  const expectedWaiting = new Int32Array(SOURCES.length)
  let targets = 0
  let seen = 0
  let expected = 0

  function increase(counts: Int32Array, source: number): void {
    counts[source] = (counts[source] as number) + 1
  }

  function coverageOf(source: number): Covered {
    if (configured[source] !== true) return ABSENT
    if (source === ERRORS && configured[RPS] !== true) return { kind: 'unknown', why: NO_REQUESTS }
    if (isOptional[source] === true && everExposed[source] !== true) return ABSENT
    const told = expectedTelling[source] ?? 0
    const wanted = expected - (expectedWaiting[source] ?? 0)
    const names = missing[source] ?? []
    if (telling[source] !== 0 && 2 * told >= wanted) {
      if (names.length === 0) return OK
      return { kind: 'ok', missing: `${wanted - told} of ${wanted} pods not seen: ${listOf(names)}` }
    }
    if (targets === 0) return { kind: 'unknown', why: 'no pod to scrape' }
    if (names.length === 0) return { kind: 'unknown', why: waiting[source] === 0 ? NONE_READY : WAITING }
    const few = seen === 0 || told > 0 ? `only ${told} of ${wanted} pods seen: ` : ''
    return { kind: 'unknown', why: few + listOf(names) }
  }

  return {
    begin: () => {
      targets = 0
      seen = 0
      expected = 0
      telling.fill(0)
      expectedTelling.fill(0)
      waiting.fill(0)
      expectedWaiting.fill(0)
      for (const names of missing) names.length = 0
    },
    add: (target, extract, report) => {
      targets++
      if (extract !== undefined) seen++
      if (target.expected) expected++
      for (let source = 0; source < SOURCES.length; source++) {
        tells[source] = false
        if (configured[source] !== true) continue
        if (extract === undefined) {
          if (target.expected) missing[source]?.push(`${target.pod}: ${report.ok ? 'no answer yet' : report.why}`)
          continue
        }
        if (extract.absent[source] !== true) everExposed[source] = true
        const problem = extract.problems[source] ?? (source === ERRORS ? extract.problems[RPS] : undefined)
        if (problem !== undefined) {
          if (target.expected) missing[source]?.push(`${target.pod} ${problem}`)
        } else if (source <= LAST_COUNTER && !extract.hasIncreases) {
          increase(waiting, source)
          if (target.expected) increase(expectedWaiting, source)
        } else {
          tells[source] = true
          increase(telling, source)
          if (target.expected) increase(expectedTelling, source)
        }
      }
      return tells
    },
    end: () => {
      for (let source = 0; source < SOURCES.length; source++) covered[source] = coverageOf(source)
      return covered
    },
  }
}

/** The sources up to this one are made of increases, which need two scrapes. */
const LAST_COUNTER = SOURCES.indexOf('cpu')
const RPS = SOURCES.indexOf('rps')
const ERRORS = SOURCES.indexOf('errors')
const NONE_READY = 'no pod is ready yet'
const NO_REQUESTS = 'errors are a share of the requests: name a source of rps too'

function listOf(missing: readonly string[]): string {
  const named = missing.slice(0, MOST_NAMED).join('; ')
  return missing.length > MOST_NAMED ? `${named}; and ${missing.length - MOST_NAMED} more` : named
}
