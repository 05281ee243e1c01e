// What is remembered of a group between looks: since when the active member is down, and since when failback could be.
import type { GroupInput, GroupMemory, Look } from '../../model/failover.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { isWithoutLag, memberToFailBackTo } from './failback.ts'
import { isNotWell, isUnknown, isWellPrimary, readingOf } from './reading.ts'

/** A soak that nobody has watched for longer than this is begun anew. */
const UNWATCHED_MS: Milliseconds = 30_000

/** Of a new leader: it has seen nothing yet, and takes the soak over from status if the last leader watched until just now. */
export function freshMemory({ active, soakSince, lastSeen }: FailoverGroupStatus, now: EpochMs): GroupMemory {
  const unwatchedMs = lastSeen === undefined ? undefined : now - Date.parse(lastSeen.at)
  const isWatched = unwatchedMs !== undefined && unwatchedMs >= 0 && unwatchedMs <= UNWATCHED_MS
  return {
    active,
    activePosition: undefined,
    downSince: undefined,
    looksDown: 0,
    soakSince: isWatched && soakSince !== undefined ? Date.parse(soakSince) : undefined,
  }
}

/** With one more look. `look` is as lookWithRoles reads it. */
export function remember({ spec, status, memory, now, clockUnsteadyUntil }: GroupInput, look: Look): GroupMemory {
  const { active } = status
  const isOther = memory.active !== active
  // Timers that were begun under another clock say nothing.
  const before = isOther || clockUnsteadyUntil > now ? FORGOTTEN : memory
  if (active === undefined) return { ...FORGOTTEN, active }
  const reading = readingOf(look, active)
  const isDown = isNotWell(reading)
  const target = memberToFailBackTo(spec, active)
  const soaks =
    target !== undefined &&
    isWellPrimary(reading) &&
    clockUnsteadyUntil <= now &&
    isWithoutLag(readingOf(look, target), reading, before.activePosition)
  return {
    active,
    activePosition: isUnknown(reading) ? undefined : reading.position,
    downSince: isDown ? (before.downSince ?? now) : undefined,
    looksDown: isDown ? before.looksDown + 1 : 0,
    soakSince: soaks ? (before.soakSince ?? now) : undefined,
  }
}

const FORGOTTEN: GroupMemory = {
  active: undefined,
  activePosition: undefined,
  downSince: undefined,
  looksDown: 0,
  soakSince: undefined,
}
