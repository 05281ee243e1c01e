// What the controller does about alerts while it runs: pushes what can't wait, and keeps rules up to date, each when it is so configured.
import { messageOf } from '../controller/model/errors.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import { type KeepDeps, keepAlerts } from './keep.ts'
import type { AlertOptions, Labels } from './model.ts'
import { createAlertmanager } from './push/alertmanager.ts'
import type { Urgent } from './push/book.ts'
import { exhaustedAlert, exhaustedGuards, type GuardLook } from './push/exhausted.ts'
import { type GroupLook, urgentGroups } from './push/groups.ts'
import { type PushDeps, pushAlerts } from './push.ts'

export interface StartOptions {
  readonly options: AlertOptions
  readonly push: {
    readonly urls: readonly string[]
    readonly authorization: string | undefined
    readonly externalLabels: Labels
  }
  /** Undefined: no rules are kept. */
  readonly keep: Pick<KeepDeps, 'namespace' | 'labels' | 'owner'> | undefined
}

export interface StartDeps
  extends Pick<PushDeps, 'clock' | 'bell' | 'isLeading' | 'onPush' | 'signal'>,
    Pick<KeepDeps, 'client'> {
  readonly guards: KeepDeps['guards'] & { get(key: string): { readonly raw: unknown } | undefined }
  /** What the loop holds of each Guard. */
  readonly looks: () => Iterable<GuardLook>
  /** What is known of each FailoverGroup. */
  readonly groups: () => Iterable<GroupLook>
  readonly onProblem: (message: string) => void
}

/** An Alertmanager that takes longer is tried again. */
const PUSH_TIMEOUT_MS: Milliseconds = 5_000

/** Runs until the signal aborts. The Guards must be listed before it is called. */
export async function runAlerts({ options, push, keep }: StartOptions, deps: StartDeps): Promise<void> {
  const { guards, looks, groups, clock, onProblem } = deps
  function* urgent(): Generator<Urgent> {
    for (const guard of exhaustedGuards(looks(), (key) => guards.get(key)?.raw)) yield exhaustedAlert(guard, options)
    yield* urgentGroups(groups(), options, clock.now())
  }
  const { urls, authorization, externalLabels } = push
  await Promise.all([
    pushAlerts({
      ...deps,
      externalLabels,
      alertmanagers: urls.map((url) => createAlertmanager({ url, authorization, timeoutMs: PUSH_TIMEOUT_MS })),
      urgent,
      onChange: ({ alertmanager, error }) =>
        onProblem(error === undefined ? `Alertmanager ${alertmanager} takes alerts again` : messageOf(error)),
    }),
    ...(keep === undefined
      ? []
      : [
          keepAlerts({
            ...deps,
            ...keep,
            options,
            onProblem: (error) => onProblem(`Alerts could not be kept: ${messageOf(error)}`),
            onRefusal: (message) => onProblem(`An alert is left out: ${message}`),
          }),
        ]),
  ])
}
