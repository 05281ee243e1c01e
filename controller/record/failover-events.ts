// The Kubernetes Events Evenkeel writes about a FailoverGroup: one constructor per event.
import type { EventNote, EventSubject } from '../kube/events.ts'
import type { HistoryEntry, Switch } from '../model/failover-group-status.ts'
import { EVENT_REASONS, GROUP_VERSION } from '../model/names.ts'
import { formatDuration } from '../model/units.ts'

export function groupSubject(group: { namespace: string; name: string; uid: string }): EventSubject {
  const { namespace, name, uid } = group
  return { apiVersion: GROUP_VERSION, kind: 'FailoverGroup', namespace, name, uid }
}

export function switchStarted(regarding: EventSubject, { kind, from, to, epoch, by, reason }: Switch): EventNote {
  const note = `${kind} from ${from} to ${to} begins (epoch ${epoch}, asked for by ${by}): ${reason}`
  const type = kind === 'Failover' ? 'Warning' : 'Normal'
  return { regarding, type, reason: EVENT_REASONS.switchStarted, action: 'Switch', note }
}

/** What would be done, were the mode Enforce, or did nothing stand against acting at all. */
export function switchProposed(regarding: EventSubject, what: string, why: readonly string[]): EventNote {
  const note = `Would make ${what}: ${why.join(' ')}`
  return { regarding, type: 'Warning', reason: EVENT_REASONS.switchProposed, action: 'Switch', note }
}

/** A switch that ended, as history has it. */
export function switchEnded(regarding: EventSubject, entry: HistoryEntry): EventNote {
  const { kind, from, to, epoch, outcome, reason } = entry
  const tookMs = Math.max(0, Date.parse(entry.endedAt) - Date.parse(entry.startedAt))
  const what = `${kind}${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`
  const note = `${what} ${ENDED[outcome]} ${formatDuration(tookMs)} (epoch ${epoch}): ${reason}`
  const type = outcome === 'Done' ? 'Normal' : 'Warning'
  return { regarding, type, reason: REASONS[outcome], action: 'Switch', note }
}

const ENDED = {
  Done: 'is done after',
  Abandoned: 'was abandoned after',
  Failed: 'failed after',
  Refused: 'was refused after',
} as const
const REASONS = {
  Done: EVENT_REASONS.switchDone,
  Abandoned: EVENT_REASONS.switchAbandoned,
  Failed: EVENT_REASONS.switchFailed,
  Refused: EVENT_REASONS.switchRefused,
} as const

export function primaryAdopted(regarding: EventSubject, { to, epoch, reason }: HistoryEntry): EventNote {
  const note = `${to} is the active member (epoch ${epoch}): ${reason}`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.primaryAdopted, action: 'Adopt', note }
}

export function memberRejoined(regarding: EventSubject, member: string, active: string, why: string): EventNote {
  const note = `${member} follows ${active} now: ${why}`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.memberRejoined, action: 'Rejoin', note }
}

export function primaryResumed(regarding: EventSubject, member: string, why: string): EventNote {
  const note = `${member} takes writes again: ${why}`
  return { regarding, type: 'Warning', reason: EVENT_REASONS.primaryResumed, action: 'Resume', note }
}

export function blockEnded(regarding: EventSubject, epoch: number, how: 'acknowledged' | 'over'): EventNote {
  const why = how === 'acknowledged' ? 'somebody has acknowledged it' : 'its time is over'
  const note = `The block after the failover of epoch ${epoch} has ended, since ${why}: the next may be automatic.`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.blockEnded, action: 'Switch', note }
}

export function failbackReady(regarding: EventSubject, message: string): EventNote {
  return { regarding, type: 'Normal', reason: EVENT_REASONS.failbackReady, action: 'Observe', note: message }
}

export function drillEnded(regarding: EventSubject, passed: boolean, message: string): EventNote {
  const reason = passed ? EVENT_REASONS.drillPassed : EVENT_REASONS.drillFailed
  const note = `The drill ${passed ? 'passed' : 'failed'}: ${message}`
  return { regarding, type: passed ? 'Normal' : 'Warning', reason, action: 'Drill', note }
}

export function groupRejected(regarding: EventSubject, why: string): EventNote {
  return { regarding, type: 'Warning', reason: EVENT_REASONS.rejected, action: 'Validate', note: why }
}
