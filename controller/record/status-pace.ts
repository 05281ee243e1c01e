// When a Guard's status is worth a write: at once for what people and successors act on, now and then for mere readings.
import { isDeepStrictEqual } from 'node:util'
import type { GuardStatus } from '../model/guard-status.ts'
import type { LadderStatus } from '../model/ladder.ts'
import type { LedgerStatus } from '../model/ledger-status.ts'
import type { ObjectiveStatus } from '../model/objectives-status.ts'
import type { Milliseconds } from '../model/units.ts'

/** How old the readings in status may grow while nothing else changes. */
export const READINGS_EVERY_MS: Milliseconds = 10_000

/** `now`, `later` (readings only), or `no`. Pure. */
export function worthWriting(written: GuardStatus, next: GuardStatus): 'now' | 'later' | 'no' {
  if (!isDeepStrictEqual(withoutReadings(written), withoutReadings(next))) return 'now'
  const isSame =
    isDeepStrictEqual(written.signals, next.signals) &&
    isDeepStrictEqual(written.diagnosis, next.diagnosis) &&
    isDeepStrictEqual(ledgerEntries(written.ledger), ledgerEntries(next.ledger)) &&
    isDeepStrictEqual(written.objectives?.map(requestsOf), next.objectives?.map(requestsOf))
  return isSame ? 'no' : 'later'
}

/**
 * What a ledger says, without the requests that came, which move with the readings, and without the time that went on: up
 * time needs no writing, since it is what is left. Of an outage that lasts, a successor knows what was written.
 */
function ledgerEntries(ledger: LedgerStatus | undefined): unknown {
  if (ledger === undefined) return undefined
  const isDown = ledger.open.some(({ kind }) => kind === 'down')
  return { ...ledger, seenAt: isDown ? ledger.seenAt : undefined, traffic: undefined }
}

/** That no request came needs no writing until five minutes of it are over. */
function requestsOf({ requests, bad, note, counts }: ObjectiveStatus): unknown {
  return { requests, bad, note, minutes: counts.minutes }
}

/** Which objectives there are, and what begins or ceases to burn, is news. */
function burningOf({ text, burns }: ObjectiveStatus): unknown {
  return [text, burns.map(({ pair, burningSince }) => [pair, burningSince])]
}

/** An outage that begins or ends is news; that a quiet service is unknown for some seconds is not. */
function outagesIn(ledger: LedgerStatus | undefined): unknown {
  const isOutage = ({ kind }: { kind: string }) => kind === 'down' || kind === 'maintenance'
  return ledger === undefined ? undefined : [ledger.open, ledger.recent].map((part) => part.filter(isOutage))
}

/** Where the ladder stands is news; how it is put, and what is learned, is not. */
function stepsOn(ladder: LadderStatus | undefined): unknown {
  if (ladder === undefined) return undefined
  const { why: _, baseline: __, rungs, ...timers } = ladder
  return { ...timers, rungs: rungs.map(({ state }) => state) }
}

/** A condition's message carries readings: it alone is no reason to write at once, nor is a peak that still grows. */
function withoutReadings(status: GuardStatus): unknown {
  const { signals: _, signalsAt: __, conditions = [], breaches = [], ...others } = status
  const { ledger, objectives, diagnosis, ladder, flows = [], ...rest } = others
  return {
    ...rest,
    ladder: stepsOn(ladder),
    flows: flows.map(({ usualLatency: ___, ...flow }) => flow),
    conditions: conditions.map(({ message, ...condition }) =>
      condition.type === 'Accepted' ? { ...condition, message } : condition,
    ),
    breaches: breaches.map(({ limit, onset }) => ({ limit, onset })),
    ledger: outagesIn(ledger),
    diagnosis: [diagnosis?.resource, diagnosis?.confidence],
    objectives: objectives?.map(burningOf),
  }
}
