// Tells what became of a group: to the log, Events and metrics, from the status before a write of ours and after it.
import type { EventNote, EventRecorder } from '../../kube/events.ts'
import type { ConditionStatus } from '../../model/conditions.ts'
import type { GroupDecision } from '../../model/failover.ts'
import type { FailoverGroupStatus, HistoryEntry } from '../../model/failover-group-status.ts'
import { GROUP_CONDITIONS } from '../../model/names.ts'
import * as events from '../../record/failover-events.ts'
import type { FailoverMetrics } from '../../record/failover-metrics.ts'
import type { Logger } from '../../record/log.ts'
import type { GroupSession } from './session.ts'

export interface TellDeps {
  readonly log: Logger
  readonly events: Pick<EventRecorder, 'record'>
  readonly metrics: FailoverMetrics
  /** Called when a human is needed at once. */
  readonly onUrgent?: () => void
}

export function tellChange(deps: TellDeps, session: GroupSession, before: FailoverGroupStatus): void {
  const { status: after } = session.known
  const subject = events.groupSubject(session.known)
  const under = after.switch
  if (under !== undefined && under.epoch !== before.switch?.epoch)
    say(deps, session, events.switchStarted(subject, under))
  else if (under !== undefined && under.step !== before.switch?.step)
    deps.log.info(
      { failoverGroup: session.key, epoch: under.epoch, step: under.step, fenced: under.fenced },
      `${session.key}: ${under.kind} to ${under.to} goes on with ${under.step}${whyOf(under)}`,
    )
  for (const entry of after.history ?? [])
    if (!(before.history ?? []).some((one) => isSameEntry(one, entry))) tellEntry(deps, session, entry)
  const { block } = before
  if (block !== undefined && block.acknowledgedAt === undefined) {
    const isOver = after.block === undefined
    if (isOver || (after.block?.epoch === block.epoch && after.block.acknowledgedAt !== undefined))
      say(deps, session, events.blockEnded(subject, block.epoch, isOver ? 'over' : 'acknowledged'))
  }
  if (hasTurned(before, after, GROUP_CONDITIONS.refused, 'True')) deps.onUrgent?.()
  if (hasTurned(before, after, GROUP_CONDITIONS.available, 'False')) deps.onUrgent?.()
  const ready = conditionOf(after, GROUP_CONDITIONS.failbackReady)
  if (ready !== undefined && hasTurned(before, after, ready.type, 'True'))
    say(deps, session, events.failbackReady(subject, ready.message))
  if (after.drill !== undefined && after.drill.at !== before.drill?.at)
    say(deps, session, events.drillEnded(subject, after.drill.passed, after.drill.message))
}

function tellEntry(deps: TellDeps, session: GroupSession, entry: HistoryEntry): void {
  const subject = events.groupSubject(session.known)
  const { kind, outcome } = entry
  const isFound = kind === 'Adoption' || kind === 'Manager'
  say(deps, session, isFound ? events.primaryAdopted(subject, entry) : events.switchEnded(subject, entry))
  const tookMs = Math.max(0, Date.parse(entry.endedAt) - Date.parse(entry.startedAt))
  deps.metrics.ended(session.known, { kind, outcome, tookMs })
}

function isSameEntry(one: HistoryEntry, other: HistoryEntry): boolean {
  return one.epoch === other.epoch && one.kind === other.kind && one.outcome === other.outcome
}

/** A switch that would be made, and is not, or that is not made now: told when it is put in other words than the last one. */
export function tellDecision(deps: TellDeps, session: GroupSession, { step, verdict, why }: GroupDecision): void {
  if (verdict === 'act' || step.kind !== 'begin') {
    forget(session, 'decision')
    return
  }
  const { kind, from, to, reasons } = step.plan
  if (!isNews(session, 'decision', `${verdict} ${kind} ${from} ${to}`)) return
  const what = `a ${kind} from ${from} to ${to}`
  if (verdict === 'would') {
    say(deps, session, events.switchProposed(events.groupSubject(session.known), what, [...reasons, ...why]))
    return
  }
  const text = `${session.key}: ${what} is not made now: ${why.join(' ')}`
  deps.log.warn({ failoverGroup: session.key, verdict, reasons, why }, text)
}

/** Why a step waits or fails, once for each reason. */
export function tellWaiting(deps: TellDeps, session: GroupSession, step: string, kind: string, why: string): void {
  if (!isNews(session, step, `${kind} ${why}`)) return
  deps.log[kind === 'waiting' ? 'info' : 'warn'](
    { failoverGroup: session.key, step, outcome: kind, why },
    `${session.key}: ${step} ${kind === 'waiting' ? 'waits' : kind}: ${why}`,
  )
}

export function tellRejoined(deps: TellDeps, session: GroupSession, member: string, active: string, why: string): void {
  say(deps, session, events.memberRejoined(events.groupSubject(session.known), member, active, why))
}

export function tellResumed(deps: TellDeps, session: GroupSession, member: string, why: string): void {
  say(deps, session, events.primaryResumed(events.groupSubject(session.known), member, why))
}

/** True for what was not the last that was said of this. */
export function isNews({ told }: GroupSession, of: string, text: string): boolean {
  if (told.get(of) === text) return false
  told.set(of, text)
  return true
}

export function forget({ told }: GroupSession, of: string): void {
  told.delete(of)
}

function say({ log, events: recorder }: TellDeps, session: GroupSession, event: EventNote): void {
  recorder.record(event)
  const level = event.type === 'Warning' ? 'warn' : 'info'
  log[level]({ failoverGroup: session.key, reason: event.reason }, `${session.key}: ${event.note}`)
}

function conditionOf({ conditions }: FailoverGroupStatus, type: string) {
  return conditions?.find((one) => one.type === type)
}

function hasTurned(
  before: FailoverGroupStatus,
  after: FailoverGroupStatus,
  type: string,
  to: ConditionStatus,
): boolean {
  return conditionOf(after, type)?.status === to && conditionOf(before, type)?.status !== to
}

function whyOf({ fenced, step, abandoned }: NonNullable<FailoverGroupStatus['switch']>): string {
  if (step === 'Unfencing') return `: ${abandoned}`
  return step === 'Promoting' && fenced !== undefined ? `: ${fenced}` : ''
}
