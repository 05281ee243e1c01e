// Pushes to Alertmanagers what can't wait for a scrape and an evaluation: each is the alert that a rule makes too.
import type { Clock } from '../controller/model/clock.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import type { Labels } from './model.ts'
import type { Alertmanager, PostedAlert } from './push/alertmanager.ts'
import type { Bell } from './push/bell.ts'
import {
  afterSending,
  dueNow,
  EMPTY_BOOK,
  isOver,
  LAPSES_AFTER_MS,
  noteUrgent,
  type Told,
  type Urgent,
} from './push/book.ts'

export interface PushDeps {
  readonly clock: Clock
  readonly bell: Bell
  readonly alertmanagers: readonly Alertmanager[]
  /** What Prometheus adds to every alert: without it, its alert and ours would be two. */
  readonly externalLabels: Labels
  readonly urgent: () => Iterable<Urgent>
  readonly isLeading: () => boolean
  readonly onPush: (outcome: 'ok' | 'failed') => void
  /** Told of the first failure in a row, and of the first success after one. */
  readonly onChange: (said: { readonly alertmanager: string; readonly error: unknown }) => void
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS: Milliseconds = 1_000
const LONGEST_PAUSE_MS: Milliseconds = 30_000

/** Each has a loop of its own: one that is gone or slow delays neither the others nor the loop of the Guards. */
export async function pushAlerts(deps: PushDeps): Promise<void> {
  await Promise.all(deps.alertmanagers.map((one) => keepTold(deps, one)))
}

async function keepTold(deps: PushDeps, alertmanager: Alertmanager): Promise<void> {
  const { clock, bell, signal } = deps
  let book = EMPTY_BOOK
  let failures = 0
  while (!signal.aborted) {
    if (!deps.isLeading()) book = EMPTY_BOOK
    else {
      book = noteUrgent(book, deps.urgent(), clock.monotonic())
      const due = dueNow(book, clock.monotonic())
      if (due.length > 0) {
        const error = await tell(deps, alertmanager, due)
        if (signal.aborted) return
        deps.onPush(error === undefined ? 'ok' : 'failed')
        if ((error === undefined) !== (failures === 0)) deps.onChange({ alertmanager: alertmanager.name, error })
        failures = error === undefined ? 0 : failures + 1
        if (error === undefined) book = afterSending(book, due, clock.monotonic())
      }
    }
    // After a failure a bell changes nothing.
    const pauseMs = Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** Math.min(failures - 1, 10))
    if (failures === 0) await bell.wait(LOOK_EVERY_MS, signal)
    else await clock.sleep(pauseMs, signal).catch(() => {})
  }
}

/** Why it did not arrive; undefined when it did. */
async function tell(deps: PushDeps, alertmanager: Alertmanager, due: readonly Told[]): Promise<unknown> {
  const nowMs = deps.clock.monotonic()
  return alertmanager
    .post(
      due.map((told) => alertOf(deps, told, nowMs)),
      deps.signal,
    )
    .then(
      () => undefined,
      (error: unknown) => error,
    )
}

function alertOf({ clock, externalLabels }: PushDeps, told: Told, nowMs: Milliseconds): PostedAlert {
  const { alert, labels, annotations } = told.urgent.rule()
  const now = clock.now()
  return {
    labels: { ...externalLabels, ...labels, alertname: alert },
    annotations,
    startsAt: Math.min(told.urgent.since, now),
    endsAt: isOver(told, nowMs) ? now : now + LAPSES_AFTER_MS,
  }
}
