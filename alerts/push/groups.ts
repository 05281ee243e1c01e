// The FailoverGroups that need a human at once, of what the loop knows of them.
import type { FailoverGroupStatus } from '../../controller/model/failover-group-status.ts'
import { ALERTS, GROUP_CONDITIONS, GROUP_REASONS } from '../../controller/model/names.ts'
import { type EpochMs, type Milliseconds, parseDuration } from '../../controller/model/units.ts'
import type { AlertOptions } from '../model.ts'
import { filledIn } from '../promql.ts'
import { refusedRule, SWITCHES_WITHIN, UNAVAILABLE_FOR, unavailableRule } from '../rules/failover/urgent.ts'
import type { Urgent } from './book.ts'

export interface GroupLook {
  readonly namespace: string
  readonly name: string
  readonly status: Pick<FailoverGroupStatus, 'conditions' | 'switch'>
}

/** What ends by itself is over by then, most often. */
const PATIENCE_MS: Milliseconds = parseDuration(UNAVAILABLE_FOR) ?? 0
const SWITCHES_WITHIN_MS: Milliseconds = parseDuration(SWITCHES_WITHIN) ?? 0

export function* urgentGroups(looks: Iterable<GroupLook>, options: AlertOptions, now: EpochMs): Generator<Urgent> {
  for (const look of looks) {
    const refusedSince = sinceWhen(look, GROUP_CONDITIONS.refused, 'True')
    if (refusedSince !== undefined) {
      yield urgentOf(look, ALERTS.failoverRefused, refusedSince, options)
      continue
    }
    const unavailableSince = unavailable(look, now)
    if (unavailableSince !== undefined) yield urgentOf(look, ALERTS.failoverUnavailable, unavailableSince, options)
  }
}

/** As the rule has it, but for two primaries, of which it can't know. */
function unavailable(look: GroupLook, now: EpochMs): EpochMs | undefined {
  const since = sinceWhen(look, GROUP_CONDITIONS.available, 'False')
  const { switch: underWay } = look.status
  const isSwitching = underWay !== undefined && now - Date.parse(underWay.startedAt) < SWITCHES_WITHIN_MS
  if (since === undefined || isSwitching) return undefined
  // No failover is made of two primaries: there is nothing to wait for.
  const areTwo = conditionOf(look, GROUP_CONDITIONS.available)?.reason === GROUP_REASONS.twoPrimaries
  return areTwo || now - since >= PATIENCE_MS ? since : undefined
}

const RULES = { [ALERTS.failoverRefused]: refusedRule, [ALERTS.failoverUnavailable]: unavailableRule } as const

function urgentOf(
  { namespace, name }: GroupLook,
  alert: keyof typeof RULES,
  since: EpochMs,
  options: AlertOptions,
): Urgent {
  return {
    key: `${alert} ${namespace}/${name}`,
    since,
    rule() {
      const { labels, annotations } = RULES[alert](options)
      // As Prometheus does, which puts the labels of the series on the alert, too.
      const series = { namespace, group: name }
      return { alert, labels: { ...series, ...filledIn(labels, series) }, annotations: filledIn(annotations, series) }
    },
  }
}

function sinceWhen(look: GroupLook, type: string, status: 'True' | 'False'): EpochMs | undefined {
  const condition = conditionOf(look, type)
  return condition?.status === status ? Date.parse(condition.lastTransitionTime) : undefined
}

function conditionOf({ status }: GroupLook, type: string) {
  return status.conditions?.find((one) => one.type === type)
}
