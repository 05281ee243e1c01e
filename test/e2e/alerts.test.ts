// Alerts from end to end: Evenkeel on the real control plane, Prometheus with its rules, Alertmanager with its routes, and whoever is paged.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { type Built, buildAlerts } from '../../alerts/build.ts'
import { filesOf } from '../../alerts/output/files.ts'
import { groupsOf, objectName } from '../../alerts/output/rules.ts'
import { alertmanagerConfig } from '../../alerts/routing/config.ts'
import { textAt } from '../../controller/kube/json.ts'
import { createObject, getObject, isServed } from '../../controller/kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, PROMETHEUS_RULES } from '../../controller/kube/resource-type.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import {
  type Receiver,
  startAlertmanager,
  startReceiver,
  type TestAlertmanager,
} from '../alerts/alertmanager-server.ts'
import { PROMETHEUS_RULE_CRD } from '../alerts/prometheus-rule-crd.ts'
import { startTestPrometheus, type TestPrometheus } from '../observe/prometheus/server.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, quickGuard, startWorld, type World, type WorldLoad } from './support/world.ts'

const RULES = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
      }),
    ),
  }),
})
const ALERTS = z.object({
  data: z.object({ alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })) }),
})
const SAMPLES = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
})

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const ROLES = { ...RBAC, plural: 'roles', kind: 'Role' }
const ROLE_BINDINGS = { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding' }

const objectives = { availability: '99.9%', latency: { p95: '70ms' } }
/** Four replicas serve the load that comes: it is healed. */
const HEALED = { ...quickGuard('checkout'), objectives }
/** Two replicas do not, and there may be no more: it is exhausted. */
const DOOMED = { ...quickGuard('catalogue', { scale: { max: 2 } }), objectives }

let world: World
let built: Built
let controller: Controller
let receiver: Receiver
let alertmanager: TestAlertmanager
let prometheus: TestPrometheus
const loads: WorldLoad[] = []

beforeAll(async () => {
  ;[world, receiver] = await Promise.all([startWorld(), startReceiver()])
  const config = alertmanagerConfig()
  alertmanager = await startAlertmanager({
    ...config,
    // Every change of a group is told within a second: a second page would come at once.
    route: {
      ...config.route,
      group_interval: '1s',
      routes: config.route.routes.map((one) => ({ ...one, group_interval: '1s' })),
    },
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: receiver.url }] })),
  })
  await grantRules()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'), {
    EVENKEEL_ALERTMANAGER_URL: alertmanager.url,
    EVENKEEL_ALERTS_NAMESPACE: NAMESPACE,
    EVENKEEL_ALERTS_OBJECT_LABELS: 'release=kps',
    EVENKEEL_RUNBOOKS: 'https://example.com/runbooks',
  })
  const guards = [
    ['checkout', HEALED],
    ['catalogue', DOOMED],
  ] as const
  built = buildAlerts(
    guards.map(([name, spec]) => {
      const validation = validateGuardSpec(spec)
      if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
      return { namespace: NAMESPACE, name, spec: validation.spec }
    }),
    { team: 'unassigned', evenkeelNamespace: 'default', runbookUrl: 'https://example.com/runbooks', leaveOut: false },
  )
  const files = filesOf(built, { labels: {} }).filter(({ path }) => path.startsWith('rules/'))
  expect(files).toHaveLength(3)
  prometheus = await startTestPrometheus({
    targets: [{ address: new URL(controller.url).host, labels: {} }],
    ruleFiles: files.map(({ text }) => text),
    alertmanager: new URL(alertmanager.url).host,
  })
  await Promise.all(
    guards.map(async ([name, spec]) => {
      await world.deploy(name, 2)
      const guard = await world.guard(name, spec)
      await until(
        `${name} is healthy`,
        async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
      )
    }),
  )
})
afterAll(async () => {
  for (const load of loads) await load.stop()
  await prometheus?.stop()
  await controller?.stop()
  await alertmanager?.stop()
  receiver?.close()
  await world?.stop()
})

/** The operator's kind, and what deploy/components/alerts grants, in the namespace of the test. */
async function grantRules(): Promise<void> {
  await createObject(world.admin, CUSTOM_RESOURCE_DEFINITIONS, PROMETHEUS_RULE_CRD)
  await until('PrometheusRules are served', () => isServed(world.admin, PROMETHEUS_RULES))
  const text = readFileSync(new URL('../../deploy/components/alerts/role.yaml', import.meta.url), 'utf8')
  const [role] = parseAllDocuments(text)
  const metadata = { namespace: NAMESPACE, name: 'evenkeel-alerts' }
  await createObject(world.admin, ROLES, { metadata, rules: role?.toJS().rules })
  await createObject(world.admin, ROLE_BINDINGS, {
    metadata,
    roleRef: { apiGroup: RBAC.group, kind: 'Role', name: 'evenkeel-alerts' },
    subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'evenkeel' }],
  })
}

const ask = async <T>(schema: z.ZodType<T>, path: string): Promise<T> =>
  schema.parse(await (await fetch(`${prometheus.url}/api/v1/${path}`)).json())

const pagesOf = (service: string) =>
  receiver.notifications.filter(
    ({ receiver: name, alerts }) => name === 'evenkeel-page' && alerts.some(({ labels }) => labels.service === service),
  )

describe('under load that one service can be scaled for, and another can not', () => {
  it('the exhausted one pages exactly once, told by push and by rule, and the healed one pages nobody', async () => {
    loads.push(await world.load('catalogue', 130), await world.load('checkout', 130))
    const [page] = await until('somebody is paged', () => {
      const pages = pagesOf('catalogue')
      return pages.length > 0 ? pages : undefined
    })
    const shown = await until('Prometheus says the same', async () => {
      const all = await alertmanager.alerts()
      const own = all.filter(({ labels }) => labels.alertname === 'RemedyExhausted')
      return own.some(({ generatorURL }) => generatorURL?.includes('/graph')) ? own : undefined
    })
    // One alert, although two tell of it.
    expect(shown).toHaveLength(1)
    expect(page).toMatchObject({
      status: 'firing',
      alerts: [
        {
          labels: {
            alertname: 'RemedyExhausted',
            namespace: NAMESPACE,
            service: 'catalogue',
            slo: 'remedies',
            severity: 'critical',
            team: 'unassigned',
          },
          annotations: { runbook_url: 'https://example.com/runbooks/exhausted.md' },
        },
      ],
    })

    await until('checkout is healed', async () => {
      const [incident] = await world.incidents('checkout')
      return incident !== undefined && textAt(incident, 'status', 'phase') !== 'Open'
    })
    // Told again and again by both: ten seconds are ten chances of a second page.
    const told = shown[0]?.endsAt
    await until('it was told again', async () => {
      const [now] = (await alertmanager.alerts()).filter(({ labels }) => labels.alertname === 'RemedyExhausted')
      return now !== undefined && now.endsAt !== told
    })
    await sleep(10_000)
    expect(pagesOf('catalogue')).toHaveLength(1)
    expect(pagesOf('checkout')).toEqual([])
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(/evenkeel_alert_pushes_total\{outcome="ok"\} [1-9]/)
    expect(metrics).toMatch(/evenkeel_alert_pushes_total\{outcome="failed"\} 0/)
  })

  it('no other alert fires but the watchdog, which is heard of', async () => {
    const { alerts } = (await ask(ALERTS, 'alerts')).data
    const firing = alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => [labels.alertname, labels.service])
    expect(firing.toSorted()).toEqual([
      ['EvenkeelWatchdog', 'evenkeel'],
      ['RemedyExhausted', 'catalogue'],
    ])
    expect(receiver.notifications.some(({ receiver: name }) => name === 'evenkeel-watchdog')).toBe(true)
    const others = receiver.notifications.filter(
      ({ receiver: name }) => name === 'everything-else' || name === 'evenkeel-ticket',
    )
    expect(others).toEqual([])
  })

  it('the controller keeps the same rules as objects, with the rights of its component', async () => {
    for (const set of built.sets) {
      const address = { namespace: NAMESPACE, name: objectName(set.name) }
      const kept = await until(`${address.name} is there`, () => getObject(world.admin, PROMETHEUS_RULES, address))
      expect(kept).toMatchObject({
        metadata: { labels: { release: 'kps', 'evenkeel.dev/alerts-of': 'all-namespaces' } },
        spec: { groups: groupsOf(set) },
      })
    }
  })

  it('every rule evaluates without error, and the budget is reckoned as the service fares', async () => {
    const groups = await until(
      'every group was evaluated',
      async () => {
        const { data } = await ask(RULES, 'rules')
        return data.groups.every(({ rules }) => rules.every(({ health }) => health !== 'unknown'))
          ? data.groups
          : undefined
      },
      90_000,
    )
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(120)
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || (lastError ?? '') !== '')).toEqual([])
    const query = encodeURIComponent('slo:sli_total:rate5m{service="catalogue",slo="availability"}')
    const rate = await until('requests are counted', async () => {
      const [sample] = (await ask(SAMPLES, `query?query=${query}`)).data.result
      return Number(sample?.value[1] ?? 0)
    })
    expect(rate).toBeGreaterThan(1)
    expect(rate).toBeLessThan(140)
  })
})
