// What load balancers are told of the pods behind Services: how many are in and out, and where too few are well.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { line } from '../../kit/line.ts'
import { type Scope, select } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import { YES_NO } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

/** Every replica that somebody asks tells it. */
export function backendsRow(scope: Scope): Row {
  return {
    title: 'Load balancers',
    tiles: [
      line({
        title: 'Backends',
        description:
          'Pods behind each Service that load balancers are told to use (in) or not (out). Empty until one asks.',
        unit: 'none',
        queries: [
          {
            expr: `max by (namespace, service, place) (${select(METRICS.serviceBackends, scope)})`,
            legend: '{{namespace}}/{{service}} {{place}}',
          },
        ],
        width: 12,
      }),
      seenIn(
        states(
          {
            title: 'Panic',
            description:
              'Services of whose pods so few are well that the observer is suspected, and all are used. Empty until a load balancer asks.',
            unit: 'none',
            queries: [
              {
                expr: `max by (namespace, service) (${select(METRICS.servicePanic, scope)})`,
                legend: '{{namespace}}/{{service}}',
              },
            ],
            height: 8,
          },
          YES_NO,
        ),
        ALERTS.servicePanic,
      ),
    ],
  }
}
