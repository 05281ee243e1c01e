// Runbooks about error budgets that burn.
import { ALERTS, METRICS, RECORDED } from '../../controller/model/names.ts'
import type { AlertName } from '../../controller/model/runbooks.ts'
import type { Runbook } from './runbook.ts'

interface Budget {
  readonly alert: AlertName
  readonly title: string
  readonly objective: 'availability' | 'latency'
  readonly bad: string
  readonly impact: string
  readonly clues: string
}

function budgetRunbook({ alert, title, objective, bad, impact, clues }: Budget): Runbook {
  return {
    alert,
    title,
    alsoSeenAs: `\`${METRICS.guardBudgetBurning}{objective="${objective}"} == 1\``,
    meaning: `${bad}, so many that the error budget of \`spec.objectives.${objective}\` is spent faster than it may, over both windows of the
alert’s label \`window\`: the long one shows that it matters, the short one that it still goes on.

| window  | so many times as fast | for    | severity | at this pace the budget of 30 days is gone after |
| ------- | --------------------- | ------ | -------- | ------------------------------------------------ |
| \`1h/5m\`  | 14.4                  | 2 min  | critical | 2 days                                           |
| \`6h/30m\` | 6                     | 15 min | critical | 5 days                                           |
| \`1d/2h\`  | 3                     | 1 h    | warning  | 10 days                                          |
| \`3d/6h\`  | 1                     | 3 h    | warning  | 30 days                                          |

With fewer requests in the short window than \`limits.minimumRequests\` there is no alert: one that is bad among few says nothing.`,
    impact,
    diagnosis: `\`\`\`sh
npx evenkeel explain "$NAMESPACE/$SERVICE"      # objectives: what is left of the budget, and the burn rates
npx evenkeel ledger "$NAMESPACE/$SERVICE"       # outages of the last 30 days
\`\`\`

In Prometheus, with the labels of the alert:

\`\`\`
${RECORDED.errorRatio}5m{namespace="…",service="…",slo="${objective}"}
${RECORDED.burnRate}{namespace="…",service="…",slo="${objective}"}
${RECORDED.budgetRemaining}{namespace="…",service="…",slo="${objective}"}
\`\`\`

${clues}`,
    mitigation: `- It began with a release: roll it back (\`kubectl rollout undo deployment/NAME -n "$NAMESPACE"\`).
- Evenkeel is at work on it: \`explain\` names the open Incident and the last act; see that the burn rate falls.
- Nothing breaches a limit: the limit is past what the objective can bear. Lower \`limits.${objective === 'availability' ? 'errors' : 'latency'}\`, so that remedies begin earlier:

  \`\`\`sh
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type merge -p '{"spec":{"limits":{${objective === 'availability' ? '"errors":"1%"' : '"latency":"200ms"'}}}}'
  \`\`\`

- Hold back releases until the budget is in the plus again.`,
  }
}

export const availabilityBurn: Runbook = budgetRunbook({
  alert: ALERTS.availabilityBurn,
  title: 'requests fail, and the error budget burns',
  objective: 'availability',
  bad: 'Requests fail',
  impact: 'Users see errors. When the budget is gone, the objective of the window is missed.',
  clues: `| you see                                 | likely                                                        |
| --------------------------------------- | ------------------------------------------------------------- |
| all at once, with a release             | the release                                                   |
| on some pods only                       | those pods, or their node                                     |
| with a full pool or a slow database     | the database; errors are what comes back from waiting         |
| a low ratio for days                    | one route or one client: look at the service’s own logs       |`,
})

export const latencyBurn: Runbook = budgetRunbook({
  alert: ALERTS.latencyBurn,
  title: 'requests are slow, and the budget of latency burns',
  objective: 'latency',
  bad: 'Requests take longer than the objective says',
  impact: 'Users wait. When the budget is gone, the objective of the window is missed.',
  clues: `| you see                                 | likely                                                         |
| --------------------------------------- | -------------------------------------------------------------- |
| CPU near its limit                      | too few replicas, or a limit of CPU that throttles             |
| CPU low, pool full                      | the database, or too few connections                           |
| right after new pods                    | cold caches: a longer warm-up before they are ready            |
| a note about bounds in \`explain\`        | the histogram has no bound at the objective: figures are estimates |`,
})
