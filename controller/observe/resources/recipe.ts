// How a resource is read from an exposition, as data: which series say how much of it is used, and how much there is.
import type { ResourceName } from '../../model/resource.ts'

/** The series of one metric, added up; each label in `match` must match the whole value of its regular expression. */
export interface Total {
  readonly metric: string
  readonly match?: Readonly<Record<string, string>>
  /** `count` counts the series in place of adding up their values. */
  readonly how?: 'sum' | 'count'
  /** The label that tells one pool from another: each is a reading of its own. */
  readonly by?: string
}

export type Most =
  | Total
  /** A range of numbers, both ends of it included. */
  | { readonly first: Total; readonly last: Total }
  /** What holds when nobody says otherwise; `because` is told with it. */
  | { readonly assumed: number; readonly because: string }

/** A total with what a number of it means: "clients wait for a connection". */
export interface Said {
  readonly of: Total
  readonly says: string
}

/** So much of so much is used. */
export interface UsageRecipe {
  readonly kind: 'usage'
  readonly resource: ResourceName
  /** What is counted, when the resource's name does not say it: "TIME_WAIT". */
  readonly label?: string
  /** What a number of it in use means: "file descriptors are open". */
  readonly says: string
  readonly used: Total
  /** The first that the target exposes. */
  readonly max: readonly Most[]
  /** Gauges of what waits for it. */
  readonly waiting?: readonly Said[]
  /** Counters of what was refused for want of it. */
  readonly refused?: readonly Said[]
  /** A counter that tells how fast it is used. */
  readonly pace?: Said
  /** Seconds for which each piece stays taken after its use: with the pace, how long they last. */
  readonly restsSeconds?: number
}

/** A gauge that is a ratio by itself. */
export interface ShareRecipe {
  readonly kind: 'share'
  readonly resource: ResourceName
  readonly share: Total
  readonly says: string
}

/** How late turns come, in seconds, by a timer that should fire every `resolutionSeconds`. */
export interface LatenessRecipe {
  readonly kind: 'lateness'
  readonly resource: 'eventLoop'
  readonly meanSeconds: Total
  readonly resolutionSeconds: number
  /** CPU seconds of the process, a counter: its one thread can use one CPU. */
  readonly cpuSeconds: Total
}

/** Seconds that processors did nothing, a counter with one series each. */
export interface IdleRecipe {
  readonly kind: 'idle'
  readonly resource: 'cpu'
  readonly idleSeconds: Total
}

/** Counters of lookups that hit and that missed. */
export interface HitsRecipe {
  readonly kind: 'hits'
  readonly resource: 'cache'
  readonly hits: Total
  readonly misses: Total
  /** Counters that tell of the want of room. */
  readonly pressure?: readonly Said[]
}

/** A histogram of outgoing calls, named without its suffixes. */
export interface CallsRecipe {
  readonly kind: 'calls'
  readonly resource: 'dependency'
  readonly metric: string
  readonly unitsPerSecond: number
  /** The first of these labels that a series has names whom it calls. */
  readonly server: readonly string[]
  /** The first of these labels that a series has tells its status. */
  readonly status: readonly string[]
}

/** Of what came in, all that was not taken on was dropped: two counters. */
export interface DroppedRecipe {
  readonly kind: 'dropped'
  readonly resource: ResourceName
  readonly came: Total
  readonly taken: Total
  readonly says: string
}

export type Recipe = UsageRecipe | ShareRecipe | LatenessRecipe | IdleRecipe | HitsRecipe | CallsRecipe | DroppedRecipe

/** Every metric that a recipe reads. */
export function metricsOf(recipe: Recipe): string[] {
  switch (recipe.kind) {
    case 'usage':
      return [
        recipe.used.metric,
        ...recipe.max.flatMap((most) =>
          'assumed' in most ? [] : 'first' in most ? [most.first.metric, most.last.metric] : [most.metric],
        ),
        ...[...(recipe.waiting ?? []), ...(recipe.refused ?? [])].map(({ of }) => of.metric),
        ...(recipe.pace === undefined ? [] : [recipe.pace.of.metric]),
      ]
    case 'share':
      return [recipe.share.metric]
    case 'lateness':
      return [recipe.meanSeconds.metric, recipe.cpuSeconds.metric]
    case 'idle':
      return [recipe.idleSeconds.metric]
    case 'hits':
      return [recipe.hits.metric, recipe.misses.metric, ...(recipe.pressure ?? []).map(({ of }) => of.metric)]
    case 'calls':
      return [`${recipe.metric}_count`, `${recipe.metric}_sum`]
    case 'dropped':
      return [recipe.came.metric, recipe.taken.metric]
  }
}
