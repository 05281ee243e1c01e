// Runbooks about Evenkeel itself.
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import type { Runbook } from './runbook.ts'

const LOOK = `kubectl get pods -n evenkeel -o wide
kubectl logs -n evenkeel -l app.kubernetes.io/name=evenkeel --tail 100
kubectl get lease -n evenkeel evenkeel -o yaml`

export const down: Runbook = {
  alert: ALERTS.down,
  title: 'Evenkeel is not there',
  alsoSeenAs: `\`absent(${METRICS.buildInfo})\``,
  meaning: 'Prometheus has scraped no replica of Evenkeel: none runs, or Prometheus does not find or reach it.',
  impact: `Nothing is healed. Services keep what they have: replicas stay as they are, and nothing is undone. Of all alerts, only those on other
metrics than Evenkeel’s can fire.`,
  diagnosis: `\`\`\`sh
${LOOK}
\`\`\`

| you see                         | then                                                                           |
| ------------------------------- | ------------------------------------------------------------------------------ |
| no pod                          | it was scaled to none or deleted, or its node is gone                          |
| pods that end again and again   | the last line of the log says which variable or right is wrong                 |
| pods that run                   | Prometheus: its targets page; the PodMonitor and its labels; a NetworkPolicy   |`,
  mitigation: `Start it again: it goes on from what the status of each Guard says. Until then watch the services by other means, and scale by hand.

\`\`\`sh
kubectl rollout restart deployment/evenkeel -n evenkeel
\`\`\``,
}

export const noLeader: Runbook = {
  alert: ALERTS.noLeader,
  title: 'no replica of Evenkeel leads',
  alsoSeenAs: `\`max(${METRICS.leader}) == 0\``,
  meaning: 'Replicas run, and for two minutes none of them has held the Lease. A change of leader takes some seconds.',
  impact: 'Nothing is judged and nothing is healed.',
  diagnosis: `\`\`\`sh
${LOOK}
kubectl auth can-i update leases -n evenkeel --as system:serviceaccount:evenkeel:evenkeel
curl -s http://POD:8080/readyz?verbose
\`\`\`

| the log says                                   | then                                                                    |
| ---------------------------------------------- | ----------------------------------------------------------------------- |
| forbidden                                      | the rights of \`deploy/rbac\` are not there                                |
| timeouts, no answer                            | the API server is away or overloaded: Evenkeel goes on when it is back   |
| another holder, which does not run any more    | it ends by itself after \`EVENKEEL_LEASE_DURATION\`                        |
| another holder, which runs                     | two installations with one Lease: \`EVENKEEL_LEASE_NAME\`                  |`,
  mitigation: `Mend what the log names. A Lease whose holder is gone for good can be deleted: whoever runs takes it.

\`\`\`sh
kubectl delete lease -n evenkeel evenkeel
\`\`\``,
}

export const loopLag: Runbook = {
  alert: ALERTS.loopLag,
  title: 'Evenkeel does not keep its pace',
  alsoSeenAs: `the 0.99 quantile of \`${METRICS.tickLag}\` above 1 s`,
  meaning: 'One tick of a hundred, or more, begins over a second late: the process has more to do than one core can.',
  impact: 'Limits are judged late, and remedies come late.',
  diagnosis: `\`\`\`sh
kubectl top pods -n evenkeel
kubectl get guards -A | wc -l
\`\`\`

\`\`\`
rate(process_cpu_seconds_total{…}[5m])                           near 1: the process is at its end
histogram_quantile(0.99, sum by (le) (rate(nodejs_gc_duration_seconds_bucket{…}[5m])))
histogram_quantile(0.99, sum by (le) (rate(${METRICS.tickDuration}_bucket[5m])))
\`\`\`

| you see                                | then                                                                           |
| -------------------------------------- | ------------------------------------------------------------------------------ |
| CPU at the limit of the container      | it is throttled: raise the limit to at least one core                          |
| more Guards than before                | longer intervals for those that can bear it, or ask a Prometheus in their place |
| large expositions                      | fewer labels in those services, or \`signals.from.prometheus\`                    |`,
  mitigation: `\`\`\`sh
kubectl set resources deployment/evenkeel -n evenkeel --limits cpu=2
kubectl patch guard NAME -n NAMESPACE --type merge -p '{"spec":{"signals":{"from":{"scrape":{"interval":"5s"}}}}}'
\`\`\`

Or divide the namespaces among several installations, each with its own \`EVENKEEL_NAMESPACE\` and \`EVENKEEL_LEASE_NAME\`.`,
}

export const fleetPanic: Runbook = {
  alert: ALERTS.fleetPanic,
  title: 'most services are in trouble at once',
  alsoSeenAs: `\`${METRICS.fleetPanic} == 1\`, vetoes of \`fleet-panic\``,
  meaning: `More than half of the Guards have a limit passed or see nothing, all within a short time. Either something that all of them need is
broken, or what Evenkeel sees of them is.`,
  impact: `No replicas are changed, and no primary is switched unless a person asks, until most Guards are well again. What is easily taken back goes on: features are shed, flows are limited.`,
  diagnosis: `\`\`\`sh
npx evenkeel status
kubectl get nodes
kubectl get --raw /readyz?verbose
\`\`\`

| you see                                               | then                                                                        |
| ----------------------------------------------------- | --------------------------------------------------------------------------- |
| all services feel it: their users, another monitoring | what they share: a database, DNS, a node, the network, a gateway            |
| only Evenkeel sees it                                 | the network between it and the pods, its clock, the Prometheus that it asks |
| it began with a new version of Evenkeel or of Guards  | that                                                                        |`,
  mitigation: `Mend what is shared. The veto ends by itself. A service that needs replicas before that is scaled by hand:

\`\`\`sh
kubectl scale deployment/NAME -n NAMESPACE --replicas 6
\`\`\``,
}

export const pushFailing: Runbook = {
  alert: ALERTS.pushFailing,
  title: 'Evenkeel can’t reach an Alertmanager',
  alsoSeenAs: `\`increase(${METRICS.alertPushes}{outcome="failed"}[10m]) >= 3\``,
  meaning: `The leader can’t push alerts to an Alertmanager of \`EVENKEEL_ALERTMANAGER_URL\`. It goes on trying.`,
  impact: `Pages for exhausted Guards come by Prometheus alone, and so later, by its scrape and evaluation. When Alertmanager itself is gone, they do
not come at all: this alert has reached you by another one.`,
  diagnosis: `\`\`\`sh
kubectl logs -n evenkeel -l app.kubernetes.io/name=evenkeel --tail 100 | grep Alertmanager
kubectl exec -n evenkeel deploy/evenkeel -- node -e 'fetch(process.env.EVENKEEL_ALERTMANAGER_URL + "/-/ready").then((r) => console.log(r.status), (e) => console.log(e.cause))'
\`\`\``,
  mitigation:
    'Correct `EVENKEEL_ALERTMANAGER_URL`, open the NetworkPolicy, or bring Alertmanager back. What is due is pushed then.',
}

export const watchdog: Runbook = {
  alert: ALERTS.watchdog,
  title: 'the alert that always fires',
  meaning: `It fires always. Point its receiver at something that calls you when it does *not* hear from it for some minutes: then Prometheus,
Alertmanager or the way between them is broken.`,
  impact: 'None while it fires. When it is silent: no alert at all arrives.',
  diagnosis: `\`\`\`sh
amtool alert query --alertmanager.url http://ALERTMANAGER:9093 alertname=${ALERTS.watchdog}
promtool query instant http://PROMETHEUS:9090 'ALERTS{alertname="${ALERTS.watchdog}"}'
\`\`\`

In Prometheus but not in Alertmanager: the section \`alerting\` of Prometheus, or the network. In Alertmanager, but nothing is heard: its routes and
receivers. In neither: the rules are not loaded.`,
  mitigation: 'Bring back what is missing; nothing is to be done about the alert itself.',
}
