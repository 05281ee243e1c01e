// What one Alertmanager was told, and what is due to be told: an alert at once, again while it lasts, and that it is over. Pure.
import type { EpochMs, Milliseconds } from '../../controller/model/units.ts'
import type { AlertRule } from '../model.ts'

/** What can't wait. */
export interface Urgent {
  /** The same for as long as it is the same alert. */
  readonly key: string
  readonly since: EpochMs
  /** Made only when it is told: its labels and texts as Prometheus fills them in. */
  readonly rule: () => Pick<AlertRule, 'alert' | 'labels' | 'annotations'>
}

/** Well before Alertmanager takes an alert as over that it hears no more of. */
export const AGAIN_AFTER_MS: Milliseconds = 30_000
/** What is not told again within this time is over: longer than a new leader takes. */
export const LAPSES_AFTER_MS: Milliseconds = 240_000
/**
 * So long it is told on after its end. Prometheus holds its own for three minutes and sees the end a scrape and an
 * evaluation later: were this over first, the next word of Prometheus would be a second page.
 */
export const HELD_MS: Milliseconds = 330_000

export interface Told {
  readonly urgent: Urgent
  /** On the monotonic clock; undefined while it never arrived. */
  readonly sentAt: Milliseconds | undefined
  /** Since when it is no longer so. */
  readonly overSince: Milliseconds | undefined
}

/** By key. */
export type Book = ReadonlyMap<string, Told>

export const EMPTY_BOOK: Book = new Map()

/** What is so now. Who was never told of it need not hear that it is over. */
export function noteUrgent(book: Book, all: Iterable<Urgent>, nowMs: Milliseconds): Book {
  const next = new Map<string, Told>()
  for (const urgent of all) {
    const { key } = urgent
    const known = book.get(key)
    // What comes back while it is held goes on, with the moment at which it began first.
    next.set(key, {
      urgent: known === undefined ? urgent : { ...urgent, since: known.urgent.since },
      sentAt: known?.sentAt,
      overSince: undefined,
    })
  }
  for (const [key, told] of book)
    if (!next.has(key) && told.sentAt !== undefined) next.set(key, { ...told, overSince: told.overSince ?? nowMs })
  return next
}

export function dueNow(book: Book, nowMs: Milliseconds): Told[] {
  return [...book.values()].filter(
    (told) => told.sentAt === undefined || isOver(told, nowMs) || nowMs - told.sentAt >= AGAIN_AFTER_MS,
  )
}

export function isOver({ overSince }: Told, nowMs: Milliseconds): boolean {
  return overSince !== undefined && nowMs - overSince >= HELD_MS
}

/** After these have arrived: what is over is forgotten. */
export function afterSending(book: Book, sent: readonly Told[], nowMs: Milliseconds): Book {
  const next = new Map(book)
  for (const told of sent) {
    const { key } = told.urgent
    if (isOver(told, nowMs)) next.delete(key)
    else next.set(key, { ...told, sentAt: nowMs })
  }
  return next
}
