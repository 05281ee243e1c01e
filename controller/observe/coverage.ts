// How much of a Guard a round saw: whether each source is told by enough targets, and who is missing.
import { type Catalog, SOURCES, type SourceName } from './scrape/catalog.ts'
import type { Extract } from './scrape/extract.ts'
import type { Target } from './scrape/targets.ts'
import { type Coverage as Covered, needsTwoScrapes, WAITING } from './signals.ts'

export interface Coverage {
  begin(): void
  /** Counts a target; `extract` is undefined when it was not seen. Returns, reused, which sources it tells. */
  add(target: Target, extract: Extract | undefined, report: Report): readonly boolean[]
  /** The coverage of each source, in the order of `SOURCES`. */
  end(): readonly Covered[]
}

type Report = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** How many missing targets a reason names. */
const MOST_NAMED = 3
const OK: Covered = { kind: 'ok', missing: undefined }
const ABSENT: Covered = { kind: 'absent' }
const RPS = SOURCES.indexOf('rps')

/**
 * A source is ok while at least half of the expected targets tell it; those that wait for their second scrape are not
 * counted. Sources without candidates are absent, and so is an optional one that no target has ever exposed.
 */
export function createCoverage(catalog: Catalog, optional: readonly SourceName[]): Coverage {
  const tells = SOURCES.map(() => false)
  const tally = SOURCES.map((name, source) => ({
    name,
    source,
    configured: (catalog.candidates[source]?.length ?? 0) > 0,
    optional: optional.includes(name),
    everExposed: false,
    telling: 0,
    expectedTelling: 0,
    waiting: 0,
    expectedWaiting: 0,
    missing: [] as string[],
  }))
  let targets = 0
  let seen = 0
  let expected = 0
  type Tally = (typeof tally)[number]

  function end(one: Tally): Covered {
    if (!one.configured) return ABSENT
    if (one.name === 'errors' && tally[RPS]?.configured !== true) return { kind: 'unknown', why: NO_REQUESTS }
    if (one.optional && !one.everExposed) return ABSENT
    const wanted = expected - one.expectedWaiting
    if (one.telling > 0 && 2 * one.expectedTelling >= wanted) {
      return one.missing.length === 0
        ? OK
        : { kind: 'ok', missing: `${wanted - one.expectedTelling} of ${wanted} pods not seen: ${listOf(one.missing)}` }
    }
    if (targets === 0) return { kind: 'unknown', why: 'no pod to scrape' }
    if (one.missing.length === 0) return { kind: 'unknown', why: one.waiting > 0 ? WAITING : NONE_READY }
    const who = `${one.expectedTelling} of ${wanted} pods seen: ${listOf(one.missing)}`
    return { kind: 'unknown', why: seen === 0 || one.expectedTelling > 0 ? `only ${who}` : listOf(one.missing) }
  }

  return {
    begin: () => {
      targets = 0
      seen = 0
      expected = 0
      for (const one of tally) {
        one.telling = 0
        one.expectedTelling = 0
        one.waiting = 0
        one.expectedWaiting = 0
        if (one.missing.length > 0) one.missing = []
      }
    },
    add: (target, extract, report) => {
      targets++
      if (extract !== undefined) seen++
      if (target.expected) expected++
      for (const one of tally) {
        const { source } = one
        tells[source] = false
        if (!one.configured) continue
        if (extract === undefined) {
          if (target.expected) one.missing.push(`${target.pod}: ${report.ok ? 'no answer yet' : report.why}`)
          continue
        }
        if (extract.absent[source] !== true) one.everExposed = true
        const problem = extract.problems[source] ?? (one.name === 'errors' ? extract.problems[RPS] : undefined)
        if (problem !== undefined) {
          if (target.expected) one.missing.push(`${target.pod} ${problem}`)
        } else if (needsTwoScrapes(one.name) && !extract.hasIncreases) {
          one.waiting++
          if (target.expected) one.expectedWaiting++
        } else {
          tells[source] = true
          one.telling++
          if (target.expected) one.expectedTelling++
        }
      }
      return tells
    },
    end: () => tally.map(end),
  }
}

const NONE_READY = 'no pod is ready yet'
const NO_REQUESTS = 'errors are a share of the requests: name a source of rps too'

function listOf(missing: readonly string[]): string {
  const named = missing.slice(0, MOST_NAMED).join('; ')
  return missing.length > MOST_NAMED ? `${named}; and ${missing.length - MOST_NAMED} more` : named
}
