// What Evenkeel tells others: alerts that it pushes itself, and answers to load balancers.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { line } from '../../kit/line.ts'
import { rate, type Scope } from '../../kit/promql.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

export function tellingRow(scope: Scope): Row {
  return {
    title: 'Telling',
    tiles: [
      seenIn(
        line({
          title: 'Alert pushes',
          description: 'Pushes of alerts to Alertmanagers, by outcome. None where no Alertmanager is configured.',
          unit: 'ops',
          queries: [{ expr: rate(METRICS.alertPushes, scope, ['outcome']), legend: '{{outcome}}' }],
          width: 12,
        }),
        ALERTS.pushFailing,
        ALERTS.watchdog,
      ),
      line({
        title: 'Probe answers',
        description:
          'Answers to load balancers, by dialect and by what they said: in, out, or unknown, which changes nothing.',
        unit: 'ops',
        queries: [{ expr: rate(METRICS.probeAnswers, scope, ['dialect', 'answer']), legend: '{{dialect}} {{answer}}' }],
        width: 12,
      }),
    ],
  }
}
