// Alerts of FailoverGroups on what would be in the way of a failover, before one is needed.
import { ALERTS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import type { Alert, AlertOptions } from '../../model.ts'
import {
  conditionIs,
  conditionOf,
  firesForGroup,
  firesForMember,
  GROUP,
  groupRule,
  IS_SWITCHING,
  ofGroup,
  perGroup,
  perMember,
  silent,
} from './group.ts'

/** A pod that is replaced is back by then. */
const HOLD = '10m'

/** A block after a failover has an alert of its own, and a switch under way is no news. */
export function notReady(options: AlertOptions): Alert {
  const ready = conditionOf(GROUP_CONDITIONS.failoverReady)
  const blocked = conditionOf(GROUP_CONDITIONS.blocked)
  const switching = ofGroup(METRICS.failoverGroupSwitching)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverNotReady,
        expr: `${conditionIs(GROUP_CONDITIONS.failoverReady, 0)} unless ${conditionIs(GROUP_CONDITIONS.blocked, 1)} unless ${IS_SWITCHING}`,
        for: HOLD,
        severity: 'warning',
        summary: `${GROUP} could not fail over`,
        description: `Were the primary of ${GROUP} lost now, no member could take over, for ${HOLD} and longer. The condition FailoverReady says why. See: evenkeel failovers`,
      },
      options,
    ),
    cases: [
      firesForGroup('no standby could take over', '12m', [ready, '1 0x20'], [blocked, '0x21'], [switching, '0x21']),
      silent('the last failover blocks it', '20m', [ready, '0x30'], [blocked, '1x30'], [switching, '0x30']),
      silent('a switch is under way', '20m', [ready, '0x30'], [blocked, '0x30'], [switching, '1x30']),
      silent('a standby was restarted', '20m', [ready, '1 0x5 1x30'], [blocked, '0x40'], [switching, '0x40']),
      silent('whether one could is not known', '20m', [ready, '-1x30'], [blocked, '0x30'], [switching, '0x30']),
    ],
  }
}

/** The active member is what the condition Available is about. */
export function memberDown(options: AlertOptions): Alert {
  const up = (member: string) => ofGroup(METRICS.failoverGroupMemberUp, { member })
  const active = (member: string) => ofGroup(METRICS.failoverGroupActive, { member })
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverMemberDown,
        expr: `${perMember(METRICS.failoverGroupMemberUp)} == 0 unless ${perMember(METRICS.failoverGroupActive)} == 1`,
        for: HOLD,
        severity: 'warning',
        summary: `A standby of ${GROUP} is down`,
        description: `The member {{$labels.member}} of ${GROUP} has not answered for ${HOLD}: there is less to fail over to. See: evenkeel failovers`,
      },
      options,
    ),
    cases: [
      firesForMember(
        'db-1',
        'a standby does not answer',
        '12m',
        [up('db-0'), '1x20'],
        [up('db-1'), '1 0x20'],
        [active('db-0'), '1x21'],
        [active('db-1'), '0x21'],
      ),
      silent('it was restarted', '20m', [up('db-1'), '1 0x5 1x20'], [active('db-1'), '0x30']),
      silent('it is the active one', '20m', [up('db-0'), '0x30'], [active('db-0'), '1x30']),
    ],
  }
}

export function lagging(options: AlertOptions): Alert {
  const lag = (member: string) => ofGroup(METRICS.failoverGroupLag, { member })
  const limit = ofGroup(METRICS.failoverGroupLagLimit)
  return {
    rule: groupRule(
      {
        alert: ALERTS.failoverLagging,
        expr: `${perMember(METRICS.failoverGroupLag)} > on (namespace, group) group_left () ${perGroup(METRICS.failoverGroupLagLimit)}`,
        for: HOLD,
        severity: 'warning',
        summary: `A standby of ${GROUP} is too far behind`,
        description: `The member {{$labels.member}} of ${GROUP} has been behind the primary by more than spec.lagLimit for ${HOLD}: it may not take over. See: evenkeel failovers`,
      },
      options,
    ),
    cases: [
      firesForMember(
        'db-1',
        'it falls behind',
        '12m',
        [lag('db-1'), '0 2000x20'],
        [lag('db-2'), '0x21'],
        [limit, '1000x21'],
      ),
      silent('it catches up', '20m', [lag('db-1'), '2000x5 0x20'], [limit, '1000x30']),
      silent('it is just at the limit', '20m', [lag('db-1'), '1000x30'], [limit, '1000x30']),
      silent('how far is not known', '20m', [limit, '1000x30']),
    ],
  }
}
