// Alerts of FailoverGroups on what became of switches, and of what was asked of a group.
import { ALERTS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import type { Alert, AlertOptions } from '../../model.ts'
import { select } from '../../promql.ts'
import { conditionIs, conditionOf, firesForGroup, GROUP, groupRule, ofGroup, perGroup, silent } from './group.ts'

/** Over a weekend: a warning is told in working hours. */
const FAILED_DAYS = 3
const SECONDS_A_DAY = 86_400

export function failed(options: AlertOptions): Alert {
  const last = (outcome: string) => perGroup(select(METRICS.failoverGroupLastSwitch, { outcome }))
  const of = (outcome: string, kind = 'Failover') => ofGroup(METRICS.failoverGroupLastSwitch, { kind, outcome })
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverFailed,
        expr: `${last('Failed')} > ${last('Done')} and time() - ${last('Failed')} < ${FAILED_DAYS * SECONDS_A_DAY}`,
        severity: 'warning',
        summary: `The last switch of ${GROUP} failed`,
        description: `A switch of ${GROUP} was begun and could not be brought to its end, within the last ${FAILED_DAYS} days, and none was done since. The group’s history says at which step. See: kubectl describe failovergroup`,
      },
      options,
    ),
    cases: [
      firesForGroup(
        'it was lost while it was promoted',
        '10m',
        [of('Failed'), '300x20'],
        [of('Done', 'Adoption'), '60x20'],
      ),
      silent('one was done since', '10m', [of('Failed'), '300x20'], [of('Done', 'Switchover'), '400x20']),
      silent('every switch was done', '10m', [of('Done'), '300x20']),
      silent('it was abandoned, and nothing was changed', '10m', [of('Abandoned'), '300x20'], [of('Done'), '60x20']),
      { ...silent('it is long ago', '73h', [of('Failed'), '300x5000'], [of('Done'), '60x5000']), every: '15m' },
    ],
  }
}

export function unacknowledged(options: AlertOptions): Alert {
  const series = ofGroup(METRICS.failoverGroupUnacknowledged)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverUnacknowledged,
        expr: `${perGroup(METRICS.failoverGroupUnacknowledged)} == 1`,
        severity: 'warning',
        summary: `${GROUP} has failed over by itself, and nobody has looked into it`,
        description: `A standby of ${GROUP} has taken over from a primary that was lost. No other failover is made by itself while the recovery block lasts. When you have seen why: evenkeel failover ${GROUP} --acknowledge`,
      },
      options,
    ),
    cases: [
      firesForGroup('nobody has acknowledged it', '2m', [series, '0 1x10']),
      silent('somebody has', '10m', [series, '1x5 0x10']),
      silent('there was none', '10m', [series, '0x20']),
    ],
  }
}

export function drillFailed(options: AlertOptions): Alert {
  const series = ofGroup(METRICS.failoverGroupDrill)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverDrillFailed,
        expr: `${perGroup(METRICS.failoverGroupDrill)} == 0`,
        severity: 'warning',
        summary: `The last drill of ${GROUP} failed`,
        description: `When it was rehearsed, a failover of ${GROUP} was not possible, or did not go as it should. The group’s status.drill says why. See: kubectl describe failovergroup`,
      },
      options,
    ),
    cases: [
      firesForGroup('a standby could not have taken over', '2m', [series, '1 0x10']),
      silent('the next one passed', '10m', [series, '0x5 1x10']),
      silent('none was made', '10m', [ofGroup(METRICS.failoverGroupSwitching), '0x20']),
    ],
  }
}

export function groupRefused(options: AlertOptions): Alert {
  const series = ofGroup(METRICS.failoverGroupRefused)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverGroupRefused,
        expr: `${perGroup(METRICS.failoverGroupRefused)} == 1`,
        for: '5m',
        severity: 'warning',
        summary: `${GROUP} is refused, and nothing fails over`,
        description: `The spec of the FailoverGroup ${GROUP} can’t be used, or its status can’t be read: its members are not looked at. Its condition Accepted names the field. See: kubectl describe failovergroup`,
      },
      options,
    ),
    cases: [
      firesForGroup('a field contradicts another', '6m', [series, '1x10']),
      silent('it is corrected at once', '10m', [series, '1x3 0x20']),
      silent('it runs', '10m', [series, '0x20']),
    ],
  }
}

export function failbackReady(options: AlertOptions): Alert {
  const condition = conditionOf(GROUP_CONDITIONS.failbackReady)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failbackReady,
        expr: conditionIs(GROUP_CONDITIONS.failbackReady, 1),
        for: '10m',
        severity: 'info',
        summary: `${GROUP} can go back to its first member`,
        description: `The first member of ${GROUP} that may be promoted has been well and without lag for the soak time, and another is active. When it suits: evenkeel failback ${GROUP}`,
      },
      options,
    ),
    cases: [
      firesForGroup('it has soaked', '12m', [condition, '0 1x20']),
      silent('it goes back by itself', '20m', [condition, '0 1x5 0x20']),
      silent('it is at home', '20m', [condition, '0x30']),
    ],
  }
}
