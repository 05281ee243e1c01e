// The conditions of the groups over time: whether there is a primary, whether another could take over, and what needs a human.
import { ALERTS, CONDITIONS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import { type Scope, select } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import { ALARM_WORDS, CONDITION_WORDS, NEWS_WORDS, type Word } from '../../kit/thresholds.ts'
import { type Row, seenIn, type Tile } from '../../kit/tile.ts'
import { conditionOf } from './groups.ts'

const GROUP = '{{namespace}}/{{group}}'

export function standingRow(scope: Scope): Row {
  const { accepted } = CONDITIONS
  const { observed, available, failoverReady, failbackReady, blocked, refused } = GROUP_CONDITIONS
  const of = (type: string, description: string, words: readonly Word[]): Tile =>
    states(
      {
        title: type,
        description,
        unit: 'none',
        queries: [{ expr: conditionOf(type, scope), legend: GROUP }],
        width: 8,
      },
      words,
    )
  const sight = select(METRICS.failoverGroupCondition, {
    matchers: [...scope.matchers, `condition=~"${accepted}|${observed}"`],
  })
  return {
    title: 'Conditions',
    tiles: [
      seenIn(
        of(
          available,
          'Whether one member answers as the primary that takes writes, and no other says it is one.',
          CONDITION_WORDS,
        ),
        ALERTS.failoverUnavailable,
      ),
      seenIn(
        of(failoverReady, 'Whether a standby could take over, were the primary lost.', CONDITION_WORDS),
        ALERTS.failoverNotReady,
      ),
      seenIn(
        of(refused, 'Whether a failover is needed, and a rule stands against it: a human is needed.', ALARM_WORDS),
        ALERTS.failoverRefused,
      ),
      seenIn(
        of(
          blocked,
          'Whether no failover is made by itself, since the last one has not been acknowledged.',
          ALARM_WORDS,
        ),
        ALERTS.failoverUnacknowledged,
      ),
      seenIn(
        of(
          failbackReady,
          'Whether the first member has been well and without lag for the soak time, and is not active.',
          NEWS_WORDS,
        ),
        ALERTS.failbackReady,
      ),
      seenIn(
        states(
          {
            title: 'Seen',
            description: 'Whether the spec is accepted, and every member could be asked.',
            unit: 'none',
            queries: [{ expr: `max by (namespace, group, condition) (${sight})`, legend: `${GROUP} {{condition}}` }],
            width: 8,
          },
          CONDITION_WORDS,
        ),
        ALERTS.failoverGroupRefused,
      ),
    ],
  }
}
