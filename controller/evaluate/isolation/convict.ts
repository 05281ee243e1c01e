// Which pods are so clearly bad that they may be taken out: worse than their peers by the statistics of diagnosis, and still so now.
import type { Conviction } from '../../model/isolation.ts'
import type { PodReading } from '../../model/resource.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { type BadPods, findBadPods } from '../diagnosis/bad-pods.ts'

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
    return (
      isLasting &&
      isStillBad(
        bad,
        latest.find((one) => one.pod === pod),
      )
    )
  })
  return { suspicions, convicted: convicted.map(({ pod }) => ({ pod, evidence: bad.evidence.replace(/\.$/, '') })) }
}

/** At least half as bad as it was found to be. A pod that says nothing now is not known to be. */
function isStillBad({ sign, level }: BadPods, latest: PodReading | undefined): boolean {
  if (latest === undefined || !(latest.requests > 0)) return false
  const { requests, errors = 0, latencyP95 = 0 } = latest
  return (sign === 'failing' ? errors / requests : latencyP95) >= level / 2
}
