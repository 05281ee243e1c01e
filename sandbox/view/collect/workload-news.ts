// What Deployments and Pods tell when they change: replicas asked for and ready, pods that crash, fall out of service and come back.

import { formatSpan } from '../units.ts'
import type { Draft } from './log-book.ts'
import type { Deployment, Pod } from './objects.ts'

/** A number of replicas that was asked for and is not ready yet. */
export interface Rollout {
  readonly since: number
  /** Undefined for a workload that is new. */
  readonly from: number | undefined
}

/** The rollout after this change, and the news. */
export function deploymentNews(
  before: Deployment | undefined,
  after: Deployment,
  rollout: Rollout | undefined,
  now: number,
): { readonly rollout: Rollout | undefined; readonly news: readonly Draft[] } {
  const wanted = after.spec.replicas
  const was = before?.spec.replicas
  const current = was === wanted ? rollout : { since: now, from: was }
  if (current === undefined || after.status.readyReplicas !== wanted) return { rollout: current, news: [] }
  const service = after.metadata.name
  const took = formatSpan(now - current.since)
  const text =
    current.from === undefined
      ? `up: ${countOf(wanted)} ready`
      : current.from > wanted
        ? `down to ${countOf(wanted)}`
        : `${countOf(wanted)} ready, ${took} after they were asked for`
  return { rollout: undefined, news: [{ at: now, kind: 'saw', service, text }] }
}

const countOf = (replicas: number): string => (replicas === 1 ? '1 replica' : `${replicas} replicas`)

export const isReady = ({ status }: Pod): boolean =>
  status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')

export const isTerminating = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined

/** Whether a container of it crashed and has not run since. */
export const isCrashing = ({ status }: Pod): boolean =>
  status.containerStatuses.some(
    ({ state, restartCount }) =>
      state.waiting?.reason === 'CrashLoopBackOff' ||
      (state.terminated !== undefined && state.terminated.exitCode !== 0) ||
      (state.waiting !== undefined && restartCount > 0),
  )

/** `wasReady`: it has been ready at some time before. */
export function podNews(
  before: Pod | undefined,
  after: Pod,
  service: string | undefined,
  wasReady: boolean,
  now: number,
): readonly Draft[] {
  // A pod that ends because it was told to is no news.
  if (before === undefined || isTerminating(after)) return []
  const name = after.metadata.name
  const saw = (text: string): Draft => ({ at: now, kind: 'saw', service, text: `pod ${name} ${text}` })
  const [crashes, crashesBefore] = [crashesOf(after), crashesOf(before)]
  if (crashes > crashesBefore) {
    const again = crashes > 1 ? `, for the ${ordinal(crashes)} time` : ''
    const pause = isBackingOff(after) ? '; it waits before it is started again' : ''
    return [saw(`crashed${causeOf(after)}${again}${pause}`)]
  }
  if (isBackingOff(after) && !isBackingOff(before)) return [saw('waits before it is started again')]
  if (isReady(before) && !isReady(after)) return [saw('is not ready any more: it gets no requests')]
  if (!isReady(before) && isReady(after) && wasReady) return [saw('is ready again')]
  return []
}

/** Crashes so far: restarts, and the one that has not been restarted yet. */
function crashesOf({ status }: Pod): number {
  return status.containerStatuses.reduce(
    (sum, { restartCount, state }) =>
      sum + restartCount + ((state.terminated?.exitCode ?? 0) !== 0 || isWaitingAfterCrash(state) ? 1 : 0),
    0,
  )
}

const isWaitingAfterCrash = (state: Pod['status']['containerStatuses'][number]['state']): boolean =>
  state.waiting?.reason === 'CrashLoopBackOff'

const isBackingOff = ({ status }: Pod): boolean =>
  status.containerStatuses.some(({ state }) => isWaitingAfterCrash(state))

function causeOf({ status }: Pod): string {
  for (const { state, lastState } of status.containerStatuses) {
    const ended = state.terminated ?? lastState.terminated
    if (ended?.exitCode !== undefined)
      return ended.exitCode > 128 ? ` (signal ${ended.exitCode - 128})` : ` (exit code ${ended.exitCode})`
  }
  return ''
}

function ordinal(count: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }
  return `${count}${ending[new Intl.PluralRules('en', { type: 'ordinal' }).select(count)]}`
}
