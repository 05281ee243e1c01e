// The history of a group: its last switches, one entry for attempts that fail alike, and who may be blamed for one.
import type { FailoverGroupStatus, HistoryEntry } from '../../model/failover-group-status.ts'
import { isByGuard } from '../../model/failover-view.ts'
import type { EpochMs } from '../../model/units.ts'

/** Who asked, when nobody did. */
export const EVENKEEL = 'evenkeel'
export const DRILL = 'drill'

const MOST_ENTRIES = 20

export const timestamp = (at: EpochMs): string => new Date(at).toISOString()

/** A Guard asks without a person, too. */
export function isAutomatic(by: string): boolean {
  return by === EVENKEEL || isByGuard(by)
}

/** A switch that no person asked for, and one has to look into: every failover of ours, and whatever a Guard asks for, also of a well primary. */
export function needsAcknowledging({ kind, outcome, by }: Pick<HistoryEntry, 'kind' | 'outcome' | 'by'>): boolean {
  const isMade = outcome === 'Done' || outcome === 'Failed'
  return isMade && (isByGuard(by) || (kind === 'Failover' && isAutomatic(by)))
}

/** The switch by which the active member became it; also one that failed past its fence. */
export function howItBecameActive({ history = [], active }: FailoverGroupStatus): HistoryEntry | undefined {
  return history.findLast((one) => hasMade(one, active))
}

/**
 * The primary before, when the active member was lost while it was promoted: it never served, and the others, and that one
 * itself, still have what it would have had.
 */
export function beforeFailedSwitch(status: FailoverGroupStatus): string | undefined {
  const made = howItBecameActive(status)
  return made?.outcome === 'Failed' ? made.from : undefined
}

function hasMade({ outcome, to }: HistoryEntry, active: string | undefined): boolean {
  return outcome === 'Done' || (outcome === 'Failed' && to === active)
}

/** With one more entry. Attempts that come to nothing in the same way, one after another, are one entry. */
export function withEntry(history: readonly HistoryEntry[] = [], entry: HistoryEntry): HistoryEntry[] {
  const last = history.at(-1)
  const all =
    last !== undefined && areOneAttempt(last, entry)
      ? [...history.slice(0, -1), { ...entry, startedAt: last.startedAt }]
      : [...history, entry]
  if (all.length <= MOST_ENTRIES) return all
  // How the active member became it is kept, however many refusals come after.
  const done = all.findLast(({ outcome }) => outcome === 'Done' || outcome === 'Failed')
  const kept = all.slice(-MOST_ENTRIES)
  return done === undefined || kept.includes(done) ? kept : [done, ...kept.slice(1)]
}

function areOneAttempt(last: HistoryEntry, next: HistoryEntry): boolean {
  const cameToNothing = next.outcome === 'Abandoned' || next.outcome === 'Refused'
  return (
    cameToNothing &&
    last.outcome === next.outcome &&
    last.kind === next.kind &&
    last.from === next.from &&
    last.to === next.to &&
    last.by === next.by
  )
}
