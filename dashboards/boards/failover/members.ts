// The members: who is active, who answers, and how far each replica is behind.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { LIMIT_LEGEND } from '../../kit/limit.ts'
import { line } from '../../kit/line.ts'
import { perGroup, type Scope } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import type { Word } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

const ACTIVE_WORDS: readonly Word[] = [
  [0, 'standby', 'text'],
  [1, 'active', 'green'],
]
const UP_WORDS: readonly Word[] = [
  [0, 'down', 'red'],
  [1, 'up', 'green'],
]
const MEMBER = '{{namespace}}/{{group}} {{member}}'

export function membersRow(scope: Scope): Row {
  const limit = `min(${perGroup(METRICS.failoverGroupLagLimit, scope)})`
  return {
    title: 'Members',
    tiles: [
      states(
        {
          title: 'Active member',
          description: 'Which member of each group is the primary, as its status has it.',
          unit: 'none',
          queries: [{ expr: perGroup(METRICS.failoverGroupActive, scope, {}, ['member']), legend: MEMBER }],
          height: 8,
        },
        ACTIVE_WORDS,
      ),
      seenIn(
        states(
          {
            title: 'Members up',
            description: 'Which members answer.',
            unit: 'none',
            queries: [{ expr: perGroup(METRICS.failoverGroupMemberUp, scope, {}, ['member']), legend: MEMBER }],
            height: 8,
          },
          UP_WORDS,
        ),
        ALERTS.failoverMemberDown,
      ),
      seenIn(
        line(
          {
            title: 'Lag',
            description:
              'How far each replica is behind the primary, in bytes or transactions, against the narrowest limit of the groups that are shown: who is further behind does not take over.',
            unit: 'short',
            queries: [{ expr: perGroup(METRICS.failoverGroupLag, scope, {}, ['member']), legend: MEMBER }],
            width: 24,
          },
          { limit: { kind: 'series', query: { expr: limit, legend: LIMIT_LEGEND } } },
        ),
        ALERTS.failoverLagging,
      ),
    ],
  }
}
