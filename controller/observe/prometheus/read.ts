// From the rows of a Guard to its signals: what is known of each, on how many of its pods, and why not.
import { type Count, type Counts, NOTHING_COUNTED } from '../../model/counts.ts'
import type { Observation, Observations, Unknown } from '../../model/signal.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'
import { countUpTo, cutAt } from '../buckets.ts'
import { histogramQuantile } from '../quantile.ts'
import { type Catalog, SOURCES, type SourceName } from '../scrape/catalog.ts'
import { tooFew } from '../signals.ts'
import type { GuardRows, Row } from './rows.ts'

/** The pods of the workload, as far as they are known. */
export interface KnownPods {
  /** Names of those whose silence counts as missing. */
  readonly expected: readonly string[]
  /** It is so young that the server need not have two samples of it yet. */
  isNew(pod: string): boolean
  /** The cores it may use; of all pods together for the empty name, undefined when none is known. */
  coresOf(pod: string): number | undefined
  /** How many there are; undefined when that is not known. */
  readonly count: number | undefined
}

/** An exporter of which nothing is known but what the server has: nobody's silence is missed, and what speaks is one. */
export const NO_KNOWN_PODS: KnownPods = { expected: [], isNew: () => false, coresOf: () => undefined, count: 1 }

export interface ReadSpec {
  readonly windowMs: Milliseconds
  readonly staleMs: Milliseconds
  readonly minimumRequests: number
  /** Requests that take longer are counted as slow; undefined counts none. */
  readonly slowAboveMs?: Milliseconds | undefined
  readonly optional: readonly SourceName[]
}

export interface SignalReader {
  read(rows: GuardRows, pods: KnownPods): Observations
  /** What came in `spanMs`, as far as the rows tell: rate × time. */
  count(rows: GuardRows, pods: KnownPods, spanMs: Milliseconds): Counts
}

/** How many missing pods a reason names. */
const MOST_NAMED = 3
const WAITING = 'waiting for the second sample, which makes a rate'
type Seen = { readonly rows: readonly Row[]; readonly missing: string | undefined }

/** Remembers only which optional sources were ever there: until then they are absent rather than unknown. */
export function createSignalReader(catalog: Catalog, spec: ReadSpec): SignalReader {
  const everTold = new Set<SourceName>()
  const silence = SOURCES.map(
    (_, index) => `no sample of ${lookedFor(catalog, index)} in the last ${formatDuration(spec.staleMs)}`,
  )

  /** The rows of a source that can be used, with who is missing; or why it is unknown; undefined when it is not observed. */
  function see(
    source: SourceName,
    all: GuardRows,
    pods: KnownPods,
    tells: Tells = allFinite,
  ): Seen | Unknown | undefined {
    const index = SOURCES.indexOf(source)
    const told = all[index]
    const isConfigured = (catalog.candidates[index]?.length ?? 0) > 0
    if (!isConfigured) return undefined
    const isOptional = spec.optional.includes(source) && !everTold.has(source)
    if (told === undefined) return unknown('errors are a share of the requests: name a source of rps too')
    // Also where it is only guessed: who could not look can't know that nothing is there.
    if (told.kind === 'failed') return unknown(told.why)
    if (told.rows.length > 0) everTold.add(source)
    else if (isOptional) return undefined

    const byPod = new Map<string, Row[]>()
    for (const row of told.rows) byPod.set(row.pod, [...(byPod.get(row.pod) ?? []), row])
    const problems = new Map<string, string>()
    const rows: Row[] = []
    for (const [pod, ofPod] of byPod) {
      const problem = tells(ofPod)
      if (problem === undefined) rows.push(...ofPod)
      else problems.set(pod, `${pod} ${problem}`.trim())
    }
    const nothing = silence[index] ?? ''
    const areApart = !byPod.has('')
    const lacking = areApart ? pods.expected.filter((pod) => !byPod.has(pod) || problems.has(pod)) : []
    const waiting = lacking.filter((pod) => pods.isNew(pod) && !problems.has(pod))
    const names = lacking
      .filter((pod) => !waiting.includes(pod))
      .map((pod) => problems.get(pod) ?? `${pod}: ${nothing}`)
    const wanted = pods.expected.length - waiting.length
    if (rows.length === 0) {
      const [problem] = problems.values()
      if (problem !== undefined) return unknown(problem)
      return unknown(waiting.length > 0 && names.length === 0 ? WAITING : `${nothing}: does it scrape the pods?`)
    }
    if (names.length === 0) return { rows, missing: undefined }
    const seen = wanted - names.length
    return 2 * seen >= wanted
      ? { rows, missing: `${names.length} of ${wanted} pods not seen: ${listOf(names)}` }
      : unknown(`only ${seen} of ${wanted} pods seen: ${listOf(names)}`)
  }

  return {
    read(all, pods) {
      const slow = see('latency', all, pods)
      const buckets = slow === undefined || !('rows' in slow) ? undefined : bucketsOf(slow.rows)
      const quiet = buckets === undefined ? undefined : tooFew(buckets.counts.at(-1) ?? 0, spec)
      const latency = (q: number) =>
        observe(slow, () => quiet ?? quantile(q, buckets?.bounds ?? NONE, buckets?.counts ?? NONE))
      return {
        rps: observe(see('rps', all, pods), (rows) => sum(rows)),
        errors: observe(see('errors', all, pods, tellsErrors), (rows) => {
          const requests = sum(rows, 'requests')
          return tooFew(requests, spec) ?? Math.min(1, Math.max(0, sum(rows, 'errors')) / requests)
        }),
        latencyP50: latency(0.5),
        latencyP95: latency(0.95),
        latencyP99: latency(0.99),
        cpu: observe(see('cpu', all, pods), (rows) => cpu(rows, pods)),
        pool: observe(see('pool', all, pods), (rows) => pool(rows, pods)),
        queue: observe(see('queue', all, pods), (rows) => {
          const shared = rows.filter((row) => row.part === 'max').map((row) => row.value)
          return sum(rows, 'sum') + (shared.length === 0 ? 0 : Math.max(...shared))
        }),
        replicasWanted: undefined,
        replicasReady: undefined,
      }
    },
    count(all, pods, spanMs) {
      const [asked, slow] = [see('errors', all, pods, tellsErrors), see('latency', all, pods)]
      const share = spanMs / spec.windowMs
      const told = asked === undefined || !('rows' in asked) ? undefined : asked.rows
      const requests = told === undefined ? NOTHING_COUNTED : countOf(sum(told, 'requests'), sum(told, 'errors'))
      function countOf(events: number, bad: number): Count {
        const [most, failed] = [Math.max(0, events), Math.max(0, bad)]
        return { events: most * share, bad: Math.min(most, failed) * share, watchedMs: spanMs }
      }
      const { slowAboveMs } = spec
      if (slowAboveMs === undefined || slow === undefined || !('rows' in slow))
        return { requests, timed: NOTHING_COUNTED }
      const { bounds, counts } = bucketsOf(slow.rows)
      if (bounds.length < 2 || bounds.at(-1) !== Number.POSITIVE_INFINITY) return { requests, timed: NOTHING_COUNTED }
      const cut = cutAt(bounds, slowAboveMs / 1000)
      const total = counts.at(-1) ?? 0
      const timed = countOf(total, total - countUpTo(cut, counts, 0))
      return cut.between === undefined ? { requests, timed } : { requests, timed, between: cut.between }
    },
  }
}

/** What was looked for, in words: of many candidates only their metrics. */
function lookedFor(catalog: Catalog, source: number): string {
  const candidates = catalog.candidates[source] ?? []
  if (candidates.length < 2) return catalog.lookedFor(source)
  const metrics = candidates.flatMap(({ feeds }) => feeds.flatMap((feed) => catalog.feeds[feed]?.metric ?? []))
  return [...new Set(metrics)].join(', ')
}

/** Why the rows of one pod can't be used. */
type Tells = (rows: readonly Row[]) => string | undefined

const allFinite: Tells = (rows) => {
  const odd = rows.find((row) => !Number.isFinite(row.value))
  return odd === undefined ? undefined : `has the value ${odd.value}`
}

const tellsErrors: Tells = (rows) =>
  allFinite(rows) ??
  (rows.some((row) => row.part === 'errors')
    ? undefined
    : 'has requests, but no series that tells which of them failed')

function observe(seen: Seen | Unknown | undefined, measure: (rows: readonly Row[]) => number | Unknown) {
  if (seen === undefined || !('rows' in seen)) return seen
  const value = measure(seen.rows)
  if (typeof value === 'object') return value
  const { missing } = seen
  return (missing === undefined ? { kind: 'ok', value } : { kind: 'ok', value, missing }) satisfies Observation
}

const NONE = new Float64Array(0)

/** Bucket counts of all rows, by bound. */
function bucketsOf(rows: readonly Row[]): { bounds: Float64Array; counts: Float64Array } {
  const byBound = new Map<number, number>()
  for (const { le, value } of rows) if (!Number.isNaN(le)) byBound.set(le, (byBound.get(le) ?? 0) + value)
  const bounds = Float64Array.from(byBound.keys()).sort()
  return { bounds, counts: bounds.map((bound) => byBound.get(bound) ?? 0) }
}

function quantile(q: number, bounds: Float64Array, counts: Float64Array): number | Unknown {
  const value = histogramQuantile(q, bounds, counts)
  return Number.isFinite(value) ? value : unknown('the histogram has no observations, or no bucket up to +Inf')
}

function cpu(rows: readonly Row[], pods: KnownPods): number | Unknown {
  let cores = 0
  for (const pod of new Set(rows.map((row) => row.pod))) {
    const known = pods.coresOf(pod)
    if (known === undefined) return unknown('no pod is known whose CPU it would be a share of')
    cores += known
  }
  return Math.max(0, sum(rows)) / cores
}

function pool(rows: readonly Row[], pods: KnownPods): number | Unknown {
  let most = sum(rows, 'max')
  for (const row of rows) {
    if (row.part !== 'each') continue
    // A row for all pods says what each of them may hold.
    const of = row.pod === '' ? pods.count : 1
    if (of === undefined) return unknown('no pod is known whose connections these would be')
    most += row.value * of
  }
  return most > 0 ? sum(rows, 'used') / most : unknown('the pool says that its maximum is 0')
}

function sum(rows: readonly Row[], part = ''): number {
  let total = 0
  for (const row of rows) if (row.part === part) total += row.value
  return total
}

function unknown(why: string): Unknown {
  return { kind: 'unknown', why }
}

function listOf(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).join('; ')
  return names.length > MOST_NAMED ? `${named}; and ${names.length - MOST_NAMED} more` : named
}
