// The runbook of limits that stay passed.
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import type { Runbook } from './runbook.ts'

export const limitBreached: Runbook = {
  alert: ALERTS.limitBreached,
  title: 'a limit stays passed, and no remedy is at work',
  alsoSeenAs: `\`${METRICS.guardBreached} == 1\` without \`${METRICS.guardRemedyPending} == 1\``,
  meaning: `The limit in the label \`limit\` has been passed for five minutes in which no remedy was inside the time in which it should show.
While one is, this alert waits: most breaches end there.`,
  impact: `The service is worse than its Guard wants it, and nothing is being done about it. It is a warning: when it is the users who feel it, the
error budget pages.`,
  diagnosis: `\`\`\`sh
npx evenkeel explain "$NAMESPACE/$SERVICE"
\`\`\`

| explain says                             | then                                                                                  |
| ---------------------------------------- | ------------------------------------------------------------------------------------- |
| \`Would …\`, mode Observe                  | the Guard only watches: it would have acted                                           |
| a veto of \`budget\` or \`cooldown\`         | it has acted as often as it may: see whether that helped                              |
| a veto of \`another owner\`                | two writers of one field: an autoscaler, or a GitOps tool                             |
| a veto of \`freshness\` or \`unknown signal\` | the API server or the metrics are not seen: see [not observed](not-observed.md)       |
| no proposal                              | no remedy answers this limit: more replicas do not help a full pool                   |`,
  mitigation: `- A veto: remove what stands in the way.
- No remedy: do by hand what would help, and see whether the Guard could do so in future (\`kubectl edit guard "$SERVICE" -n "$NAMESPACE"\`).
- A limit that is passed on every busy day is set too low:

  \`\`\`sh
  kubectl get guard "$SERVICE" -n "$NAMESPACE" -o jsonpath='{.spec.limits}'
  npx evenkeel replay -f guard.yaml --prometheus http://PROMETHEUS:9090 --from 2026-01-31T08:00:00Z --to 2026-01-31T12:00:00Z
  \`\`\``,
}
