// Which resource binds, by the USE method: utilisation, saturation and errors of each, and what follows from what.
import type { Finding, LimitRules } from '../../model/assessment.ts'
import {
  type Confidence,
  type Diagnosis,
  type KnownReading,
  nameOfResource,
  type PodReading,
  type ResourceReading,
  type RuledOut,
} from '../../model/resource.ts'
import type { Observations } from '../../model/signal.ts'
import { type BadPods, findBadPods } from './bad-pods.ts'
import { CAUSES, type Cause, causeOf, type Level, levelOf, RULES, resourceOf } from './causes.ts'
import { readingsOfPods, readingsOfSignals } from './from-signals.ts'
import { whyNotKnown } from './not-known.ts'
import { tellOfPools } from './pools.ts'

export interface DiagnosisInput {
  readonly observations: Observations
  readonly findings: readonly Finding[]
  /** What the pods and exporters tell of their resources, in any order. */
  readonly readings: readonly ResourceReading[]
  readonly pods: readonly PodReading[]
  readonly rules: Pick<LimitRules, 'thresholds'>
  readonly minimumRequests: number
}

/** All that is known of one cause: its worst reading, and how bad that is. */
export interface Standing {
  readonly worst: KnownReading
  readonly level: Level
  readonly all: readonly KnownReading[]
}
export type Standings = ReadonlyMap<Cause, Standing>

/**
 * Pure: the first of CAUSES that is used up, else the first that is close to it, else not known. Unknown readings name
 * nothing. How sure it is: High when it is used up, all that shows the same signs was looked at and has room, and whatever
 * else is used up follows from it; Medium when it is used up and one of these fails; Low when it is only close.
 */
export function diagnose(input: DiagnosisInput): Diagnosis {
  const { observations, readings, pods, rules, minimumRequests } = input
  const bad = findBadPods(pods, minimumRequests, rules.thresholds.latency)
  const every = [...readings, ...readingsOfSignals(observations, rules), ...readingsOfPods(pods)]
  const standings = standingsOf(every, bad, pods)
  const ruledOut = ruledOutOf(standings)
  const cause = nameCause(standings, bad)
  const named = cause === undefined ? undefined : standings.get(cause)
  if (cause === undefined || named === undefined)
    return { kind: 'notKnown', why: whyNotKnown(every, standings, input.findings), ruledOut }
  const { worst } = named
  const doubts = doubtsAbout(cause, standings, bad)
  return {
    kind: 'known',
    resource: worst.resource,
    utilisation: worst.utilisation,
    ...(worst.of === undefined ? {} : { of: worst.of }),
    amount: worst.amount,
    confidence: confidenceOf(named, doubts),
    evidence: [
      ...ownEvidence(cause, named, bad),
      ...tellOfPools(cause, standings, pods),
      ...followers(cause, standings),
      ...doubts,
    ],
    ruledOut,
  }
}

function standingsOf(
  every: readonly ResourceReading[],
  bad: BadPods | undefined,
  pods: readonly PodReading[],
): Standings {
  const names = new Set(pods.map(({ pod }) => pod))
  // What only sound pods lack is not why others fail.
  const isElsewhere = ({ of }: KnownReading) =>
    bad !== undefined && of !== undefined && names.has(of) && !bad.pods.includes(of)
  const standings = new Map<Cause, Standing>()
  for (const cause of CAUSES) {
    const all = every.filter((one) => one.kind === 'ok').filter((one) => causeOf(one) === cause)
    const counted = all.filter((one) => levelOf(cause, one) === 'free' || !isElsewhere(one))
    const worst = counted.reduce<KnownReading | undefined>(
      (w, one) => (isWorse(cause, one, w, bad) ? one : w),
      undefined,
    )
    if (worst !== undefined) standings.set(cause, { worst, level: levelOf(cause, worst), all })
  }
  if (bad !== undefined) standings.set('pod', { worst: readingOf(bad), level: 'binds', all: [] })
  return standings
}

/** A total order, so that the order of the readings makes no difference. */
function isWorse(cause: Cause, one: KnownReading, than: KnownReading | undefined, bad: BadPods | undefined): boolean {
  if (than === undefined) return true
  const [a, b] = [rank(cause, one, bad), rank(cause, than, bad)]
  for (const [index, value] of a.entries()) {
    const other = b[index]
    if (other !== undefined && value !== other) return value > other
  }
  return false
}

const LEVELS = ['free', 'close', 'binds'] as const satisfies readonly Level[]

/** What the bad pod lacks tells more than what another place lacks even more of. */
function rank(cause: Cause, one: KnownReading, bad: BadPods | undefined): readonly (number | string)[] {
  const { utilisation, saturation = '', doubt = '', of = '', amount, evidence, max = 0 } = one
  const isOfBad = bad?.pods.includes(of) === true ? 1 : 0
  return [LEVELS.indexOf(levelOf(cause, one)), isOfBad, utilisation, saturation, of, amount, evidence, doubt, max]
}

function readingOf({ pods, utilisation, amount, evidence }: BadPods): KnownReading {
  return { resource: 'pod', kind: 'ok', utilisation, of: pods.join(', '), amount, evidence }
}

function nameCause(standings: Standings, bad: BadPods | undefined): Cause | undefined {
  const at = (level: Level) => CAUSES.filter((cause) => standings.get(cause)?.level === level)
  const binding = at('binds')
  // What is used up on just the bad pod says more than that the pod is bad.
  const ofThePod = binding.find((cause) => {
    const of = standings.get(cause)?.worst.of
    return cause !== 'pod' && of !== undefined && bad?.pods.includes(of)
  })
  const [first] = binding
  return first === 'pod' && ofThePod !== undefined ? ofThePod : (first ?? at('close')[0])
}

function confidenceOf({ level }: Standing, doubts: readonly string[]): Confidence {
  if (level !== 'binds') return 'Low'
  return doubts.length === 0 ? 'High' : 'Medium'
}

/** Why it is less than sure, one sentence each. */
function doubtsAbout(cause: Cause, standings: Standings, bad: BadPods | undefined): string[] {
  const { leadsTo, notBefore } = RULES[cause]
  const doubts: string[] = []
  const of = standings.get(cause)?.worst.of
  const isOfThePod = of !== undefined && bad?.pods.includes(of) === true
  const isOwn = (other: Cause) => other === cause || leadsTo.includes(other) || (other === 'pod' && isOfThePod)
  for (const other of notBefore) {
    const standing = standings.get(other)
    const name = nameOfResource(resourceOf(other))
    if (standing === undefined) doubts.push(`Not observed, and it could show the same signs: ${name}.`)
    else if (standing.level === 'close' && !isOwn(other))
      doubts.push(`Close to its limit too: ${name} (${standing.worst.amount}).`)
  }
  for (const other of CAUSES) {
    const standing = standings.get(other)
    if (standing?.level !== 'binds' || isOwn(other)) continue
    doubts.push(
      `At its limit too, and it does not follow: ${nameOfResource(resourceOf(other))} (${standing.worst.amount}).`,
    )
  }
  const own = standings.get(cause)?.worst.doubt
  if (own !== undefined) doubts.push(own)
  if (cause === 'pod' && bad?.hasPeers === false) doubts.push('There is only one other pod to compare with.')
  return doubts
}

function ownEvidence(cause: Cause, { worst, level, all }: Standing, bad: BadPods | undefined): string[] {
  const pods = all.filter(({ of }) => of !== undefined)
  const atLimit = pods.filter((one) => levelOf(cause, one) === 'binds').length
  const spread = pods.length > 1 && atLimit > 0 ? [`So it is on ${atLimit} of ${pods.length} that tell it.`] : []
  const own = cause !== 'pod' && worst.of !== undefined && bad?.pods.includes(worst.of) ? [bad.evidence] : []
  const close = level === 'close' ? ['It is close to its limit, and nothing that was looked at is at its own.'] : []
  return [worst.evidence, ...close, ...(worst.saturation === undefined ? [] : [worst.saturation]), ...spread, ...own]
}

/** What is at its limit too, and follows from the cause. */
function followers(cause: Cause, standings: Standings): string[] {
  return RULES[cause].leadsTo.flatMap((other) => {
    const standing = standings.get(other)
    if (standing?.level !== 'binds') return []
    return [`That leads to ${nameOfResource(resourceOf(other))}: ${standing.worst.amount}.`]
  })
}

function ruledOutOf(standings: Standings): RuledOut[] {
  const out: RuledOut[] = []
  for (const [cause, { worst, level }] of standings) {
    const isRepeat = cause === 'dependencySlow' && out.some(({ resource }) => resource === 'dependency')
    const other = cause === 'dependencyFails' ? 'dependencySlow' : 'dependencyFails'
    const isElse = worst.resource === 'dependency' && (standings.get(other)?.level ?? 'free') !== 'free'
    if (level !== 'free' || worst.saturation !== undefined || isRepeat || isElse) continue
    const { resource, utilisation, amount } = worst
    out.push({ resource, utilisation, text: `${nameOfResource(resource)} ${amount}` })
  }
  return out
}
