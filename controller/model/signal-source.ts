// Where each signal is read from: which series of an exposition, and how they add up.

/**
 * The series of one metric. Each label in `match` must match the whole value of its regular expression (as PromQL's =~),
 * and none in `except` may (as !~): what a server keeps for itself, such as its own administration.
 */
export interface SeriesSelector {
  readonly metric: string
  readonly match?: Readonly<Record<string, string>>
  readonly except?: Readonly<Record<string, string>>
  /** Labels that this metric has by another name than the others of its exporter: what a Guard matches by, and its name here. */
  readonly renamed?: Readonly<Record<string, string>>
}

/** A histogram named without `_bucket`; `unit` is that of its `le` bounds. */
export interface LatencySource extends SeriesSelector {
  readonly unit: 'seconds' | 'milliseconds'
}

export interface PoolSource {
  readonly used: SeriesSelector
  /** A series, or the number of connections each pod may hold. */
  readonly max: SeriesSelector | number
}

export interface QueueSource extends SeriesSelector {
  /** `sum` when each pod has its own queue, `max` when all pods report one shared queue. */
  readonly aggregate: 'sum' | 'max'
}

/**
 * For each signal the candidates in order of preference: the first whose metric a target exposes is used.
 * `rps` and `errors` are counters of requests, `cpu` a counter of CPU seconds, `pool` and `queue` gauges.
 */
export interface SignalSources {
  readonly rps: readonly SeriesSelector[]
  readonly errors: readonly SeriesSelector[]
  readonly latency: readonly LatencySource[]
  readonly cpu: readonly SeriesSelector[]
  readonly pool: readonly PoolSource[]
  readonly queue: readonly QueueSource[]
}
