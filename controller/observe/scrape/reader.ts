// Reads the chosen series of one target's bodies: by its learned layout, else line by line while learning it anew.
import type { Candidate, Catalog, Part, SeriesClass } from './catalog.ts'
import { choose, emptyTally, type Tally } from './choose.ts'
import { type Layout, type LineNotes, learnLayout } from './layout.ts'
import type { Span } from './lex.ts'
import { createText, familyOf, seriesOf, type Text } from './parse.ts'
import { isOpenMetrics, type Walked, walk } from './walk.ts'

/** One series and what it adds to. A series that adds to two things has two slots. */
export interface Slot {
  readonly key: string
  /** The selector that selects it: an index into `Catalog.feeds`. */
  readonly feed: number
  readonly part: Part
  readonly source: number
  /** In seconds, for buckets. */
  readonly le: number
  /** Index of its value in `Reading.values`. */
  readonly valueIndex: number
}

/** Which series a target's values come from. A new object whenever that changes. */
export interface Binding {
  readonly slots: readonly Slot[]
  readonly candidates: readonly (Candidate | undefined)[]
  readonly problems: readonly (string | undefined)[]
  /** For each feed whether its metric was announced and had no series at all yet. */
  readonly unborn: readonly boolean[]
}

/** One body's chosen values. Reused by the next `read`. */
export interface Reading {
  values: Float64Array
  binding: Binding
  /** What the last walk over the lines met; bodies read by layout have the same lines. */
  walked: Walked
}

/** What catalog says of each series and comment, by their text, shared by the targets of a Guard. */
export interface ClassCache {
  readonly catalog: Catalog
  readonly series: Map<string, SeriesClass>
  readonly comments: Map<string, readonly number[]>
  /** Bodies read by layout since the texts were last looked at. */
  unused: number
}

export interface TargetReader {
  read(body: Buffer, contentType: string | undefined): Reading
  /** How bodies were read so far: for benchmarks and tests. */
  readonly counts: { layout: number; walk: number }
}

/** Texts that are remembered per Guard; past it all are forgotten, which bounds series that never come back. */
const MOST_REMEMBERED = 50_000
/** Bodies that are only walked after a layout did not last, at most: learning would be in vain. */
const LONGEST_PAUSE = 64
/** While all targets are read by layout, the texts are only ballast for the garbage collector. */
const FORGOTTEN_AFTER = 8

export function createClassCache(catalog: Catalog): ClassCache {
  return { catalog, series: new Map(), comments: new Map(), unused: 0 }
}

function settle(cache: ClassCache): void {
  if (cache.unused++ < FORGOTTEN_AFTER || cache.series.size + cache.comments.size === 0) return
  cache.series.clear()
  cache.comments.clear()
}

export function createTargetReader(cache: ClassCache): TargetReader {
  const counts = { layout: 0, walk: 0 }
  let layout: Layout | undefined
  let layoutIsOpenMetrics = false
  let reading: Reading | undefined
  let fruitless = 0
  let pause = 0
  return {
    counts,
    read: (body, contentType) => {
      const openMetrics = isOpenMetrics(body, contentType)
      if (layout !== undefined && reading !== undefined && openMetrics === layoutIsOpenMetrics) {
        if (layout.read(body, reading.values)) {
          counts.layout++
          fruitless = 0
          settle(cache)
          return reading
        }
      }
      counts.walk++
      const learns = pause === 0
      if (learns && layout !== undefined) fruitless++
      const lines = readLines(cache, body, openMetrics, reading, learns)
      reading = lines.reading
      layout = learns ? learnLayout(body, lines.notes, openMetrics) : undefined
      layoutIsOpenMetrics = openMetrics
      // A layout that lasted for no scrape at all, again and again, is not worth learning for a while.
      pause = learns ? (fruitless > 2 ? Math.min(LONGEST_PAUSE, 2 ** (fruitless - 2)) : 0) : pause - 1
      return reading
    },
  }
}

function readLines(
  cache: ClassCache,
  body: Buffer,
  openMetrics: boolean,
  previous: Reading | undefined,
  learns: boolean,
): { reading: Reading; notes: LineNotes } {
  const { catalog } = cache
  const tally = emptyTally(catalog)
  const notes: LineNotes = { offsets: [], chosen: [] }
  const hits: { line: number; found: SeriesClass; value: number }[] = []
  let line = 0
  cache.unused = 0
  if (cache.series.size > MOST_REMEMBERED) cache.series.clear()
  if (cache.comments.size > MOST_REMEMBERED) cache.comments.clear()
  const text = createText(body)
  const walked = walk(body, openMetrics, {
    sample: (span, value, lineEnd) => {
      // A metric that nobody asks for needs no look at its labels; a name in quotes has to be read first.
      const bare = text.slice(span.nameStart, span.nameEnd)
      const found = bare === '' || catalog.wants(bare) ? classOf(cache, text, span) : undefined
      if (found !== undefined) {
        hits.push({ line, found, value })
        count(tally, found)
      }
      if (learns) {
        notes.offsets.push(span.valueStart, lineEnd)
        notes.chosen.push(false)
      }
      line++
    },
    comment: (start, end) => {
      let announces = cache.comments.get(text.slice(start, end))
      if (announces === undefined) {
        const comment = body.toString('utf8', start, end)
        const family = familyOf(comment)
        announces = family?.says.type === undefined ? [] : catalog.declaredBy(family.name)
        cache.comments.set(comment, announces)
      }
      for (const feed of announces) tally.announced[feed] = (tally.announced[feed] ?? 0) + 1
    },
  })
  const { candidates, problems } = choose(catalog, tally)
  const { slots, values, lines } = bind(catalog, candidates, hits)
  for (const chosen of learns ? lines : []) notes.chosen[chosen] = true
  const unborn = catalog.feeds.map((_, feed) => tally.announced[feed] !== 0 && tally.named[feed] === 0)
  const fresh = { slots, candidates, problems, unborn }
  const binding = previous !== undefined && isSameBinding(previous.binding, fresh) ? previous.binding : fresh
  return { reading: { values: Float64Array.from(values), binding, walked }, notes }
}

function classOf(cache: ClassCache, text: Text, span: Span): SeriesClass | undefined {
  const series = text.slice(span.seriesStart, span.seriesEnd)
  const known = cache.series.get(series)
  if (known !== undefined) return known
  const { name, labels } = seriesOf(text, span)
  const found = cache.catalog.classify(name, labels)
  // The key is a copy: a slice would keep this body's whole text in memory.
  if (found !== undefined) cache.series.set(text.bytes.toString('utf8', span.seriesStart, span.seriesEnd), found)
  return found
}

function count(tally: Tally, found: SeriesClass): void {
  for (const feed of found.named) tally.named[feed] = (tally.named[feed] ?? 0) + 1
  for (const feed of found.exposes) tally.exposed[feed] = (tally.exposed[feed] ?? 0) + 1
  for (const { feed } of found.feeds) tally.selected[feed] = (tally.selected[feed] ?? 0) + 1
}

function bind(
  catalog: Catalog,
  candidates: readonly (Candidate | undefined)[],
  hits: readonly { line: number; found: SeriesClass; value: number }[],
): { slots: Slot[]; values: number[]; lines: number[] } {
  const sourceOf = new Map(
    candidates.flatMap((candidate, source) => candidate?.feeds.map((feed) => [feed, source] as const) ?? []),
  )
  const slots: Slot[] = []
  const values: number[] = []
  const lines: number[] = []
  const seen = new Set<string>()
  for (const { line, found, value } of hits) {
    // A series that stands there twice counts once, as in Prometheus; only its first line is read.
    if (seen.has(found.key)) continue
    seen.add(found.key)
    const before = slots.length
    for (const { feed, le } of found.feeds) {
      const source = sourceOf.get(feed)
      const part = catalog.feeds[feed]?.part
      if (source === undefined || part === undefined) continue
      slots.push({ key: found.key, feed, part, source, le, valueIndex: values.length })
    }
    if (slots.length > before) {
      values.push(value)
      lines.push(line)
    }
  }
  return { slots, values, lines }
}

function isSameBinding(one: Binding, other: Binding): boolean {
  return (
    one.slots.length === other.slots.length &&
    one.slots.every((slot, index) => slot.key === other.slots[index]?.key && slot.feed === other.slots[index]?.feed) &&
    one.candidates.every((candidate, source) => candidate === other.candidates[source]) &&
    one.problems.every((problem, source) => problem === other.problems[source]) &&
    one.unborn.every((unborn, feed) => unborn === other.unborn[feed])
  )
}
