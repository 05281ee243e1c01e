// Alerts about Evenkeel itself, and the one that always fires, whose silence tells that nothing is told any more.
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import type { Alert, AlertOptions, RuleSet } from '../model.ts'
import { lasting, max, select } from '../promql.ts'
import { failoverAlerts } from './failover.ts'
import { otherAlerts } from './others.ts'
import { caseOf, own } from './own.ts'

/** The slowest of a hundred ticks may be this late. A Guard's interval is a second, unless it says otherwise. */
const LATE_SECONDS = 1
/** In ten minutes: one that fails is tried again. */
const FAILED_PUSHES = 3

export function evenkeelRules(options: AlertOptions): RuleSet {
  const alerts = [down, noLeader, loopLag, fleetPanic, pushFailing, watchdog].map((make) => make(options))
  const itself = { name: 'evenkeel.itself', records: [], alerts }
  return { name: 'evenkeel', groups: [itself, otherAlerts(options), failoverAlerts(options)] }
}

function down(options: AlertOptions): Alert {
  const there = `${METRICS.buildInfo}{instance="a",version="1"}`
  return own(
    {
      alert: ALERTS.down,
      expr: max(`absent(${select(METRICS.buildInfo)})`),
      for: '2m',
      severity: 'critical',
      summary: 'Evenkeel is not there',
      description: 'No replica of Evenkeel is scraped: nothing is healed, and no other alert of Evenkeel can fire.',
    },
    [
      caseOf('no replica is scraped', true, '3m'),
      caseOf('the last replica has gone', true, '10m', [there, '1x3 stale']),
      caseOf('one is scraped', false, '10m', [there, '1x20']),
    ],
    options,
  )
}

function noLeader(options: AlertOptions): Alert {
  const replica = (instance: string) => `${METRICS.leader}{instance="${instance}"}`
  return own(
    {
      alert: ALERTS.noLeader,
      expr: `${max(select(METRICS.leader))} == 0`,
      for: '2m',
      severity: 'critical',
      summary: 'No replica of Evenkeel leads',
      description: 'Replicas of Evenkeel run, and none of them holds the lease: nothing is healed.',
    },
    [
      caseOf('two replicas, and none leads', true, '3m', [replica('a'), '0x10'], [replica('b'), '0x10']),
      caseOf('one of two leads', false, '10m', [replica('a'), '0x20'], [replica('b'), '1x20']),
      caseOf('the lead goes over', false, '10m', [replica('a'), '1x5 0x15'], [replica('b'), '0x6 1x14']),
    ],
    options,
  )
}

function loopLag(options: AlertOptions): Alert {
  const bucket = (le: string): string => `${METRICS.tickLag}_bucket{le="${le}"}`
  return own(
    {
      alert: ALERTS.loopLag,
      expr: `histogram_quantile(0.99, sum by (le) (rate(${METRICS.tickLag}_bucket[${lasting('5m', options)}]))) > ${LATE_SECONDS}`,
      for: '5m',
      severity: 'critical',
      summary: 'Evenkeel does not keep its pace',
      description: `One tick of a hundred begins more than ${LATE_SECONDS}s late: limits are judged late, and remedies come late.`,
    },
    [
      caseOf(
        'one tick of ten is late',
        true,
        '12m',
        [bucket('1'), '0+90x20'],
        [bucket('2.5'), '0+100x20'],
        [bucket('+Inf'), '0+100x20'],
      ),
      caseOf(
        'one tick of a thousand is late',
        false,
        '20m',
        [bucket('1'), '0+999x20'],
        [bucket('2.5'), '0+1000x20'],
        [bucket('+Inf'), '0+1000x20'],
      ),
      caseOf('nothing ticks', false, '20m', [bucket('1'), '5x20'], [bucket('2.5'), '9x20'], [bucket('+Inf'), '9x20']),
    ],
    options,
  )
}

function fleetPanic(options: AlertOptions): Alert {
  const replica = (instance: string) => `${METRICS.fleetPanic}{instance="${instance}"}`
  return own(
    {
      alert: ALERTS.fleetPanic,
      expr: `${max(select(METRICS.fleetPanic))} == 1`,
      for: '1m',
      severity: 'critical',
      summary: 'Most services are in trouble at once',
      description:
        'So many Guards are in trouble at once that the observer is suspected: no replicas are changed until most are well again.',
    },
    [
      caseOf('most Guards are in trouble', true, '3m', [replica('a'), '1x10'], [replica('b'), '0x10']),
      caseOf('most Guards are well', false, '10m', [replica('a'), '0x20'], [replica('b'), '0x20']),
    ],
    options,
  )
}

function pushFailing(options: AlertOptions): Alert {
  const failed = select(METRICS.alertPushes, { outcome: 'failed' })
  return own(
    {
      alert: ALERTS.pushFailing,
      expr: `sum(increase(${failed}[${lasting('10m', options)}])) >= ${FAILED_PUSHES}`,
      for: '5m',
      severity: 'warning',
      summary: 'Evenkeel can’t reach an Alertmanager',
      description:
        'Alerts that Evenkeel pushes itself do not arrive. Those of Prometheus do, when this one does, and come later.',
    },
    [
      caseOf('each try fails', true, '15m', [failed, '0+2x20']),
      caseOf('one try failed', false, '15m', [failed, '0x5 1x20']),
      caseOf('nothing is pushed', false, '15m', [failed, '0x20']),
    ],
    options,
  )
}

/** Always there, so that it has no case in which it must not fire. */
function watchdog(options: AlertOptions): Alert {
  return own(
    {
      alert: ALERTS.watchdog,
      expr: 'vector(1)',
      severity: 'none',
      summary: 'Alerts arrive',
      description: 'This alert always fires. Whoever waits for it knows, when it ends, that alerts no longer arrive.',
    },
    [caseOf('always', true, '0m')],
    options,
  )
}
