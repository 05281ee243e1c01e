// Compiles a Guard's signal sources into questions that are asked of each series once, and remembers the answers.
import type { SeriesSelector, SignalSources } from '../../model/signal-source.ts'

/** The sources in a fixed order; a source's index is its place here. */
export const SOURCES = ['rps', 'errors', 'latency', 'cpu', 'pool', 'queue'] as const
export type SourceName = (typeof SOURCES)[number]

/** What a series adds to. Latency buckets add to their own `le` bound. */
export type Part = 'rps' | 'errors' | 'bucket' | 'cpu' | 'poolUsed' | 'poolMax' | 'queue'

interface LabelPattern {
  readonly label: string
  readonly pattern: RegExp
}

/** One selector of one candidate of one source. */
export interface Feed {
  readonly part: Part
  /** The name of the samples: a histogram's with `_bucket`. */
  readonly metric: string
  readonly match: readonly LabelPattern[]
  readonly except: readonly LabelPattern[]
  /** What a bucket's `le` is divided by, to be in seconds. */
  readonly unitsPerSecond: number
}

/** One way to read a source; the feeds are indices into `Catalog.feeds`. */
export interface Candidate {
  readonly feeds: readonly number[]
  /** Connections each pod may hold, when the source gives a number instead of a series. */
  readonly poolMax: number | undefined
  /** All pods report one and the same queue. */
  readonly shared: boolean
}

/** What one series is to the catalog. */
export interface SeriesClass {
  /** The series in one canonical spelling. */
  readonly key: string
  /** Feeds whose metric this is and whose labels it has. */
  readonly exposes: readonly number[]
  /** Feeds whose metric this is, whatever its labels. */
  readonly named: readonly number[]
  /** Feeds that select it; `le` in seconds for buckets. */
  readonly feeds: readonly { readonly feed: number; readonly le: number }[]
}

export interface Catalog {
  readonly feeds: readonly Feed[]
  /** For each source in order. */
  readonly candidates: readonly (readonly Candidate[])[]
  /** The class of a series, or undefined when no source asks for its metric. */
  classify(name: string, labels: Readonly<Record<string, string>>): SeriesClass | undefined
  /** Whether any source asks for this metric. */
  wants(metric: string): boolean
  /** Feeds for whose metric a `# TYPE name type` line speaks. */
  declaredBy(name: string): readonly number[]
  /** What was asked for, in words: `http_requests_total{status=~"5.."}`. */
  lookedFor(source: number): string
}

const ALONE = { poolMax: undefined, shared: false } as const

/** Compiles `sources`. Throws a SyntaxError that names the label when a `match` is no regular expression. */
export function createCatalog(sources: SignalSources): Catalog {
  const feeds: Feed[] = []
  const add = (part: Part, selector: SeriesSelector, suffix = '', unitsPerSecond = 1): number =>
    feeds.push({
      part,
      metric: selector.metric + suffix,
      match: compile(selector, 'match'),
      except: compile(selector, 'except'),
      unitsPerSecond,
    }) - 1
  const plain = (part: Part, selectors: readonly SeriesSelector[]): Candidate[] =>
    selectors.map((selector) => ({ ...ALONE, feeds: [add(part, selector)] }))

  const candidates: Record<SourceName, readonly Candidate[]> = {
    rps: plain('rps', sources.rps),
    errors: plain('errors', sources.errors),
    latency: sources.latency.map((source) => ({
      ...ALONE,
      feeds: [add('bucket', source, '_bucket', source.unit === 'milliseconds' ? 1000 : 1)],
    })),
    cpu: plain('cpu', sources.cpu),
    pool: sources.pool.map(({ used, max }) =>
      typeof max === 'number'
        ? { ...ALONE, feeds: [add('poolUsed', used)], poolMax: max }
        : { ...ALONE, feeds: [add('poolUsed', used), add('poolMax', max)] },
    ),
    queue: sources.queue.map((source) => ({
      ...ALONE,
      feeds: [add('queue', source)],
      shared: source.aggregate === 'max',
    })),
  }
  const byMetric = new Map<string, number[]>()
  feeds.forEach((feed, index) => {
    byMetric.set(feed.metric, [...(byMetric.get(feed.metric) ?? []), index])
  })
  const inOrder = SOURCES.map((source) => candidates[source])

  return {
    feeds,
    candidates: inOrder,
    classify: (name, labels) => {
      const named = byMetric.get(name)
      return named === undefined ? undefined : classify(feeds, named, name, labels)
    },
    wants: (metric) => byMetric.has(metric),
    declaredBy: (name) =>
      [name, `${name}_total`, `${name}_count`, `${name}_bucket`].flatMap((metric) => byMetric.get(metric) ?? []),
    lookedFor: (source) =>
      (inOrder[source] ?? [])
        .flatMap((candidate) => candidate.feeds.flatMap((index) => feeds[index] ?? []))
        .map(describe)
        .join(', '),
  }
}

function compile(selector: SeriesSelector, which: 'match' | 'except'): readonly LabelPattern[] {
  return Object.entries(selector[which] ?? {}).map(([label, text]) => {
    try {
      return { label, pattern: new RegExp(`^(?:${text})$`, 's') }
    } catch (cause) {
      throw new SyntaxError(
        `${selector.metric}: ${which}.${label} is not a regular expression: ${text}. Correct it, or escape its special characters with a backslash.`,
        { cause },
      )
    }
  })
}

function classify(
  feeds: readonly Feed[],
  named: readonly number[],
  name: string,
  labels: Readonly<Record<string, string>>,
): SeriesClass {
  const exposes: number[] = []
  const selected: { feed: number; le: number }[] = []
  for (const index of named) {
    const feed = feeds[index]
    if (feed === undefined) continue
    if (feed.except.some(({ label, pattern }) => pattern.test(labelOf(labels, label)))) continue
    // As in PromQL, a label that is absent has the empty value.
    if (!feed.match.every(({ label, pattern }) => Object.hasOwn(labels, label) || pattern.test(''))) continue
    const le = feed.part === 'bucket' ? boundOf(labels) / feed.unitsPerSecond : 0
    if (Number.isNaN(le)) continue
    exposes.push(index)
    if (feed.match.every(({ label, pattern }) => pattern.test(labelOf(labels, label))))
      selected.push({ feed: index, le })
  }
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return { key: `${name}${JSON.stringify(sorted)}`, exposes, named, feeds: selected }
}

function labelOf(labels: Readonly<Record<string, string>>, label: string): string {
  return Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''
}

function boundOf(labels: Readonly<Record<string, string>>): number {
  const le = labelOf(labels, 'le')
  if (/^\+?inf(inity)?$/i.test(le)) return Number.POSITIVE_INFINITY
  return le.trim() === '' ? Number.NaN : Number(le)
}

function describe(feed: Feed): string {
  const patterns = [
    ...feed.match.map((one) => ({ ...one, operator: '=~' })),
    ...feed.except.map((one) => ({ ...one, operator: '!~' })),
  ]
  const matchers = patterns.map(({ label, operator, pattern }) => `${label}${operator}"${pattern.source.slice(4, -2)}"`)
  return matchers.length === 0 ? feed.metric : `${feed.metric}{${matchers.join(',')}}`
}
