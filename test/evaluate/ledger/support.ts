// A running ledger in tests: with up to when it speaks, which the loop keeps beside it.
import {
  advanceLedger,
  type BookRules,
  NEVER_SEEN,
  type RunningLedger,
  seenUntil,
} from '../../../controller/evaluate/ledger/book.ts'
import type { Maintenance } from '../../../controller/evaluate/ledger/maintenance.ts'
import type { Standing } from '../../../controller/evaluate/ledger/standing.ts'
import { LEDGER_STATUS } from '../../../controller/model/ledger-status.ts'
import { ledgerStatus, restoreLedger } from '../../../controller/record/ledger.ts'

/** A ledger, and up to when it speaks. */
export type SeenLedger = RunningLedger & { readonly seenAt: number }

export function advance(
  before: SeenLedger | undefined,
  standing: Standing,
  maintenance: Maintenance | undefined,
  now: number,
  rules: BookRules,
): SeenLedger {
  const seenAt = before?.seenAt ?? NEVER_SEEN
  return { ...advanceLedger(before, seenAt, standing, maintenance, now, rules), seenAt: seenUntil(seenAt, now) }
}

/** As a successor finds it. */
export function throughJson(ledger: SeenLedger): SeenLedger {
  const { announcedUntil: until } = ledger
  const reasons = until === undefined ? [] : [{ by: 'annotation' as const, until }]
  const kept = restoreLedger(LEDGER_STATUS.parse(JSON.parse(JSON.stringify(ledgerStatus(ledger, undefined, reasons)))))
  if (kept === undefined) throw new Error('it can’t be restored')
  return { ...kept, watchedSince: undefined }
}
