// Cache lookups and outgoing calls, added up over all targets and held against what is usual. The baselines are its only state.
import { describeCount, describeValue } from '../../model/describe.ts'
import type { ResourceReading } from '../../model/resource.ts'
import type { Milliseconds } from '../../model/units.ts'
import { advanceBaseline, type Baseline, usualOf } from './baseline.ts'
import type { Pair } from './measure.ts'
import type { CallsRecipe, HitsRecipe } from './recipe.ts'
import { increase, increasesOf, labelOf, type Sample } from './samples.ts'

export interface Together {
  /** Readings over all targets of a source since the readings before. In calm times they become what is usual. */
  read(recipe: HitsRecipe | CallsRecipe, source: string, pairs: readonly Pair[], isCalm: boolean): ResourceReading[]
}

/** Fewer say nothing. */
const LEAST_LOOKUPS = 100
const LEAST_CALLS = 50
/** Some clients write what went wrong in place of a status. */
const FAILED = /^(5..|5xx|0|IO_ERROR|CLIENT_ERROR|error)$/
/** So many dependencies are remembered: a label that takes any value must not fill the memory. */
const MOST_BASELINES = 500

export function createTogether(): Together {
  const baselines = new Map<string, Baseline>()

  function usual(key: string, value: number, spanMs: Milliseconds, isCalm: boolean): number | undefined {
    const known = baselines.get(key)
    if (isCalm && (known !== undefined || baselines.size < MOST_BASELINES))
      baselines.set(key, advanceBaseline(known, value, spanMs))
    return usualOf(known)
  }

  function readHits(recipe: HitsRecipe, source: string, pairs: readonly Pair[], isCalm: boolean): ResourceReading[] {
    const totalOf = (total: HitsRecipe['hits']) =>
      sumOver(pairs, (pair) => increase(pair.before, pair.now, total, pair.choice)?.values())
    const [hits, misses] = [totalOf(recipe.hits), totalOf(recipe.misses)]
    if (hits === undefined || misses === undefined) return []
    const unknown = (why: string) => [{ resource: 'cache', kind: 'unknown', of: source, why }] as const
    if (hits + misses < LEAST_LOOKUPS) return [...unknown(`only ${describeCount(hits + misses)} lookups`)]
    const ratio = hits / (hits + misses)
    const before = usual(`${source} ${recipe.hits.metric}`, ratio, spanOf(pairs), isCalm)
    const now = describeValue('errors', ratio)
    if (before === undefined) return [...unknown(`its usual share of hits is not known yet; now it is ${now}`)]
    const lost = before > 0 ? Math.max(0, (before - ratio) / before) : 0
    const pressure = (recipe.pressure ?? []).flatMap(({ of, says }) => {
      const count = totalOf(of)
      return count === undefined || count === 0 ? [] : [`; ${describeCount((count * 1000) / spanOf(pairs))} ${says}`]
    })
    return [
      {
        resource: 'cache',
        kind: 'ok',
        of: source,
        utilisation: lost,
        amount: `${now} hits, usually ${describeValue('errors', before)}`,
        evidence: `${source}: ${now} of ${describeCount(hits + misses)} lookups hit; ${describeValue('errors', before)} is usual${pressure.join('')}.`,
      },
    ]
  }

  function readCalls(recipe: CallsRecipe, source: string, pairs: readonly Pair[], isCalm: boolean): ResourceReading[] {
    const counted = callsOf(recipe, pairs)
    return [...counted].flatMap(([server, { calls, failed, seconds }]): ResourceReading[] => {
      if (calls < LEAST_CALLS) return []
      const name = server === '' ? 'outgoing calls' : server
      const share = describeValue('errors', failed / calls)
      const mean = seconds / calls
      const before = usual(`${source} ${recipe.metric} ${server}`, mean, spanOf(pairs), isCalm)
      const fails: ResourceReading = {
        resource: 'dependency',
        kind: 'ok',
        of: name,
        sign: 'fails',
        utilisation: failed / calls,
        amount: `${name}, ${share} of calls fail`,
        evidence: `${share} of ${describeCount(calls)} calls to ${name} fail.`,
      }
      if (before === undefined || !(mean > 0)) return [fails]
      const [now, then] = [describeValue('latencyP50', mean), describeValue('latencyP50', before)]
      return [
        fails,
        {
          resource: 'dependency',
          kind: 'ok',
          of: name,
          sign: 'slow',
          utilisation: Math.max(0, 1 - before / mean),
          amount: `${name}, ${now} a call, usually ${then}`,
          evidence: `Calls to ${name} take ${now} in the mean; ${then} is usual.`,
        },
      ]
    })
  }

  return {
    read: (recipe, source, pairs, isCalm) =>
      recipe.kind === 'hits' ? readHits(recipe, source, pairs, isCalm) : readCalls(recipe, source, pairs, isCalm),
  }
}

interface Calls {
  calls: number
  failed: number
  seconds: number
}

function callsOf(recipe: CallsRecipe, pairs: readonly Pair[]): ReadonlyMap<string, Calls> {
  const counted = new Map<string, Calls>()
  const of = (sample: Sample): Calls => {
    const server = firstOf(sample, recipe.server)
    const known = counted.get(server) ?? { calls: 0, failed: 0, seconds: 0 }
    counted.set(server, known)
    return known
  }
  for (const { before, now, choice } of pairs) {
    for (const sample of increasesOf(before, now, { metric: `${recipe.metric}_count` }, choice) ?? []) {
      const into = of(sample)
      into.calls += sample.value
      if (isFailed(sample, recipe)) into.failed += sample.value
    }
    for (const sample of increasesOf(before, now, { metric: `${recipe.metric}_sum` }, choice) ?? [])
      of(sample).seconds += sample.value / recipe.unitsPerSecond
  }
  return counted
}

/** A client that got no answer has no status to tell, but what went wrong; 4xx is the caller's own fault. */
function isFailed(sample: Sample, { status }: CallsRecipe): boolean {
  const told = firstOf(sample, status)
  if (told !== '') return FAILED.test(told)
  const error = labelOf(sample.labels, 'error_type')
  return error !== '' && !/^4..$/.test(error)
}

function firstOf({ labels }: Sample, names: readonly string[]): string {
  const name = names.find((one) => labelOf(labels, one) !== '')
  return name === undefined ? '' : labelOf(labels, name)
}

function spanOf(pairs: readonly Pair[]): Milliseconds {
  return Math.max(1, ...pairs.map(({ before, now }) => (before === undefined ? 0 : now.atMs - before.atMs)))
}

function sumOver(pairs: readonly Pair[], read: (pair: Pair) => Iterable<number> | undefined): number | undefined {
  let sum: number | undefined
  for (const pair of pairs) for (const value of read(pair) ?? []) sum = (sum ?? 0) + value
  return sum
}
