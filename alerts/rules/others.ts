// What Evenkeel says of objects that have no rules of their own: a Guard that is refused, and a Service whose pods are mostly not well.
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import type { Alert, AlertGroup, AlertOptions } from '../model.ts'
import { select } from '../promql.ts'
import { caseOf, firesFor, own } from './own.ts'

const HOLD = '5m'

export function otherAlerts(options: AlertOptions): AlertGroup {
  return {
    name: 'evenkeel.others',
    records: [],
    alerts: [guardRefused, servicePanic].map((make) => make(options)),
  }
}

/** The labels namespace and service of an alert say whose it is: those of the series go on under other names. */
function renamed(expr: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce(
    (inner, [from, to]) => `label_replace(${inner}, "${to}", "$1", "${from}", "(.+)")`,
    expr,
  )
}

function guardRefused(options: AlertOptions): Alert {
  const of = (guard: string, namespace = 'shop') => select(METRICS.guardRefused, { namespace, guard })
  return own(
    {
      alert: ALERTS.guardRefused,
      expr: renamed(`max by (namespace, guard) (${METRICS.guardRefused}) == 1`, { namespace: 'guard_namespace' }),
      for: HOLD,
      slo: 'guards',
      severity: 'warning',
      summary: 'A Guard is refused, and guards nothing',
      description:
        'The spec of the Guard in the labels guard_namespace and guard can’t be used: its service is not looked at. Its condition Accepted names the field. See: kubectl describe guard',
    },
    [
      firesFor(
        [
          { guard: 'cart', guard_namespace: 'shop' },
          { guard: 'cart', guard_namespace: 'outlet' },
        ],
        caseOf(
          'two are refused',
          true,
          '6m',
          [of('cart'), '1x10'],
          [of('cart', 'outlet'), '1x10'],
          [of('search'), '0x10'],
        ),
      ),
      caseOf('it is corrected at once', false, '10m', [of('cart'), '1x3 0x20']),
      caseOf('every Guard runs', false, '10m', [of('cart'), '0x20']),
    ],
    options,
  )
}

function servicePanic(options: AlertOptions): Alert {
  const of = (service: string, instance = 'a') => select(METRICS.servicePanic, { namespace: 'shop', service, instance })
  return own(
    {
      alert: ALERTS.servicePanic,
      expr: renamed(`max by (namespace, service) (${METRICS.servicePanic}) == 1`, {
        namespace: 'backend_namespace',
        service: 'backend',
      }),
      for: HOLD,
      slo: 'backends',
      severity: 'warning',
      summary: 'A Service has too few pods that are well',
      description:
        'So few pods behind the Service in the labels backend_namespace and backend are well that load balancers are told to use all of them. See: kubectl get pods',
    },
    [
      firesFor(
        [{ backend: 'checkout', backend_namespace: 'shop' }],
        caseOf(
          'most of its pods are not well, as one of two replicas says',
          true,
          '6m',
          [of('checkout'), '1x10'],
          [of('checkout', 'b'), '0x10'],
          [of('cart'), '0x10'],
        ),
      ),
      caseOf('its pods were being replaced', false, '10m', [of('checkout'), '1x3 0x20']),
      caseOf('enough of its pods are well', false, '10m', [of('checkout'), '0x20']),
    ],
    options,
  )
}
