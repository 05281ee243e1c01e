// Which pods are so clearly bad that they may be taken out: worse than their peers by the statistics of diagnosis, and still so now.
import type { Conviction } from '../../model/isolation.ts'
import type { PodReading } from '../../model/resource.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { type BadPods, findBadPods } from '../diagnosis/bad-pods.ts'
import { median } from '../diagnosis/statistics.ts'

/** What each pod did over three lengths of time. */
export interface PodEvidence {
  /** The last reading or two. */
  readonly latest: readonly PodReading[]
  /** Some seconds: shows at once what is grossly wrong where there are many requests. */
  readonly quick: readonly PodReading[]
  /** Longer: shows the same where there are few. */
  readonly steady: readonly PodReading[]
}

/** A pod that was found bad, and since when without a break. Not kept in status: a successor looks anew. */
export interface Suspicion {
  readonly pod: string
  readonly since: EpochMs
}

export interface Verdict {
  readonly suspicions: readonly Suspicion[]
  readonly convicted: readonly Conviction[]
}

export const NOBODY: Verdict = { suspicions: [], convicted: [] }

/** A pause of the process delays many requests at once, and is over: slow is who is slow for longer than the latest readings. */
const SLOW_FOR_MS: Milliseconds = 1_800

export interface ConvictRules {
  readonly minimumRequests: number
  /** Seconds. */
  readonly latencyLimit: number | undefined
}

/** Pure. Without enough requests, or without peers, nobody is convicted. */
export function convict(
  { latest, quick, steady }: PodEvidence,
  { minimumRequests, latencyLimit }: ConvictRules,
  before: readonly Suspicion[],
  now: EpochMs,
): Verdict {
  const bad = findBadPods(quick, minimumRequests, latencyLimit) ?? findBadPods(steady, minimumRequests, latencyLimit)
  if (bad === undefined) return NOBODY
  const suspicions = bad.pods.map((pod) => ({ pod, since: before.find((one) => one.pod === pod)?.since ?? now }))
  const convicted = suspicions.filter(({ pod, since }) => {
    const isLasting = bad.sign === 'failing' || now - since >= SLOW_FOR_MS
    return isLasting && isStillBad(bad, pod, latest)
  })
  return { suspicions, convicted: convicted.map(({ pod }) => ({ pod, evidence: bad.evidence.replace(/\.$/, '') })) }
}

/**
 * At least half as bad as it was found to be, and twice as bad as its peers are: what befalls all of them at once shows first
 * in whoever got most of its requests of late. A pod that says nothing now is not known to be.
 */
function isStillBad({ sign, level, pods }: BadPods, pod: string, latest: readonly PodReading[]): boolean {
  const now = latest.flatMap((one) => (one.pod === pod ? (levelOf(one, sign) ?? []) : []))[0]
  const peers = latest.flatMap((one) => (pods.includes(one.pod) ? [] : (levelOf(one, sign) ?? [])))
  if (now === undefined || peers.length === 0) return false
  return now >= level / 2 && now >= 2 * median(peers)
}

/** Undefined without requests, and of a pod that does not tell it. */
function levelOf({ requests, errors, latencyP95 }: PodReading, sign: BadPods['sign']): number | undefined {
  if (!(requests > 0)) return undefined
  return sign === 'slow' ? latencyP95 : errors === undefined ? undefined : errors / requests
}
