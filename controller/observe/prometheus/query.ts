// PromQL for each signal, from the same sources that scraping reads: one query per signal, whoever asks.
import type { SeriesSelector, SignalSources } from '../../model/signal-source.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { SourceName } from '../scrape/catalog.ts'
import { quote } from './selector.ts'

/** Tells the parts of a signal apart where one query brings several: used and most connections, errors and requests. */
export const PART_LABEL = 'evenkeel_part'

export interface QuerySpec {
  readonly sources: SignalSources
  readonly windowMs: Milliseconds
  readonly rateWindowMs: Milliseconds
  /** A series whose last sample is older says nothing about now. */
  readonly staleMs: Milliseconds
}

/** Which series, and the labels that the answers keep. */
export interface Selection {
  /** PromQL matchers, e.g. `namespace="shop"`. */
  readonly matchers: readonly string[]
  readonly by: readonly string[]
}

/**
 * The query of a source; undefined when nothing is named for it. Of several candidates each group of `by` uses the first
 * for which it has series. Parts: `errors` and `requests`; `seconds` or `milliseconds` of latency buckets (which keep
 * `le`); `used`, and `max` or `each`; `sum` or `max` of a queue.
 */
export function queryOf(source: SourceName, spec: QuerySpec, selection: Selection): string | undefined {
  const on = createWriter(spec, selection)
  const { sources } = spec
  switch (source) {
    case 'rps':
      return on.firstOf(sources.rps.map((one) => on.counter('rate', one, spec.rateWindowMs)))
    case 'errors':
      return errorsQuery(on, spec)
    case 'latency':
      return on.firstOf(sources.latency.map((one) => on.part(one.unit, on.buckets(one, spec.windowMs))))
    case 'cpu':
      return on.firstOf(sources.cpu.map((one) => on.counter('rate', one, spec.windowMs)))
    case 'pool':
      return on.firstOf(
        sources.pool.map(({ used, max }) => {
          const inUse = on.gauge('sum', used)
          if (typeof max === 'number') return `${on.part('used', inUse)} or ${on.part('each', `0 * ${inUse} + ${max}`)}`
          const most = on.gauge('sum', max)
          return `(${on.part('used', inUse)} and ${on.same} ${most}) or (${on.part('max', most)} and ${on.same} ${inUse})`
        }),
      )
    case 'queue':
      return on.firstOf(sources.queue.map((one) => on.part(one.aggregate, on.gauge(one.aggregate, one))))
  }
}

/** Without a request counter there is nothing that errors are a share of. */
function errorsQuery(on: Writer, { sources: { rps, errors }, windowMs }: QuerySpec): string | undefined {
  const requests = on.firstOf(rps.map((one) => on.counter('increase', one, windowMs)))
  if (requests === undefined || errors.length === 0) return undefined
  const isNamed = errors.length === 1
  const candidates = errors.map((one) => {
    // As in scraping: a guess counts where the labels it goes by are there at all, and a statement wherever its metric is.
    const exposed = { ...withAnyValue(one), ...(isNamed ? { present: [] } : {}) }
    const none = `0 * ${on.increase(exposed, windowMs)}`
    return on.fresh(`(${on.increase(one, windowMs)} or ${none})`, exposed)
  })
  // A counter that is stated has no series before the first error: requests without it are requests without errors.
  if (isNamed) candidates.push(`0 * (${requests})`)
  return `${on.part('errors', on.firstOf(candidates) ?? '')} or ${on.part('requests', requests)}`
}

function withAnyValue({
  match = {},
  ...rest
}: SeriesSelector): SeriesSelector & { readonly present: readonly string[] } {
  return { ...rest, present: Object.keys(match) }
}

type Selected = SeriesSelector & { readonly present?: readonly string[] }

interface Writer {
  /** "on (namespace, pod)" */
  readonly same: string
  firstOf(candidates: readonly string[]): string | undefined
  part(name: string, expression: string): string
  increase(series: Selected, rangeMs: Milliseconds): string
  counter(how: 'rate' | 'increase', series: Selected, rangeMs: Milliseconds): string
  buckets(histogram: SeriesSelector, rangeMs: Milliseconds): string
  gauge(aggregate: 'sum' | 'max', series: Selected): string
  fresh(expression: string, series: Selected): string
}

function createWriter({ staleMs }: QuerySpec, { matchers, by }: Selection): Writer {
  const labels = `(${by.join(', ')})`
  const same = `on ${labels}`

  function text({ metric, match = {}, except = {}, present = [] }: Selected, more: readonly string[] = []): string {
    // A name with dots is no PromQL identifier, and fits only as the value of __name__.
    const isIdentifier = !metric.includes('.')
    const all = [
      ...(isIdentifier ? [] : [`__name__=${quote(metric)}`]),
      ...matchers,
      ...Object.entries(match).map(([label, pattern]) => `${label}=~${quote(pattern)}`),
      ...Object.entries(except).map(([label, pattern]) => `${label}!~${quote(pattern)}`),
      ...present.map((label) => `${label}!=""`),
      ...more,
    ]
    const name = isIdentifier ? metric : ''
    return all.length === 0 ? name : `${name}{${all.join(',')}}`
  }

  const range = (rangeMs: Milliseconds) => `[${Math.round(rangeMs)}ms]`
  const fresh = (expression: string, series: string) =>
    `(${expression} and ${same} (max by ${labels} (timestamp(${series})) > time() - ${staleMs / 1000}))`
  const counted = (how: string, series: Selected, rangeMs: Milliseconds) =>
    `sum by ${labels} (${how}(${text(series)}${range(rangeMs)}))`

  return {
    same,
    firstOf: (candidates) =>
      candidates.length === 0 ? undefined : candidates.map((one) => `(${one})`).join(` or ${same} `),
    part: (name, expression) => `label_replace(${expression}, "${PART_LABEL}", "${name}", "", "")`,
    increase: (series, rangeMs) => counted('increase', series, rangeMs),
    counter: (how, series, rangeMs) => fresh(counted(how, series, rangeMs), text(series)),
    buckets: ({ metric, ...rest }, rangeMs) => {
      const series = { ...rest, metric: `${metric}_bucket` }
      const sums = `sum by (${[...by, 'le'].join(', ')}) (increase(${text(series)}${range(rangeMs)}))`
      return fresh(sums, text(series, ['le="+Inf"']))
    },
    gauge: (aggregate, series) => fresh(`${aggregate} by ${labels} (${text(series)})`, text(series)),
    fresh: (expression, series) => fresh(expression, text(series)),
  }
}
