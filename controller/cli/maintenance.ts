// Maintenance that is on, in words: which, and until when.
import type { LedgerStatus } from '../model/ledger-status.ts'
import { ANNOTATIONS } from '../model/names.ts'
import { formatDuration } from '../model/units.ts'

/** `now` in epoch milliseconds. */
export function maintenanceLines(ledger: LedgerStatus | undefined, now: number): string[] {
  return (ledger?.maintenance ?? []).map(({ by, until, cron, timezone }) => {
    const what = by === 'cron' ? `the cron "${cron}" (${timezone})` : `the annotation ${ANNOTATIONS.maintenanceUntil}`
    const leftMs = Date.parse(until) - now
    return leftMs > 0
      ? `On until ${until} (${formatDuration(leftMs)} more), by ${what}`
      : `Was on until ${until} (${formatDuration(-leftMs)} ago), by ${what}`
  })
}
