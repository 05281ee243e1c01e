// The alerts of FailoverGroups that page. The leader pushes both itself, too.
import { ALERTS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import type { Alert, AlertOptions, AlertRule } from '../../model.ts'
import { lasting, select } from '../../promql.ts'
import { firesFor } from '../own.ts'
import {
  conditionIs,
  conditionOf,
  firesForGroup,
  GROUP,
  groupRule,
  IS_SWITCHING,
  ofGroup,
  perGroup,
  silent,
} from './group.ts'

/** As with a Guard that is exhausted: what comes and goes, and a new leader that is not scraped yet, is no second page. */
const HELD = '3m'
/** A primary that is lost is replaced within it, most often. */
export const UNAVAILABLE_FOR = '1m'
/** A switch holds the page back for so long: by then it is done, or abandoned. */
export const SWITCHES_WITHIN = '5m'

function isRefused(options: AlertOptions): string {
  const condition = select(METRICS.failoverGroupCondition, { condition: GROUP_CONDITIONS.refused })
  return `${perGroup(`max_over_time(${condition}[${lasting(HELD, options)}])`)} == 1`
}

export function refusedRule(options: AlertOptions): AlertRule {
  return groupRule(
    {
      alert: ALERTS.failoverRefused,
      expr: isRefused(options),
      severity: 'critical',
      summary: `${GROUP} needs a failover that may not be made: a human is needed`,
      description: `The primary of ${GROUP} is lost, and a rule stands against every failover that Evenkeel could make. The condition FailoverRefused names it. See: evenkeel failover ${GROUP} --dry-run`,
    },
    options,
  )
}

export function refused(options: AlertOptions): Alert {
  const condition = conditionOf(GROUP_CONDITIONS.refused)
  const other = conditionOf(GROUP_CONDITIONS.refused, { group: 'cache' })
  return {
    rule: refusedRule(options),
    cases: [
      firesForGroup('a rule stands against it', '1m', [condition, '0 1x10'], [other, '0x11']),
      firesFor(
        [
          { namespace: 'shop', group: 'db' },
          { namespace: 'shop', group: 'cache' },
        ],
        firesForGroup('two groups are two pages', '1m', [condition, '1x10'], [other, '1x10']),
      ),
      firesForGroup('it comes and goes', '6m', [condition, '1 0 0 1 0 0 1 0 0 1']),
      silent('no failover is needed', '10m', [condition, '0x20']),
      silent('the primary can’t be asked', '10m', [condition, '-1x20']),
      silent('it is over for some time', '10m', [condition, '1x3 0x20']),
    ],
  }
}

/** One that is refused a failover pages already. The hold after its end keeps it one alert with what the leader pushes. */
export function unavailableRule(options: AlertOptions): AlertRule {
  const forLong = perGroup(`min_over_time(${METRICS.failoverGroupSwitching}[${lasting(SWITCHES_WITHIN, options)}])`)
  return groupRule(
    {
      alert: ALERTS.failoverUnavailable,
      expr: `${conditionIs(GROUP_CONDITIONS.available, 0)} unless (${IS_SWITCHING} unless ${forLong} == 1) unless ${isRefused(options)}`,
      for: UNAVAILABLE_FOR,
      keptFor: HELD,
      severity: 'critical',
      summary: `${GROUP} has no primary that can be used, or two`,
      description: `For ${UNAVAILABLE_FOR} no member of ${GROUP}, or more than one, has been the primary that takes writes, or the Service leads elsewhere, and no switch is about to mend it. The condition Available says which. See: evenkeel failovers`,
    },
    options,
  )
}

export function unavailable(options: AlertOptions): Alert {
  const available = conditionOf(GROUP_CONDITIONS.available)
  const switching = ofGroup(METRICS.failoverGroupSwitching)
  return {
    rule: unavailableRule(options),
    cases: [
      firesForGroup('the primary is lost, and nothing is done', '3m', [available, '1 0x10'], [switching, '0x11']),
      firesForGroup('a switch does not end', '8m', [available, '0x10'], [switching, '0 1x10']),
      firesForGroup('it was mended a moment ago', '5m', [available, '0x3 1x10'], [switching, '0x14']),
      silent('a failover is in its course', '4m', [available, '1 0x3 1x10'], [switching, '0 1x3 0x10']),
      silent(
        'a failover is refused, which pages already',
        '10m',
        [available, '0x20'],
        [switching, '0x20'],
        [conditionOf(GROUP_CONDITIONS.refused), '1x20'],
      ),
      silent('it is lost and found within a minute', '10m', [available, '1 0 1x10'], [switching, '0x12']),
      silent('whether it is there is not known', '10m', [available, '-1x20'], [switching, '0x20']),
      silent('it was mended some time ago', '10m', [available, '0x3 1x10'], [switching, '0x14']),
    ],
  }
}
