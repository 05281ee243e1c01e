// The isolate remedy: which pod is taken out next, which comes back, and which is given up.
import type { IsolateProposal } from '../../model/command.ts'
import { isPanic, isServing, objectionToEject, PANIC_BELOW, placesOf } from '../../model/ejection.ts'
import { ejectionMs, type IsolateSpec } from '../../model/isolate-spec.ts'
import type { Conviction, Isolation, PodName } from '../../model/isolation.ts'
import type { Remedy } from '../../model/remedies.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import type { Pod } from '../../model/workload.ts'

export interface IsolateInput {
  /** The pods of the target. */
  readonly pods: readonly Pod[]
  readonly isolations: readonly Isolation[]
  /** The worst first. */
  readonly convicted: readonly Conviction[]
  /** "namespace/name" of the pods that tell of themselves now. */
  readonly seen: readonly string[]
}

/**
 * The next step, one pod at a time. Pure. Only what is seen of a pod moves it: an unknown one neither goes nor comes back.
 *
 * | there is | then |
 * |---|---|
 * | fewer than half of the pods well | those that are out come back, and none goes |
 * | a pod that is clearly bad, and one more may be out | it goes; if it was out often enough, it is deleted |
 * | a pod whose time is over | it comes back, on trial |
 */
export function proposeIsolation(
  remedies: readonly Remedy[],
  { pods, isolations, convicted, seen }: IsolateInput,
  guard: string,
  now: EpochMs,
): IsolateProposal | undefined {
  const rung = remedies.findIndex(({ isolate }) => isolate !== undefined)
  const spec = remedies[rung]?.isolate
  if (spec === undefined || (isolations.length === 0 && convicted.length === 0)) return undefined
  const out = pods.filter((pod) => pod.isolatedBy === guard && pod.isolated === true && !pod.terminating)
  const places = placesOf(pods)
  if (isPanic(places.well, places.serving, PANIC_BELOW)) {
    const why = `Only ${places.well} of ${places.serving} pods are well: all are used`
    return out.length === 0 ? undefined : { ...BACK, pods: out.map(nameOf), reasons: [why], rung }
  }
  const objection = objectionToEject(places, spec.maxEjected)
  for (const { pod: key, evidence } of objection === undefined ? convicted : []) {
    const pod = pods.find((one) => keyOf(one) === key)
    if (pod === undefined || pod.isolated === true || !isServing(pod)) continue
    const times = isolations.find(({ uid }) => uid === pod.uid)?.ejections ?? 0
    const step = spec.deleteAfter > 0 && times >= spec.deleteAfter ? 'delete' : 'out'
    const reasons = [evidence, step === 'delete' ? `it was out ${timesIn(times)} already` : lasting(spec, times + 1)]
    return { remedy: 'isolate', direction: 'up', step, from: 1, to: 0, pods: [nameOf(pod)], reasons, rung }
  }
  const next = out.find((pod) => seen.includes(keyOf(pod)) && isOver(isolations, pod, now))
  if (next === undefined) return undefined
  return { ...BACK, pods: [nameOf(next)], reasons: ['Its time is over: it comes back, on trial'], rung }
}

const BACK = { remedy: 'isolate', direction: 'down', step: 'back', from: 0, to: 1 } as const

/** The memory once a step is made. Pure. */
export function afterStep(
  isolations: readonly Isolation[],
  { step, pods, reasons }: Pick<IsolateProposal, 'step' | 'pods' | 'reasons'>,
  spec: IsolateSpec | undefined,
  at: EpochMs,
): readonly Isolation[] {
  // A pod that is deleted is remembered until it is gone: it may yet refuse to go.
  if (step === 'delete' || spec === undefined) return isolations
  const changed = pods.map(({ name, uid }): Isolation => {
    const before = isolations.find((one) => one.uid === uid)
    const ejections = (before?.ejections ?? 0) + (step === 'out' ? 1 : 0)
    const why = step === 'out' ? (reasons[0] ?? '') : (before?.why ?? '')
    return { pod: name, uid, ...span(step === 'out' ? 'Out' : 'Trial', ejections, spec, at), why }
  })
  return [...isolations.filter(({ uid }) => !changed.some((one) => one.uid === uid)), ...changed]
}

/** What was written may take so long to be seen. */
const GRACE_MS = 5_000

/**
 * The memory held against the pods as they are: what is gone is forgotten, a pod that somebody else gave back is on trial, one
 * that carries our mark and is not remembered is taken on, and one that kept well through its trial is forgotten. The same list
 * while nothing changed. Pure.
 */
export function settleIsolations(
  isolations: readonly Isolation[],
  { pods, seen }: Pick<IsolateInput, 'pods' | 'seen'>,
  spec: IsolateSpec,
  guard: string,
  now: EpochMs,
): readonly Isolation[] {
  const kept = isolations.flatMap((one) => {
    const pod = pods.find(({ uid, terminating }) => uid === one.uid && !terminating)
    if (pod === undefined) return []
    const isOurs = pod.isolatedBy === guard && pod.isolated === true
    const isSettled = now - Date.parse(one.since) > GRACE_MS
    if (one.phase === 'Out' && !isOurs && isSettled) {
      const ejections = one.ejections - 1
      return ejections < 1 ? [] : [{ ...one, ...span('Trial', ejections, spec, now) }]
    }
    // It did not come back yet: it is tried again.
    if (one.phase === 'Trial' && isOurs && isSettled)
      return [{ ...one, phase: 'Out' as const, since: new Date(now).toISOString(), until: new Date(now).toISOString() }]
    const isProven = one.phase === 'Trial' && Date.parse(one.until) <= now && seen.includes(keyOf(pod))
    return isProven ? [] : [one]
  })
  const found = pods.filter(
    ({ uid, isolatedBy, isolated, terminating }) =>
      isolatedBy === guard && isolated === true && !terminating && !kept.some((one) => one.uid === uid),
  )
  if (found.length === 0 && kept.length === isolations.length && kept.every((one, index) => one === isolations[index]))
    return isolations
  const taken = found.map(
    ({ name, uid }): Isolation => ({ pod: name, uid, ...span('Out', 1, spec, now), why: 'It was found taken out' }),
  )
  return [...kept, ...taken]
}

function span(phase: Isolation['phase'], ejections: number, spec: IsolateSpec, from: EpochMs) {
  const until = from + ejectionMs(spec, ejections)
  return { phase, ejections, since: new Date(from).toISOString(), until: new Date(until).toISOString() }
}

function isOver(isolations: readonly Isolation[], { uid }: Pod, now: EpochMs): boolean {
  const known = isolations.find((one) => one.uid === uid)
  return known !== undefined && known.phase === 'Out' && Date.parse(known.until) <= now
}

const keyOf = ({ namespace, name }: Pod): string => `${namespace}/${name}`
const nameOf = ({ name, uid }: Pod): PodName => ({ name, uid })
const lasting = (spec: IsolateSpec, times: number): string =>
  `for ${formatDuration(ejectionMs(spec, times))}${times > 1 ? `, the ${times}. time` : ''}`
const timesIn = (times: number): string => (times === 1 ? 'once' : `${times} times`)

export interface IsolateUse {
  readonly isUsed: boolean
  readonly isSpent: boolean
  readonly text: string
}

/** In words that do not change while nothing happens. Pure. */
export function describeIsolations({ maxEjected }: IsolateSpec, input: IsolateInput | undefined): IsolateUse {
  const { pods = [], isolations = [], convicted = [] } = input ?? {}
  const out = isolations.filter(({ phase }) => phase === 'Out')
  const onTrial = isolations.filter(({ phase }) => phase === 'Trial')
  const objection = objectionToEject(placesOf(pods), maxEjected)
  const parts = [
    ...out.map(({ pod, until, ejections }) => `${pod} out until ${until}${ejections > 1 ? ` (${ejections}.)` : ''}`),
    ...onTrial.map(({ pod }) => `${pod} on trial`),
    ...(convicted.length > 0 && objection !== undefined ? [objection] : []),
  ]
  return {
    isUsed: out.length > 0,
    isSpent: objection !== undefined,
    text: parts.length === 0 ? `none of ${pods.length} pods out` : parts.join(', '),
  }
}
