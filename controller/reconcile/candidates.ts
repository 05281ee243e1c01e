// The series that may tell a signal, from what a Guard says of it: named by hand, or those of a profile.
import type { SourceName } from '../model/profiles.ts'
import type { SeriesSelector, SignalSources } from '../model/signal-source.ts'
import type { SignalsSpec } from '../model/signals-spec.ts'
import { sourcesOf } from '../observe/profiles/profiles.ts'

type Match = Readonly<Record<string, string>> | undefined

/** The candidates of one signal that the Guard speaks of; undefined when it leaves it to `signals.profile`. */
export function candidatesOf<Name extends SourceName>(
  name: Name,
  signals: SignalsSpec,
): SignalSources[Name] | undefined {
  return OVERRIDES[name](signals)
}

const OVERRIDES: { readonly [Name in SourceName]: (signals: SignalsSpec) => SignalSources[Name] | undefined } = {
  rps: ({ rps }) => rps && countersOf('rps', rps),
  errors: ({ errors }) => errors && countersOf('errors', errors),
  cpu: ({ cpu }) => cpu && countersOf('cpu', cpu),
  latency: ({ latency }) => {
    if (latency === undefined) return undefined
    const { profile, metric, match, unit = 'seconds' } = latency
    if (profile !== undefined) return sourcesOf(profile).latency.map((one) => narrowed(one, match))
    return metric === undefined ? [] : [narrowed({ metric, unit }, match)]
  },
  pool: ({ pool }) => {
    if (pool === undefined) return undefined
    const { profile, used, max, match } = pool
    const known = profile === undefined ? [] : sourcesOf(profile).pool
    const named = used === undefined || max === undefined ? known : [{ used: clean(used), max: cleanMax(max) }]
    return named.map((one) => ({
      used: narrowed(one.used, match),
      max: typeof one.max === 'number' ? one.max : narrowed(one.max, match),
    }))
  },
  queue: ({ queue }) => {
    if (queue === undefined) return undefined
    const { profile, metric, match, aggregate = 'sum' } = queue
    if (profile !== undefined) return sourcesOf(profile).queue.map((one) => narrowed(one, match))
    return metric === undefined ? [] : [narrowed({ metric, aggregate }, match)]
  },
}

function countersOf(
  name: 'rps' | 'errors' | 'cpu',
  { profile, metric, match }: NonNullable<SignalsSpec['rps']>,
): readonly SeriesSelector[] {
  if (profile !== undefined) return sourcesOf(profile)[name].map((one) => narrowed(one, match))
  return metric === undefined ? [] : [narrowed({ metric }, match)]
}

/** With the Guard's labels too, which stand over those of the profile. */
export function narrowed<T extends SeriesSelector>(series: T, match: Match): T {
  if (match === undefined) return series
  const here = Object.entries(match).map(([label, pattern]) => [series.renamed?.[label] ?? label, pattern] as const)
  return { ...series, match: { ...series.match, ...Object.fromEntries(here) } }
}

type Loose = { readonly metric: string; readonly match?: Record<string, string> | undefined }

/** Leaves an undefined `match` out. */
function clean({ metric, match }: Loose): SeriesSelector {
  return match === undefined ? { metric } : { metric, match }
}

function cleanMax(max: number | Loose): number | SeriesSelector {
  return typeof max === 'number' ? max : clean(max)
}
