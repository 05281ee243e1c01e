// Alerts from end to end: Evenkeel on the real control plane, Prometheus with its rules, Alertmanager with its routes, and whoever is paged.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildAlerts } from '../../alerts/build.ts'
import { filesOf } from '../../alerts/output/files.ts'
import { alertmanagerConfig } from '../../alerts/routing/config.ts'
import { textAt } from '../../controller/kube/json.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import {
  type Receiver,
  startAlertmanager,
  startReceiver,
  type TestAlertmanager,
} from '../alerts/alertmanager-server.ts'
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

const objectives = { availability: '99.9%', latency: { p95: '70ms' } }
/** Four replicas serve the load that comes: it is healed. */
const HEALED = { ...quickGuard('checkout'), objectives }
/** Two replicas do not, and there may be no more: it is exhausted. */
const DOOMED = { ...quickGuard('catalogue', { scale: { max: 2 } }), objectives }

let world: World
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
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'), {
    EVENKEEL_ALERTMANAGER_URL: alertmanager.url,
    EVENKEEL_RUNBOOKS: 'https://example.com/runbooks',
  })
  const guards = [
    ['checkout', HEALED],
    ['catalogue', DOOMED],
  ] as const
  const built = buildAlerts(
    guards.map(([name, spec]) => {
      const validation = validateGuardSpec(spec)
      if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
      return { namespace: NAMESPACE, name, spec: validation.spec }
    }),
    { team: 'unassigned', evenkeelNamespace: 'evenkeel', runbookUrl: 'https://example.com/runbooks', leaveOut: false },
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
