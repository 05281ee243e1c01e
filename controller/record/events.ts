// The Kubernetes Events Evenkeel writes about a Guard: one constructor per event.
import type { EventNote, EventSubject } from '../kube/events.ts'
import type { Finding } from '../model/assessment.ts'
import type { Decision, TargetRef } from '../model/command.ts'
import { describeFinding } from '../model/describe.ts'
import { EVENT_REASONS, GROUP_VERSION } from '../model/names.ts'
import type { ObjectRef } from '../model/workload.ts'
import { summariseDecision } from './decisions.ts'

/** The Guard an event is about, and its target. */
export function subjectOf(guard: { namespace: string; name: string; uid: string }): EventSubject {
  return { apiVersion: GROUP_VERSION, kind: 'Guard', namespace: guard.namespace, name: guard.name, uid: guard.uid }
}

export function limitBreached(regarding: EventSubject, findings: readonly Finding[]): EventNote {
  const note = `${findings.map(describeFinding).join('; ')}.`
  return { regarding, type: 'Warning', reason: EVENT_REASONS.breached, action: 'Observe', note }
}

export function limitReleased(regarding: EventSubject, summary: string): EventNote {
  return {
    regarding,
    type: 'Normal',
    reason: EVENT_REASONS.released,
    action: 'Observe',
    note: `All limits are kept again: ${summary}.`,
  }
}

/** An act, a would-be act, a veto, or an act that failed. */
export function decisionTaken(
  regarding: EventSubject,
  target: TargetRef,
  decision: Decision,
  failure?: string,
): EventNote {
  const about = { regarding, related: relatedTo(target, decision), action: ACTIONS[decision.proposal.remedy] }
  if (failure !== undefined)
    return {
      ...about,
      type: 'Warning',
      reason: EVENT_REASONS.failed,
      note: `${summariseDecision(decision)}. It failed: ${failure}`,
    }
  const reason = { act: EVENT_REASONS.acted, would: EVENT_REASONS.wouldAct, veto: EVENT_REASONS.vetoed }[
    decision.verdict
  ]
  return { ...about, type: 'Normal', reason, note: `${summariseDecision(decision)}.` }
}

const ACTIONS = {
  scale: 'Scale',
  degrade: 'Degrade',
  limit: 'Limit',
  isolate: 'Isolate',
  failover: 'FailOver',
} as const

/** A pod that is taken out, or a group that is asked, rather than the workload. */
function relatedTo({ kind, namespace, name }: TargetRef, { command }: Decision): EventSubject {
  if (command.kind === 'failover')
    return { apiVersion: GROUP_VERSION, kind: 'FailoverGroup', namespace, name: command.group }
  const [pod] = command.kind === 'isolate' ? command.pods : []
  if (pod === undefined) return { apiVersion: 'apps/v1', kind, namespace, name }
  return { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid }
}

/** Told of the pod: its Guard may be gone. */
export function podGivenBack({ namespace, name, uid }: ObjectRef, guard: string, why: string): EventNote {
  return {
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    related: { apiVersion: GROUP_VERSION, kind: 'Guard', namespace, name: guard },
    type: 'Normal',
    reason: EVENT_REASONS.podGivenBack,
    action: 'Isolate',
    note: `It was taken out by Guard ${guard} and is given back, since ${why}.`,
  }
}

export function remediesExhausted(regarding: EventSubject, why: string): EventNote {
  return {
    regarding,
    type: 'Warning',
    reason: EVENT_REASONS.exhausted,
    action: 'Escalate',
    note: `${why}: a human is needed.`,
  }
}

/** Told of the Guard that made it so many. */
export function fleetPanic(regarding: EventSubject, why: string): EventNote {
  return {
    regarding,
    type: 'Warning',
    reason: EVENT_REASONS.fleetPanic,
    action: 'Observe',
    note: `${why}: the observer is suspected, and no replicas are changed.`,
  }
}

export function circuitOpened(regarding: EventSubject, why: string): EventNote {
  return {
    regarding,
    type: 'Warning',
    reason: EVENT_REASONS.circuitOpened,
    action: 'Observe',
    note: `The circuit is open: ${why}.`,
  }
}

export function circuitClosed(regarding: EventSubject, why: string): EventNote {
  return {
    regarding,
    type: 'Normal',
    reason: EVENT_REASONS.circuitClosed,
    action: 'Observe',
    note: `The circuit is closed again: ${why}.`,
  }
}

export function budgetBurning(regarding: EventSubject, note: string): EventNote {
  return { regarding, type: 'Warning', reason: EVENT_REASONS.budgetBurning, action: 'Observe', note: sentence(note) }
}

export function budgetSteady(regarding: EventSubject, note: string): EventNote {
  return { regarding, type: 'Normal', reason: EVENT_REASONS.budgetSteady, action: 'Observe', note: sentence(note) }
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

export function specRejected(regarding: EventSubject, why: string): EventNote {
  return { regarding, type: 'Warning', reason: EVENT_REASONS.rejected, action: 'Validate', note: why }
}
