// One bad pod against all others: errors or latency clearly worse than its peers', by statistics that the bad one can't bend.
import { describeValue } from '../../model/describe.ts'
import type { PodReading } from '../../model/resource.ts'
import type { Ratio } from '../../model/units.ts'
import { boundsOfShare, median, spreadAround } from './statistics.ts'

export interface BadPods {
  readonly pods: readonly string[]
  readonly sign: 'failing' | 'slow'
  /** Of the bad ones: the share of their requests that fails, or the p95 latency of the worst in seconds. */
  readonly level: number
  readonly utilisation: Ratio
  readonly amount: string
  readonly evidence: string
  /** There were peers enough to compare with; else only the contrast was overwhelming. */
  readonly hasPeers: boolean
}

/** Whatever the Guard's minimum: fewer requests of a pod say nothing about it. */
const LEAST_REQUESTS = 10
const LEAST_PODS = 3
/** So many spreads above the median of the peers… */
const SPREADS = 5
/** …and worse by what also matters. */
const WORSE_SHARE = 0.05
const WORSE_TIMES = 3
const WORSE_SECONDS = 0.05
/** What is overwhelming between two pods. */
const PAIR = { failing: 0.5, sound: 0.01, times: 10, seconds: 0.5 }

/**
 * The pods that are clearly worse than the rest, when they are so few that they are the trouble: at most a third, at least
 * half of all failures theirs, and the peers' latency within `latencyLimit` seconds.
 */
export function findBadPods(
  pods: readonly PodReading[],
  minimumRequests: number,
  latencyLimit: number | undefined,
): BadPods | undefined {
  const least = Math.max(LEAST_REQUESTS, minimumRequests)
  const busy = pods.filter(({ requests }) => requests >= least).sort((a, b) => (a.pod < b.pod ? -1 : 1))
  return failing(busy) ?? slow(busy, latencyLimit)
}

function failing(busy: readonly PodReading[]): BadPods | undefined {
  const all = busy.flatMap(({ pod, requests, errors }) => {
    if (errors === undefined) return []
    const failed = Math.min(errors, requests)
    return [{ pod, requests, failed, share: failed / requests, ...boundsOfShare(failed, requests) }]
  })
  const bad = all.filter((one) => {
    const peers = all.filter((other) => other !== one)
    const usual = median(peers.map(({ share }) => share))
    // What chance may make of few requests is no difference.
    if (!(one.low > median(peers.map(({ high }) => high)))) return false
    if (all.length < LEAST_PODS) return one.share >= PAIR.failing && usual <= PAIR.sound
    const shares = peers.map(({ share }) => share)
    return one.share >= usual + WORSE_SHARE && one.share > usual + SPREADS * spreadAround(usual, shares)
  })
  if (!areFew(bad.length, all.length)) return undefined
  const rest = all.filter((one) => !bad.includes(one))
  const [theirs, others] = [sumOf(bad, 'failed'), sumOf(rest, 'failed')]
  if (theirs < others) return undefined
  const share = theirs / sumOf(bad, 'requests')
  const told = describeValue('errors', share)
  return {
    ...named(bad, all.length),
    sign: 'failing',
    level: share,
    utilisation: share,
    amount: `${listOf(bad)}, ${told} errors`,
    evidence: `${listOf(bad)}: ${told} of the requests fail; of the other ${count(rest.length)} ${describeValue('errors', others / sumOf(rest, 'requests'))}, ${describeValue('errors', median(rest.map((one) => one.share)))} in the median.`,
  }
}

function slow(busy: readonly PodReading[], limit: number | undefined): BadPods | undefined {
  const all = busy.flatMap(({ pod, latencyP95 }) => (latencyP95 === undefined ? [] : [{ pod, seconds: latencyP95 }]))
  const bad = all.filter((one) => {
    const peers = all.filter((other) => other !== one).map(({ seconds }) => seconds)
    const usual = median(peers)
    const [times, seconds] = all.length < LEAST_PODS ? [PAIR.times, PAIR.seconds] : [WORSE_TIMES, WORSE_SECONDS]
    const isWorse = one.seconds >= times * usual && one.seconds >= usual + seconds
    return isWorse && one.seconds > usual + SPREADS * spreadAround(usual, peers)
  })
  if (!areFew(bad.length, all.length)) return undefined
  const rest = all.filter((one) => !bad.includes(one))
  const usual = median(rest.map(({ seconds }) => seconds))
  if (limit !== undefined && usual > limit) return undefined
  const worst = Math.max(...bad.map(({ seconds }) => seconds))
  const told = describeValue('latencyP95', worst)
  return {
    ...named(bad, all.length),
    sign: 'slow',
    level: worst,
    utilisation: 1 - usual / worst,
    amount: `${listOf(bad)}, p95 ${told}`,
    evidence: `${listOf(bad)}: p95 latency is ${told}; of the other ${count(rest.length)} ${describeValue('latencyP95', usual)} in the median.`,
  }
}

function areFew(bad: number, all: number): boolean {
  return bad > 0 && all >= 2 && bad <= Math.max(1, Math.floor(all / LEAST_PODS))
}

function named(bad: readonly { readonly pod: string }[], all: number): Pick<BadPods, 'pods' | 'hasPeers'> {
  return { pods: bad.map(({ pod }) => pod), hasPeers: all >= LEAST_PODS }
}

function sumOf<K extends string>(of: readonly Readonly<Record<K, number>>[], key: K): number {
  return of.reduce((sum, one) => sum + one[key], 0)
}

function listOf(pods: readonly { readonly pod: string }[]): string {
  return pods.map(({ pod }) => pod).join(', ')
}

function count(pods: number): string {
  return pods === 1 ? 'one' : `${pods}`
}
