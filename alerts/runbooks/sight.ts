// Runbooks about services that Evenkeel does not see.
import { ALERTS, CONDITIONS, METRICS } from '../../controller/model/names.ts'
import type { Runbook } from './runbook.ts'

export const signalsUnknown: Runbook = {
  alert: ALERTS.signalsUnknown,
  title: 'a Guard is not observed',
  alsoSeenAs: `\`${METRICS.guardCondition}{condition="${CONDITIONS.observed}"} == 0\` for most of the time`,
  meaning: `Evenkeel does not see all of the service: a signal that the limits need is missing on some pod or on all. It says nothing
about the health of the service: a service that is down altogether looks just so.`,
  impact: `While anything is not seen, nothing is scaled in. While a signal is unknown altogether, its limit can’t be judged, and a
breach of it goes unanswered. Breaches that were confirmed before stay open.`,
  diagnosis: `\`\`\`sh
npx evenkeel explain "$NAMESPACE/$SERVICE"
kubectl get pods -n "$NAMESPACE"
\`\`\`

\`\`\`
  Observed    False   for 8.2 s      Not seen: only 0 of 3 pods seen: shop/checkout-5f8cbd5479-jm9tg: HTTP 404; shop/checkout-5f8cbd5479-l6srk: HTTP 404; shop/checkout-5f8cbd5479-9hznv: HTTP 404.
\`\`\`

| the reason says                                                        | then                                                                                                                         |
| ---------------------------------------------------------------------- | ---------------------------------------------------------------------------------------------------------------------------- |
| \`Deployment … does not exist\`                                          | \`spec.target\` names the wrong workload, or it was deleted                                                                    |
| \`Service … does not exist\`, \`… selects no running pod\`                 | the exporter that \`signals.<signal>.service\` names is not there, or the name is wrong                                        |
| \`no pod to scrape\`, \`no pod is ready yet\`                              | the workload itself is in trouble: \`kubectl get pods\`                                                                        |
| \`has no port named …\`                                                  | \`signals.from.scrape.port\` is no port of the containers; the sentence lists those there are                                  |
| \`HTTP 404\`                                                             | \`signals.from.scrape.path\` is wrong                                                                                          |
| \`connection refused\`, \`connection timed out\`, \`no route to the target\` | the pod listens on loopback only, a NetworkPolicy is in the way, or the controller runs where pod addresses can’t be reached |
| \`does not expose …\`, \`exposes no series that fits\`                     | another library writes the metrics: choose another profile, or name the metric in the Guard                                  |
| \`body larger than 8 MiB\`, a timeout                                    | the exposition is too large or the pod too busy: \`scrape.timeout\`, fewer labels                                              |
| the spec is refused                                                    | \`Accepted\` names the field                                                                                                   |
| the Guard is paused                                                    | someone set \`mode: Paused\`                                                                                                   |

\`no requests in 10 s\` and \`fewer than the minimum\` are no blindness: the service is quiet, and \`Observed\` stays True.

If \`explain\` says \`as of\` minutes ago, or there is no status at all, no replica leads: see [no leader](evenkeel-no-leader.md).`,
  mitigation: `Correct what the reason names: the loop takes it up on the next tick. Until then watch the service by other means, and scale by
hand if need be; a Guard that does not see everything does not take those replicas away:

\`\`\`sh
kubectl scale deployment/NAME -n "$NAMESPACE" --replicas 6
\`\`\``,
}

export const metricsAbsent: Runbook = {
  alert: ALERTS.metricsAbsent,
  title: 'a Guard has no metrics',
  alsoSeenAs: `\`absent(${METRICS.guardCondition}{…})\` while \`${METRICS.leader} == 1\``,
  meaning: `Evenkeel runs and leads, and Prometheus has nothing of this Guard from it: the Guard was deleted, paused or refused, and its
alerts were not; or Prometheus does not keep the labels that Evenkeel gives its series.`,
  impact: 'Nobody looks at the service, and none of its other alerts can fire.',
  diagnosis: `\`\`\`sh
kubectl get guard "$SERVICE" -n "$NAMESPACE" -o yaml
kubectl get --raw "/api/v1/namespaces/evenkeel/pods/POD:8080/proxy/metrics" | grep ${METRICS.guardCondition}
\`\`\`

| you see                                                      | then                                                                            |
| ------------------------------------------------------------ | ------------------------------------------------------------------------------- |
| the Guard does not exist                                     | it was deleted: its alerts are to be made anew                                  |
| \`mode: Paused\`                                               | someone paused it: nobody guards the service                                    |
| \`Accepted\` is False                                          | its spec is refused; the message names the field                                |
| \`/metrics\` has it, Prometheus has \`exported_namespace\` on it | the scrape lacks \`honor_labels: true\` (\`honorLabels\` of a PodMonitor)           |
| the controller watches another namespace                     | \`EVENKEEL_NAMESPACE\`                                                            |`,
  mitigation: `- Deleted or renamed: make the alerts anew, and load them.

  \`\`\`sh
  npx evenkeel alerts build -o alerts && kubectl apply -n monitoring -f alerts/objects
  kubectl delete prometheusrule -n monitoring "evenkeel-alerts.$NAMESPACE.$SERVICE"      # of a Guard that is gone
  \`\`\`

- Paused: set it to \`Observe\` or \`Enforce\`.

  \`\`\`sh
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Observe"}}'
  \`\`\`

- Refused: correct the field (\`npx evenkeel check guard.yaml\` says the same before it is applied).`,
}
