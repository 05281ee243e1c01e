// The running ledger as status keeps it, and back.
import {
  type ClosedInterval,
  daysOf,
  INTERVAL_KINDS,
  type LedgerBook,
  type LedgerDay,
  type MaintenanceReason,
  type SettledOutage,
  type Traffic,
  type TrafficDay,
  trafficOf,
} from '../model/ledger.ts'
import type { LedgerStatus } from '../model/ledger-status.ts'
import type { EpochMs } from '../model/units.ts'
import { timestamp } from './status.ts'

export interface KeptLedger {
  readonly book: LedgerBook
  readonly seenAt: EpochMs
  readonly traffic: Traffic
  readonly announcedUntil: EpochMs | undefined
}

/** `maintenance` is what is on. */
export function ledgerStatus(
  { book, seenAt, traffic }: Omit<KeptLedger, 'announcedUntil'>,
  fault: string | undefined,
  maintenance: readonly MaintenanceReason[],
): LedgerStatus {
  const { since, settledUntil, days, outages, closed, open } = book
  const settled =
    settledUntil === since
      ? {}
      : { settledUntil: timestamp(settledUntil), days: days.map(dayStatus), outages: outages.map(outageStatus) }
  return {
    since: timestamp(since),
    seenAt: timestamp(seenAt),
    open: INTERVAL_KINDS.flatMap((kind) => {
      const start = open[kind]
      return start === undefined ? [] : [{ kind, start: timestamp(start) }]
    }),
    recent: closed.map(({ kind, start, end }) => ({ kind, start: timestamp(start), end: timestamp(end) })),
    ...settled,
    ...(traffic.today === undefined ? {} : { traffic: daysOf(traffic).map(trafficStatus) }),
    ...(maintenance.length === 0
      ? {}
      : { maintenance: maintenance.map((one) => ({ ...one, until: timestamp(one.until) })) }),
    ...(fault === undefined ? {} : { fault }),
  }
}

/** The ledger that this status holds; undefined when there is none, or its times can't be read. */
export function restoreLedger(status: LedgerStatus | undefined): KeptLedger | undefined {
  if (status === undefined) return undefined
  const { days = [], outages = [], open, recent, traffic = [] } = status
  const since = Date.parse(status.since)
  const seenAt = Date.parse(status.seenAt)
  const settledUntil = status.settledUntil === undefined ? since : Date.parse(status.settledUntil)
  const announced = Date.parse(status.maintenance?.find(({ by }) => by === 'annotation')?.until ?? '')
  if ([since, seenAt, settledUntil].some(Number.isNaN)) return undefined
  const book: LedgerBook = {
    since,
    settledUntil,
    days: days.map(dayOf),
    outages: outages.map(outageOf),
    closed: recent.map(
      ({ kind, start, end }): ClosedInterval => ({
        kind,
        start: Date.parse(start),
        end: Date.parse(end),
      }),
    ),
    open: Object.fromEntries(open.map(({ kind, start }) => [kind, Date.parse(start)])),
  }
  const times = [...book.closed, ...book.outages].flatMap(({ start, end }) => [start, end])
  const counted = traffic.map(({ day, requests, failed }): TrafficDay => ({ start: Date.parse(day), requests, failed }))
  const starts = [...[...book.days, ...counted].map(({ start }) => start), ...Object.values(book.open)]
  if ([...times, ...starts].some(Number.isNaN)) return undefined
  const announcedUntil = Number.isNaN(announced) ? undefined : announced
  return { book, seenAt, traffic: trafficOf(counted), announcedUntil }
}

type DayStatus = NonNullable<LedgerStatus['days']>[number]
type OutageStatus = NonNullable<LedgerStatus['outages']>[number]

function dayStatus(day: LedgerDay): DayStatus {
  return {
    day: timestamp(day.start),
    observed: day.observedMs / 1000,
    down: day.downMs / 1000,
    degraded: day.degradedMs / 1000,
    unknown: day.unknownMs / 1000,
    maintenance: day.maintenanceMs / 1000,
    outages: day.outages,
  }
}

function dayOf(day: DayStatus): LedgerDay {
  return {
    start: Date.parse(day.day),
    observedMs: toMs(day.observed),
    downMs: toMs(day.down),
    degradedMs: toMs(day.degraded),
    unknownMs: toMs(day.unknown),
    maintenanceMs: toMs(day.maintenance),
    outages: day.outages,
  }
}

const trafficStatus = ({ start, requests, failed }: TrafficDay) => ({
  day: timestamp(start),
  requests: Math.round(requests),
  failed: Math.round(failed),
})

const outageStatus = ({ start, end, downMs }: SettledOutage): OutageStatus => ({
  start: timestamp(start),
  end: timestamp(end),
  down: downMs / 1000,
})

const outageOf = ({ start, end, down }: OutageStatus): SettledOutage => ({
  start: Date.parse(start),
  end: Date.parse(end),
  downMs: toMs(down),
})

/** The clock counts whole milliseconds; a thousandth of a second does not always survive as a fraction. */
const toMs = (seconds: number) => Math.round(seconds * 1000)
