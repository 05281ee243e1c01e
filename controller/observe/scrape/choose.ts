// Chooses, for each source, the first candidate that a target exposes, and says what is missing when there is none.
import { type Candidate, type Catalog, SOURCES } from './catalog.ts'

/** How often each feed was met in one exposition; indices are those of `Catalog.feeds`. */
export interface Tally {
  /** Series of the feed's metric that have its labels. */
  readonly exposed: Int32Array
  /** Series of the feed's metric, and `# TYPE` lines that announce it. */
  readonly named: Int32Array
  readonly announced: Int32Array
  /** Series that the feed selects. */
  readonly selected: Int32Array
}

export interface Choice {
  /** For each source the candidate to read; undefined when the target exposes none. */
  readonly candidates: readonly (Candidate | undefined)[]
  /** For each source why it can't be read. */
  readonly problems: readonly (string | undefined)[]
}

export function emptyTally(catalog: Catalog): Tally {
  const zeros = () => new Int32Array(catalog.feeds.length)
  return { exposed: zeros(), named: zeros(), announced: zeros(), selected: zeros() }
}

/**
 * A counter is exposed when a series of its metric has the labels that it is matched by, or when only its `# TYPE` line is
 * there yet: no request, no series. So an error counter that selects nothing so far means no errors. One single candidate
 * is a statement rather than a guess: there, a metric without those labels yet will do (some exporters add the label of an
 * error with the first error). A gauge needs a series.
 */
export function choose(catalog: Catalog, tally: Tally): Choice {
  const candidates = catalog.candidates.map((choices, source) => {
    const isGauge = SOURCES[source] === 'pool' || SOURCES[source] === 'queue'
    const every = (counts: Int32Array) =>
      choices.find((candidate) => candidate.feeds.every((feed) => (counts[feed] ?? 0) > 0))
    if (isGauge) return every(tally.selected)
    return every(tally.exposed) ?? every(unnamed(tally)) ?? (choices.length === 1 ? every(tally.named) : undefined)
  })
  return { candidates, problems: candidates.map((candidate, source) => problemOf(catalog, tally, source, candidate)) }
}

/** Feeds that are announced and have no series of their metric at all. */
function unnamed(tally: Tally): Int32Array {
  return tally.announced.map((count, feed) => ((tally.named[feed] ?? 0) > 0 ? 0 : count))
}

function problemOf(catalog: Catalog, tally: Tally, source: number, chosen: Candidate | undefined): string | undefined {
  const choices = catalog.candidates[source] ?? []
  if (chosen !== undefined || choices.length === 0) return undefined
  const someNamed = choices.some((candidate) => candidate.feeds.some((feed) => (tally.named[feed] ?? 0) > 0))
  const what = someNamed ? 'exposes no series that fits' : 'does not expose'
  return `${what} ${choices.length > 1 ? 'any of ' : ''}${catalog.lookedFor(source)}`
}
