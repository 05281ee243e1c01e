// What each pod does, kept all the time for a Guard that isolates pods: over the latest readings, some seconds, and longer.
import type { PodReading } from '../../model/resource.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { Extract } from '../scrape/extract.ts'
import { createPodBooks, type PodBooks } from './pods.ts'

export interface PodEvidenceBooks {
  add(pod: string, extract: Extract, tells: readonly boolean[], nowMs: Milliseconds): void
  /** Undefined while the pods look alike, which costs nothing to find out. */
  read(nowMs: Milliseconds):
    | {
        readonly latest: readonly PodReading[]
        readonly quick: readonly PodReading[]
        readonly steady: readonly PodReading[]
      }
    | undefined
  /** The pods that spoke in the last round. */
  seen(nowMs: Milliseconds): readonly string[]
}

const QUICK_MS: Milliseconds = 1_500
/** A round is judged right after it is read. */
const JUST_NOW_MS: Milliseconds = 1_000

/** `steady` is filled here too. */
export function createPodEvidence(steady: PodBooks): PodEvidenceBooks {
  // Each reading begins a slot of its own, so that these are the last two.
  const latest = createPodBooks(0, JUST_NOW_MS)
  const quick = createPodBooks(QUICK_MS)
  return {
    add(pod, extract, tells, nowMs) {
      latest.add(pod, extract, tells, nowMs)
      quick.add(pod, extract, tells, nowMs)
      steady.add(pod, extract, tells, nowMs)
    },
    read(nowMs) {
      const isUneven = steady.isUneven(nowMs) || quick.isUneven(nowMs)
      if (!isUneven) return undefined
      return { latest: latest.readings(nowMs), quick: quick.readings(nowMs), steady: steady.readings(nowMs) }
    },
    seen: (nowMs) => latest.readings(nowMs).map(({ pod }) => pod),
  }
}
