// A shop in a sandbox that a real Prometheus watches with the generated rules, and whose alerts a real Alertmanager routes: who is told of what.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { buildAlerts } from '../../../alerts/build.ts'
import { filesOf } from '../../../alerts/output/files.ts'
import { alertmanagerConfig } from '../../../alerts/routing/config.ts'
import { guardsInCluster } from '../../../controller/cli/guard-files.ts'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { listObjects } from '../../../controller/kube/objects.ts'
import { PODS } from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import { ALERTS } from '../../../controller/model/names.ts'
import type { FaultName } from '../../../sandbox/faults/catalog.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { openStateFolder } from '../../../sandbox/state/state-folder.ts'
import { createCollector } from '../../../sandbox/view/collect.ts'
import { type Receiver, type ShownAlert, startAlertmanager, startReceiver } from '../../alerts/alertmanager-server.ts'
import { startTestPrometheus } from '../../observe/prometheus/server.ts'
import { until } from './product.ts'

/** A minute of the rules is six seconds here, as the shop's Guards are as much quicker than those of real services. */
const QUICKENED_BY = 10
/** The longest hold of an alert that a scenario can bring about, five minutes, and a little more. */
const LONGEST_HOLD_MS = 300_000 / QUICKENED_BY + 5_000

export interface Trial {
  readonly sandbox: Sandbox
  /** Each alert that has fired at any moment so far, but for the watchdog: "RemedyExhausted checkout", sorted. */
  fired(): Promise<readonly string[]>
  /** Each alert that whoever is on call was paged for, as often as that was. */
  pages(): readonly string[]
  /** What Alertmanager holds now. */
  shown(): Promise<readonly ShownAlert[]>
  /** Rules that could not be evaluated, with what Prometheus says. */
  brokenRules(): Promise<readonly string[]>
  switchFault(name: FaultName, how: 'on' | 'off'): Promise<void>
  /** Long enough for everything that is pending to fire, or not. */
  letPendingFire(): Promise<void>
  stop(): Promise<void>
}

const SERIES = z.object({ data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }) })
const RULES = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
      }),
    ),
  }),
})

/** Starts all of it, and resolves when every rule was evaluated on a shop that is well. */
export async function startTrial(): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-trial-'))
  const begun: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const end of begun.splice(0).reverse()) await end()
  }
  try {
    return await start(folder, begun, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(folder: string, begun: (() => unknown)[], stop: () => Promise<void>): Promise<Trial> {
  const state = openStateFolder(join(folder, 'state'))
  begun.push(() => state.close())
  const troubles: string[] = []
  const sandbox = await startSandbox({
    state,
    withController: true,
    withShedding: true,
    collector: createCollector(),
    onTrouble: (what) => troubles.push(what),
    signal: new AbortController().signal,
  })
  begun.push(() => sandbox.stop())
  await until('every Guard sees its service', () => sandbox.shop.areGuardsWatching(), 60_000)

  const receiver = await startReceiver()
  begun.push(() => receiver.close())
  const alertmanager = await startAlertmanager(quickConfig(receiver.url))
  begun.push(() => alertmanager.stop())
  const targets = join(folder, 'targets.json')
  const kubeconfigPath = sandbox.endpoints.kubeconfig
  const client = await connectKube({ kubeconfigPath, requestTimeoutMs: 5_000, clock: systemClock })
  begun.push(() => client.close())
  const controller = new URL(sandbox.endpoints.metrics ?? '').host
  await discover(client, controller, targets)
  const discovery = setInterval(() => void discover(client, controller, targets).catch(() => {}), 500)
  begun.push(() => clearInterval(discovery))
  const prometheus = await startTestPrometheus({
    discovery: { file_sd_configs: [{ files: [targets] }] },
    ruleFiles: await ruleFiles(client),
    alertmanager: new URL(alertmanager.url).host,
  })
  begun.push(() => prometheus.stop())

  const ask = async <T>(schema: z.ZodType<T>, path: string, parameters: Record<string, string> = {}): Promise<T> =>
    schema.parse(await (await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(parameters)}`)).json())
  const fired = async () => {
    const series = `ALERTS{alertstate="firing",alertname!="${ALERTS.watchdog}"}`
    const query = `max by (alertname, service, limit, window) (max_over_time(${series}[30m]))`
    return (await ask(SERIES, 'query', { query })).data.result.map(({ metric }) => nameOf(metric)).toSorted()
  }
  const rules = async () => (await ask(RULES, 'rules')).data.groups.flatMap((group) => group.rules)
  await until('every rule was evaluated', async () => {
    const all = await rules()
    return all.length > 0 && all.every(({ health }) => health !== 'unknown')
  })
  return {
    sandbox,
    fired,
    pages: () => pagesOf(receiver),
    shown: () => alertmanager.alerts(),
    brokenRules: async () =>
      (await rules())
        .filter(({ health, lastError = '' }) => health !== 'ok' || lastError !== '')
        .map(({ name, lastError }) => `${name}: ${lastError}`),
    switchFault: (name, how) => (how === 'on' ? sandbox.faults.on(name) : sandbox.faults.off(name)),
    letPendingFire: () => sleep(LONGEST_HOLD_MS),
    stop,
  }
}

/** The generated routes, with a receiver that hears at once of whatever changes. */
function quickConfig(url: string): object {
  const { route, receivers, ...config } = alertmanagerConfig()
  const quick = { group_interval: '1s' }
  return {
    ...config,
    route: { ...route, ...quick, routes: route.routes.map((one) => ({ ...one, ...quick })) },
    receivers: receivers.map(({ name }) => ({ name, webhook_configs: [{ url }] })),
  }
}

async function ruleFiles(client: KubeClient): Promise<string[]> {
  const { guards, left } = await guardsInCluster(client, undefined)
  if (left.length > 0 || guards.length === 0) throw new Error(`not every Guard of the shop is accepted: ${left}`)
  const options = { team: 'shop', evenkeelNamespace: 'evenkeel', quickenedBy: QUICKENED_BY }
  // The gateway's limit of errors is out of reach on purpose, and so has no alert.
  const built = buildAlerts(guards, { ...options, leaveOut: true })
  return filesOf(built, { labels: {} }).flatMap(({ path, text }) => (path.startsWith('rules/') ? [text] : []))
}

/** What Kubernetes discovery finds: Debian's Prometheus is built without it, and reads files. */
async function discover(client: KubeClient, controller: string, file: string): Promise<void> {
  const pods = (await listObjects(client, PODS, { namespace: 'shop' })).map(projectPod)
  const shop = pods.flatMap(({ podIP, containers, namespace, name }) => {
    const port = containers.flatMap(({ ports }) => ports).find((one) => one.name === 'metrics')?.port
    if (podIP === undefined || port === undefined) return []
    return [{ targets: [`${podIP}:${port}`], labels: { job: 'shop', namespace, pod: name } }]
  })
  const groups = [{ targets: [controller], labels: { job: 'evenkeel' } }, ...shop]
  writeFileSync(`${file}.new`, JSON.stringify(groups))
  renameSync(`${file}.new`, file)
}

/** An alert that was in the last notification of its group already is told again, and pages nobody anew. */
function pagesOf({ notifications }: Receiver): string[] {
  const told = new Map<string, readonly string[]>()
  return notifications
    .filter(({ receiver }) => receiver === 'evenkeel-page')
    .flatMap(({ alerts }) => {
      const firing = alerts.filter(({ status }) => status === 'firing').map(({ labels }) => nameOf(labels))
      const [{ labels: { namespace = '', service = '', slo = '' } = {} } = {}] = alerts
      const group = [namespace, service, slo].join('/')
      const before = told.get(group) ?? []
      told.set(group, firing)
      return firing.filter((one) => !before.includes(one))
    })
}

/** "LimitBreached checkout errors", "ErrorBudgetBurn checkout 1h/5m". */
function nameOf({ alertname, service, limit, window }: Readonly<Record<string, string>>): string {
  return [alertname, service, limit, window].filter((part) => part !== undefined).join(' ')
}
