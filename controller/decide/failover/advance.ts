// A switch from step to step: the status that is to be written, with a precondition, before each one begins and when it ends.

import type {
  FenceOutcome,
  GroupInput,
  GroupStep,
  Look,
  PodIdentity,
  StepOutcome,
  SwitchPlan,
} from '../../model/failover.ts'
import { isDelegated } from '../../model/failover-group.ts'
import type {
  FailoverGroupStatus,
  LastSeen,
  MemberStatus,
  Switch,
  SwitchOutcome,
  SwitchStep,
} from '../../model/failover-group-status.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { needsAcknowledging, timestamp, withEntry } from './history.ts'
import { answers, isLost, readingOf } from './reading.ts'

/** The others may follow later, too; the Service does not wait longer for them. */
const FOLLOWING_WITHIN_MS: Milliseconds = 3_000
/** A manager waits for leases of its own, like the 30 s of Patroni. */
const DELEGATING_WITHIN_MS: Milliseconds = 60_000

/** What the next status is told from, besides the outcome of the step. */
export interface AdvanceFacts {
  readonly spec: GroupInput['spec']
  readonly look: Look
  readonly now: EpochMs
  /** Which pod and container a member is now: what its end will be known by. */
  readonly identityOf: (member: string) => PodIdentity | undefined
}

/** A switch is announced: nothing has been done yet. Its epoch is used up, whatever becomes of it. */
export function beginSwitch(
  status: FailoverGroupStatus,
  plan: SwitchPlan,
  { spec, now }: Pick<AdvanceFacts, 'spec' | 'now'>,
): FailoverGroupStatus {
  const at = timestamp(now)
  const { kind, from, to, by, reasons, request } = plan
  const begun: Switch = {
    epoch: nextEpoch(status),
    kind,
    from,
    to,
    step: isDelegated(spec) ? 'Delegating' : 'Fencing',
    stepSince: at,
    startedAt: at,
    by,
    reason: reasons.join(' '),
    ...(request === undefined ? {} : { request }),
  }
  return {
    ...status,
    switch: begun,
    ...(request === undefined ? {} : { request: { id: request, outcome: 'Accepted', message: `${from} → ${to}` } }),
  }
}

/** Of a new switch. */
function nextEpoch({ epoch = 0, switch: underWay }: FailoverGroupStatus): number {
  return Math.max(epoch, underWay?.epoch ?? 0) + 1
}

/** While Fencing: the fence is to be taken back. While Delegating there is none, and the switch has failed. */
export function abandonSwitch(
  status: FailoverGroupStatus,
  why: string,
  { spec, now }: Pick<AdvanceFacts, 'spec' | 'now'>,
): FailoverGroupStatus {
  const { switch: underWay } = status
  if (underWay?.step === 'Delegating') return ended(status, underWay, 'Failed', why, { spec, now })
  if (underWay?.step !== 'Fencing') return status
  return { ...status, switch: { ...underWay, step: 'Unfencing', stepSince: timestamp(now), abandoned: why } }
}

/**
 * The status after a step was asked for; the same object while there is nothing to write. It is to be written with the
 * resourceVersion under which the step was asked for, and before the next one is.
 */
export function afterStep(
  status: FailoverGroupStatus,
  outcome: FenceOutcome | StepOutcome,
  facts: AdvanceFacts,
): FailoverGroupStatus {
  const { switch: underWay } = status
  if (underWay === undefined) return status
  const isDone = outcome.kind === 'done' || outcome.kind === 'fenced'
  const why = 'why' in outcome ? outcome.why : ''
  const { spec, look, now } = facts
  const isOver = (withinMs: Milliseconds) => isTimeOver(underWay, withinMs, now)
  switch (underWay.step) {
    case 'Fencing':
      // Told by the fence alone: "done" says nothing of writes. And nobody is promoted who does not answer just now.
      if (outcome.kind !== 'fenced' || !answers(readingOf(look, underWay.to))) return status
      return toStep(status, { ...underWay, fenced: `${outcome.by}: ${outcome.why}` }, 'Promoting', now)
    case 'Unfencing': {
      const abandoned = underWay.abandoned ?? 'It was abandoned.'
      if (isDone) return ended(status, underWay, 'Abandoned', abandoned, facts)
      if (!isOver(spec.fencing.within)) return status
      return ended(status, underWay, 'Abandoned', `${abandoned} Its fence could not be taken back: ${why}.`, facts)
    }
    case 'Promoting':
      if (isDone) return toStep(status, underWay, 'Following', now)
      // Lost before it was promoted: the epoch is its all the same, and the next one is for the next switch.
      if (!isLost(readingOf(look, underWay.to)) || !isOver(spec.fencing.within)) return status
      return switched(status, underWay, 'Failed', `${underWay.to} was lost while it was promoted: ${why}.`, facts)
    case 'Following':
      if (!isDone && !isOver(FOLLOWING_WITHIN_MS)) return status
      if (spec.service === undefined) return switched(status, underWay, 'Done', underWay.reason, facts)
      return toStep(status, underWay, 'Routing', now)
    case 'Routing':
      if (isDone) return switched(status, underWay, 'Done', underWay.reason, facts)
      if (!isOver(spec.fencing.within)) return status
      return switched(status, underWay, 'Failed', `The Service ${spec.service} could not be switched: ${why}.`, facts)
    case 'Delegating':
      if (isDone) return switched(status, underWay, 'Done', underWay.reason, facts)
      if (!isOver(Math.max(spec.fencing.within, DELEGATING_WITHIN_MS))) return status
      return ended(status, underWay, 'Failed', `The manager did not switch: ${why}.`, facts)
  }
}

/** A step that should have begun later than now began before the clock was set back: its time is over, too. */
export function isTimeOver({ stepSince }: Switch, withinMs: Milliseconds, now: EpochMs): boolean {
  const passedMs = now - Date.parse(stepSince)
  return passedMs < 0 || passedMs >= withinMs
}

/** The first sight of a primary, or one that others made: it is taken as it is. */
export function adoptPrimary(
  status: FailoverGroupStatus,
  { active, how }: Extract<GroupStep, { kind: 'adopt' }>,
  { look, now, identityOf }: Omit<AdvanceFacts, 'spec'>,
): FailoverGroupStatus {
  const at = timestamp(now)
  const epoch = nextEpoch(status)
  const { active: from, soakSince: _, ...rest } = status
  return {
    ...rest,
    active,
    epoch,
    lastSeen: seenNow(active, { look, now, identityOf }),
    history: withEntry(status.history, {
      epoch,
      kind: how,
      ...(from === undefined ? {} : { from }),
      to: active,
      startedAt: at,
      endedAt: at,
      outcome: 'Done',
      by: how === 'Adoption' ? 'evenkeel' : 'not Evenkeel',
      reason: how === 'Adoption' ? `${active} is the primary.` : `${active} was made the primary by others.`,
    }),
    ...(status.members === undefined ? {} : { members: membersAfter(status, active, undefined) }),
  }
}

/** A switch that was needed or asked for and is not made: it is written down once, and its request is answered. */
export function refuseSwitch(
  status: FailoverGroupStatus,
  { plan, why }: Extract<GroupStep, { kind: 'refuse' }>,
  now: EpochMs,
): FailoverGroupStatus {
  const { kind, from, to, by, request } = plan
  const last = status.history?.at(-1)
  // At every look the same, and between attempts that are abandoned: told once.
  const isTold =
    request === undefined &&
    (last?.outcome === 'Refused' || last?.outcome === 'Abandoned') &&
    last.kind === kind &&
    last.from === from &&
    last.by === by
  if (isTold) return status
  const at = timestamp(now)
  const reason = why.join(' ')
  return {
    ...status,
    history: withEntry(status.history, {
      epoch: nextEpoch(status),
      kind,
      from,
      ...(to === undefined ? {} : { to }),
      startedAt: at,
      endedAt: at,
      outcome: 'Refused',
      by,
      reason,
    }),
    ...(request === undefined ? {} : { request: { id: request, outcome: 'Refused', message: reason } }),
  }
}

/** The result of a rehearsal. */
export function noteDrill(
  status: FailoverGroupStatus,
  { passed, message }: Extract<GroupStep, { kind: 'drill' }>,
  { spec, now }: Pick<AdvanceFacts, 'spec' | 'now'>,
): FailoverGroupStatus {
  return { ...status, drill: { at: timestamp(now), mode: spec.drill?.mode ?? 'Observe', passed, message } }
}

function toStep(status: FailoverGroupStatus, underWay: Switch, step: SwitchStep, now: EpochMs): FailoverGroupStatus {
  return { ...status, switch: { ...underWay, step, stepSince: timestamp(now) } }
}

/** From Promoting on: `to` is the active member, whether it is well or not. */
function switched(
  status: FailoverGroupStatus,
  underWay: Switch,
  outcome: 'Done' | 'Failed',
  reason: string,
  facts: AdvanceFacts,
): FailoverGroupStatus {
  const { from, to } = underWay
  const { soakSince: _, ...rest } = ended(status, underWay, outcome, reason, facts)
  return { ...rest, active: to, members: membersAfter(status, to, from), lastSeen: firstSeen(status, to, facts) }
}

/** Who was replaced is to follow when it comes back; the primary follows nobody. */
function membersAfter({ members = [] }: FailoverGroupStatus, active: string, from: string | undefined): MemberStatus[] {
  const known = members.map((one) => {
    if (one.name === from) return { ...one, former: true }
    const { former, ...plain } = one
    return one.name === active || former === undefined ? plain : { ...plain, former }
  })
  if (from === undefined || known.some(({ name }) => name === from)) return known
  return [...known, { name: from, role: 'Unknown', state: 'Unknown', former: true }]
}

function ended(
  status: FailoverGroupStatus,
  { epoch, kind, from, to, startedAt, by, request }: Switch,
  outcome: Exclude<SwitchOutcome, 'Refused'>,
  reason: string,
  { spec, now }: Pick<AdvanceFacts, 'spec' | 'now'>,
): FailoverGroupStatus {
  const { switch: _, ...rest } = status
  const entry = { epoch, kind, from, to, startedAt, endedAt: timestamp(now), outcome, by, reason }
  return {
    ...rest,
    epoch,
    history: withEntry(status.history, entry),
    ...(needsAcknowledging(entry) ? { block: { epoch, until: timestamp(now + spec.recoveryBlock) } } : {}),
    ...(request === undefined ? {} : { request: { id: request, outcome, message: reason } }),
  }
}

/** Of who has not been seen as the primary yet: what was true of the one before is taken to be true of it, until it says so itself. */
function firstSeen({ lastSeen }: FailoverGroupStatus, to: string, facts: AdvanceFacts): LastSeen {
  const now = seenNow(to, facts)
  if (lastSeen === undefined || readingOf(facts.look, to).role === 'Primary') return now
  const { starves, returnsWritable, position } = lastSeen
  return {
    ...(position === undefined ? {} : { position }),
    ...(starves === undefined ? {} : { starves }),
    ...(returnsWritable === undefined ? {} : { returnsWritable }),
    ...now,
  }
}

/** What a fence of this member would rest on, were it lost at once. */
export function seenNow(member: string, { look, now, identityOf }: Omit<AdvanceFacts, 'spec'>): LastSeen {
  const { instance, position, starves, returnsWritable } = readingOf(look, member)
  return {
    at: timestamp(now),
    ...identityOf(member),
    ...(instance === undefined ? {} : { instance }),
    ...(position === undefined ? {} : { position }),
    ...(starves === undefined ? {} : { starves }),
    ...(returnsWritable === undefined ? {} : { returnsWritable }),
  }
}
