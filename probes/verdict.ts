// Which pods behind a service get requests, and how many: pure. One bad pod is left out; when many are, the observer is suspected.
import { isPanic as isTooFew, mostEjected } from '../controller/model/ejection.ts'
import type { Milliseconds, Ratio } from '../controller/model/units.ts'

/** What is seen of a pod now. */
export interface Sighting {
  /** "namespace/name" */
  readonly pod: string
  /** Another pod may take the name of one that is gone. */
  readonly uid: string
  /** Not ready for the first time yet; serving; or on its way out. */
  readonly stage: 'starting' | 'serving' | 'ending'
  /** Isolated: we hold it to be worse than its peers. Unknown: nobody can tell, so that what was last known holds. */
  readonly health: 'well' | 'unready' | 'isolated' | 'unknown'
}

/** What has been made of a pod: the memory of the next judgement. */
export interface Standing extends Sighting {
  readonly place: 'in' | 'out'
  /** When it came in or went out; undefined when it was so from the first look. */
  readonly since: Milliseconds | undefined
  readonly why: string
}

export interface Judgement {
  readonly standings: ReadonlyMap<string, Standing>
  /** Too few are well for that to be believed: all are used. */
  readonly isPanic: boolean
}

export interface VerdictRules {
  /** The most of the serving pods that we take out by ourselves; unless it is 0, one of several always may be. */
  readonly maxEjected: Ratio
  /** With fewer well than this share, all are used. */
  readonly panicBelow: Ratio
}

export const NOBODY: Judgement = { standings: new Map(), isPanic: false }

/** A pod that comes back begins with this share of its requests, and has all of them after so long. */
const REJOIN_FROM: Ratio = 0.1
const REJOIN_MS: Milliseconds = 10_000
/** In percent. Finer steps would be a stir of their own. */
const STEP = 5

/**
 * Judges the pods of one service. Of a group that has any pod, at least one is in. Pods that are not ready are out, as for
 * Kubernetes; isolated ones up to the cap. What is unknown of a pod is as it was last known, or well.
 */
export function judge(seen: readonly Sighting[], before: Judgement, rules: VerdictRules, now: Milliseconds): Judgement {
  const pods = seen.map((one) => recall(one, before.standings.get(one.pod)))
  const serving = pods.filter(({ stage }) => stage === 'serving')
  const isPanic = isTooFew(serving.filter(isWell).length, serving.length, rules.panicBelow)
  const ejected = isPanic
    ? new Set<string>()
    : ejectedOf(serving, before, mostEjected(serving.length, rules.maxEjected))
  const wanted = new Set(
    serving
      .filter((one) => isPanic || isWell(one) || (one.health === 'isolated' && !ejected.has(one.pod)))
      .map(({ pod }) => pod),
  )
  const lastResort = wanted.size > 0 ? undefined : STAGES.find((stage) => pods.some((one) => one.stage === stage))
  const standings = new Map<string, Standing>()
  for (const pod of pods) {
    const isIn = wanted.has(pod.pod) || pod.stage === lastResort
    const place = isIn ? 'in' : 'out'
    const previous = before.standings.get(pod.pod)
    const since = previous === undefined || previous.place === place ? previous?.since : now
    standings.set(pod.pod, { ...pod, place, since, why: reasonOf(pod, isIn, isPanic || lastResort !== undefined) })
  }
  return { standings, isPanic: isPanic || lastResort !== undefined }
}

/** Whom to use when nobody else is there, the best first. */
const STAGES = ['serving', 'starting', 'ending'] as const

const isWell = ({ health }: Sighting) => health === 'well' || health === 'unknown'

/** Fills in what is not known from what was, and never takes a pod for starting that has served. */
function recall(seen: Sighting, before: Standing | undefined): Sighting {
  if (before?.uid !== seen.uid) return seen
  const health = seen.health === 'unknown' ? before.health : seen.health
  const isOld = seen.stage !== 'ending' && (before.stage === 'serving' || seen.health === 'unknown')
  return { pod: seen.pod, uid: seen.uid, stage: isOld ? before.stage : seen.stage, health }
}

/** Those that are out already stay so; the others follow by name, so that replicas that look alike answer alike. */
function ejectedOf(serving: readonly Sighting[], { standings }: Judgement, most: number): ReadonlySet<string> {
  const isOut = ({ pod }: Sighting) => (standings.get(pod)?.place === 'out' ? 0 : 1)
  const isolated = serving.filter(({ health }) => health === 'isolated')
  const inOrder = isolated.sort((a, b) => isOut(a) - isOut(b) || (a.pod < b.pod ? -1 : 1))
  return new Set(inOrder.slice(0, most).map(({ pod }) => pod))
}

function reasonOf({ stage, health }: Sighting, isIn: boolean, isForced: boolean): string {
  const what = { starting: 'it has not been ready yet', ending: 'it is ending', serving: REASONS[health] }[stage]
  if (!isIn || (stage === 'serving' && (health === 'well' || health === 'unknown'))) return what
  return isForced ? `${what}, but too few others are well: all are used` : `${what}, but no more may be taken out`
}

const REASONS = {
  well: 'it is ready',
  unknown: 'nothing is known against it',
  unready: 'it is not ready',
  isolated: 'it is marked as not serving',
} as const satisfies Record<Sighting['health'], string>

/** The weight of a pod in whole percent: what its load leaves it, and less while it has just come back. 0 while it is out. */
export function weightOf({ place, since }: Standing, load: Ratio, now: Milliseconds): number {
  if (place === 'out') return 0
  const rejoined = since === undefined ? 1 : Math.min(1, Math.max(0, (now - since) / REJOIN_MS))
  const share = load * (REJOIN_FROM + (1 - REJOIN_FROM) * rejoined)
  return Math.max(1, Math.round((share * 100) / STEP) * STEP)
}
