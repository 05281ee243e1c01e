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
  // One array of plain counts: this runs for every Guard at every tick, and what it costs is memory that is not in cache.
  const counts = new Int32Array(SOURCES.length * COUNTS)
  let someMissing = false
  let targets = 0
  let seen = 0
  let expected = 0

  function countOf(source: number, which: number): number {
    return counts[source * COUNTS + which] ?? 0
  }

  function increase(source: number, which: number): void {
    counts[source * COUNTS + which] = countOf(source, which) + 1
  }

  function miss(source: number, why: string): void {
    missing[source]?.push(why)
    someMissing = true
  }

  function coverageOf(source: number): Covered {
    if (configured[source] !== true) return ABSENT
    if (source === ERRORS && configured[RPS] !== true) return { kind: 'unknown', why: NO_REQUESTS }
    if (isOptional[source] === true && everExposed[source] !== true) return ABSENT
    const told = countOf(source, EXPECTED_TELLING)
    const wanted = expected - countOf(source, EXPECTED_WAITING)
    const names = missing[source] ?? []
    if (countOf(source, TELLING) > 0 && 2 * told >= wanted) {
      if (names.length === 0) return OK
      return { kind: 'ok', missing: `${wanted - told} of ${wanted} pods not seen: ${listOf(names)}` }
    }
    if (targets === 0) return { kind: 'unknown', why: 'no pod to scrape' }
    if (names.length === 0) return { kind: 'unknown', why: countOf(source, WAITING_TOO) === 0 ? NONE_READY : WAITING }
    const few = seen === 0 || told > 0 ? `only ${told} of ${wanted} pods seen: ` : ''
    return { kind: 'unknown', why: few + listOf(names) }
  }

  return {
    begin: () => {
      targets = 0
      seen = 0
      expected = 0
      for (let index = 0; index < counts.length; index++) counts[index] = 0
      if (someMissing) for (const names of missing) names.length = 0
      someMissing = false
    },
    add: (target, extract, report) => {
      targets++
      if (extract !== undefined) seen++
      if (target.expected) expected++
      for (let source = 0; source < SOURCES.length; source++) {
        tells[source] = false
        if (configured[source] !== true) continue
        if (extract === undefined) {
          if (target.expected) miss(source, `${target.pod}: ${report.ok ? 'no answer yet' : report.why}`)
          continue
        }
        if (extract.absent[source] !== true) everExposed[source] = true
        const problem = extract.problems[source] ?? (source === ERRORS ? extract.problems[RPS] : undefined)
        if (problem !== undefined) {
          if (target.expected) miss(source, `${target.pod} ${problem}`)
        } else if (source <= LAST_COUNTER && !extract.hasIncreases) {
          increase(source, WAITING_TOO)
          if (target.expected) increase(source, EXPECTED_WAITING)
        } else {
          tells[source] = true
          increase(source, TELLING)
          if (target.expected) increase(source, EXPECTED_TELLING)
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

/** Counts per source: targets that tell it, and that wait for their second scrape; of all, and of the expected. */
const COUNTS = 4
const TELLING = 0
const EXPECTED_TELLING = 1
const WAITING_TOO = 2
const EXPECTED_WAITING = 3
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
